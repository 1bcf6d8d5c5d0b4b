"""Statistics of a proxy: what its admin pages `/stats` and `/clusters` count, by the service that it is about.

The three forms of the page (text, JSON, Prometheus) are read into the same `Stat`s. `read` finds out which one it is.
"""

from meshctl.proxyconfig.stats.errors import StatsError
from meshctl.proxyconfig.stats.reading import read
from meshctl.proxyconfig.stats.stat import Histogram, Kind, Owner, Stat

__all__ = ["Histogram", "Kind", "Owner", "Stat", "StatsError", "read"]
