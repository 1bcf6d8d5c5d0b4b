"""Texts without the data of Secrets, for excerpts."""

from __future__ import annotations

import re

_SECRET = re.compile("secret", re.IGNORECASE)
_KEPT = re.compile(r"\s*(?:-\s+)?(?:apiVersion|kind|name|metadata)\s*:")


def mask(text: str) -> str:
    """The text with everything hidden that may be data of a Secret; lines and columns stay."""
    if not _SECRET.search(text):
        return text
    return "".join(line if _KEPT.match(line) else re.sub(r"\S", "*", line) for line in text.splitlines(keepends=True))
