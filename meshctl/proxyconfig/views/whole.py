"""Sections that are printed whole as JSON: bootstrap, secrets and ECDS."""

from __future__ import annotations

from typing import Any

from meshctl.proxyconfig import sections
from meshctl.proxyconfig.documents import document
from meshctl.proxyconfig.dump import ConfigDump


def bootstrap_document(dump: ConfigDump) -> Any:
    """The bootstrap section."""
    return document(dump.section(sections.BOOTSTRAP))


def secrets_document(dump: ConfigDump) -> Any:
    """The section of secrets."""
    return document(dump.section(sections.SECRETS))


def extensions_document(dump: ConfigDump) -> Any:
    """The filters of all ECDS sections in one."""
    found = [document(raw) for raw in dump.all_sections(sections.ECDS)]
    return {"ecdsFilters": [item for section in found for item in section.get("ecdsFilters") or []]}
