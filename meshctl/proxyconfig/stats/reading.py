"""Reads a page of statistics in whichever of Envoy's forms it was saved."""

from __future__ import annotations

from meshctl.proxyconfig.stats import endpoints_page, json_page, prometheus_page, text_page
from meshctl.proxyconfig.stats.errors import StatsError
from meshctl.proxyconfig.stats.stat import Stat


def read(data: bytes) -> list[Stat]:
    """The statistics of a page. Raises `StatsError`, or another `DumpError` for JSON that is damaged."""
    if data.lstrip()[:1] == b"{":
        if b'"cluster_statuses"' in data:
            return list(endpoints_page.stats(data))
        if b'"stats"' not in data:
            raise StatsError("this JSON has no stats")
        return list(json_page.stats(data))
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise StatsError("they are not text") from error
    found = list(prometheus_page.stats(text) if _is_prometheus(text) else text_page.stats(text))
    if not found:
        raise StatsError("no line has the form of one")
    return found


def _is_prometheus(text: str) -> bool:
    return text.startswith(prometheus_page.TYPE) or f"\n{prometheus_page.TYPE}" in text
