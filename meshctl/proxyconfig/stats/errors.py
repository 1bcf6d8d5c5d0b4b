"""What can be wrong with a page of statistics."""

from __future__ import annotations

from meshctl.proxyconfig.errors import DumpError


class StatsError(DumpError):
    """Bytes that are no page of statistics."""

    def __init__(self, problem: str) -> None:
        super().__init__(
            f"these are no statistics of Envoy: {problem}",
            hint="save the answer to /stats, /stats?format=json or /stats/prometheus of the proxy's admin port",
        )
