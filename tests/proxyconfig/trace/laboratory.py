"""What an Envoy did with each request, out of its access log."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping

from tests.envoy.resources import Json, lines

ABSENT = ("-", None)


def observed(log: str, ports: Iterable[int]) -> Mapping[int, Json]:
    """The line of the log for each request, by the port that its client sent it from; waits until all are there."""
    wanted = set(ports)
    until = time.monotonic() + 20
    while True:
        # A connection manager writes a line too; it tells more than that of its listener.
        written = sorted(lines(log), key=lambda line: line["cluster"] not in ABSENT)
        found = {int(line["port"].rpartition(":")[2]): line for line in written}
        if wanted <= found.keys() or time.monotonic() > until:
            assert wanted <= found.keys(), f"{len(wanted - found.keys())} requests are not in the log"
            return found
        time.sleep(0.05)


def text(value: object) -> str:
    """A field of the log, empty where Envoy has nothing to say."""
    return "" if value in ABSENT else str(value)
