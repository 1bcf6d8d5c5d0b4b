"""Sets of hosts answer as the comparison of each pair does."""

from __future__ import annotations

import itertools

import pytest

from meshctl.model.hosts import HostMap, HostSet, covers, overlaps

HOSTS = [
    "*",
    "*.com",
    "*.example.com",
    "*.a.example.com",
    "example.com",
    "a.example.com",
    "b.a.example.com",
    "com",
    "x",
]


@pytest.mark.parametrize(("member", "host"), list(itertools.product(HOSTS, HOSTS)))
def test_a_set_of_one_overlaps_as_the_pair_does(member: str, host: str) -> None:
    hosts = HostSet()
    hosts.add(member)
    assert hosts.overlaps(host) == overlaps(member, host)


def test_an_empty_set_overlaps_nothing() -> None:
    assert not HostSet()
    assert not any(HostSet().overlaps(host) for host in HOSTS)


@pytest.mark.parametrize("host", HOSTS)
def test_a_map_finds_what_covers_a_host(host: str) -> None:
    hosts: HostMap[str] = HostMap()
    for other in HOSTS:
        hosts.add(other, other)
    assert set(hosts.matching(host)) == {other for other in HOSTS if covers(other, host)}
