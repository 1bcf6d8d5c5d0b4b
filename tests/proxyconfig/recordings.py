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
