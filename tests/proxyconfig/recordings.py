"""The recorded proxies, read once."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from meshctl.proxyconfig.dump import ConfigDump, read
from meshctl.proxyconfig.saved import read_saved

RECORDED = Path(__file__).parent / "recorded"

ORDERS = RECORDED / "orders"
PRODUCTPAGE = RECORDED / "productpage"


@cache
def recorded_dump(proxy: Path) -> ConfigDump:
    """The config dump of a recorded proxy."""
    return read(read_saved(str(proxy / "config_dump.json.gz")))


ISTIOD = RECORDED / "istiod"
"""What istiod said about the recorded productpage at the same time: its state, its dump, and its endpoints."""


@cache
def istiod_dump() -> ConfigDump:
    """What istiod would send the productpage."""
    return read(read_saved(str(ISTIOD / "config_dump.json.gz")))
