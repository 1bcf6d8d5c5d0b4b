"""Statistics of a running proxy: which pages are asked for, and how they complete each other."""

from __future__ import annotations

from dataclasses import replace

from meshctl.proxyconfig.admin import Admin
from meshctl.proxyconfig.stats import json_page, prometheus_page
from meshctl.proxyconfig.stats.endpoints_page import stats as endpoint_stats
from meshctl.proxyconfig.stats.stat import Histogram, Stat

SERVER_PAGES = ("stats/prometheus", "stats?format=json")
CLUSTER_PAGES = ("clusters?format=json",)
"""The pages that the functions below ask for."""


def server_stats(admin: Admin) -> list[Stat]:
    """All statistics: from JSON with exact quantiles, from Prometheus with kinds, sums, counts and buckets."""
    measured = {_key(stat): stat for stat in prometheus_page.stats(admin("GET", SERVER_PAGES[0]).decode())}
    return [_completed(stat, measured.get(_key(stat))) for stat in json_page.stats(admin("GET", SERVER_PAGES[1]))]


def cluster_stats(admin: Admin) -> list[Stat]:
    """What is counted for each endpoint of each cluster."""
    return list(endpoint_stats(admin("GET", CLUSTER_PAGES[0])))


def _key(stat: Stat) -> object:
    return stat.owner, stat.name.replace(".", "_").removeprefix("envoy_"), frozenset(stat.labels)


def _completed(stat: Stat, measured: Stat | None) -> Stat:
    if measured is None:
        return stat
    if stat.histogram is None or measured.histogram is None:
        return replace(stat, kind=measured.kind) if stat.histogram is measured.histogram else stat
    more = measured.histogram
    return replace(stat, histogram=Histogram(stat.histogram.quantiles, more.buckets, more.count, more.sum))
