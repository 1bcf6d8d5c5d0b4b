"""Diffs of sections are diffs: what they say of one side makes the other of it."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from typing import Any

import pytest

from meshctl.proxyconfig.section_diff import unified_diff
from meshctl.proxyconfig.served import served
from tests.proxyconfig.recordings import istiod_dump

NAMES = ("Istiod Clusters", "Envoy Clusters")
_HUNK = re.compile(r"@@ -(\d+),(\d+) \+(\d+),(\d+) @@")


def diff(first: Mapping[str, Any], second: Mapping[str, Any]) -> list[str]:
    return list(unified_diff("cluster", first, second, NAMES))


def text(found: Mapping[str, Any]) -> list[str]:
    """The lines of a side: its difference from nothing, as those that the diff begins with."""
    return (
        [line[1:] for line in diff({}, found)[3:]] if found else ["{", '    "dynamicActiveClusters": [', "    ]", "}"]
    )


def applied(lines: list[str], changes: list[str]) -> list[str]:
    """The second side, by the rules of patch; every line that is kept or taken away must be there."""
    found: list[str] = []
    at = 0
    for line in changes[2:]:
        if hunk := _HUNK.fullmatch(line):
            start = int(hunk[1]) - 1
            found += lines[at:start]
            at = start
            assert len(found) == int(hunk[3]) - 1
        elif line.startswith("+"):
            found.append(line[1:])
        else:
            assert lines[at] == line[1:]
            at += 1
            found += [line[1:]] if line.startswith(" ") else []
    return found + lines[at:]


def recorded() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(served(istiod_dump(), "cluster")))
    return found


def changed(*names: int, gone: tuple[int, ...] = ()) -> dict[str, Any]:
    found = recorded()
    keys = sorted(found)
    for index in names:
        found[keys[index]]["connectTimeout"] = "77s"
    for index in gone:
        del found[keys[index]]
    return found


@pytest.mark.parametrize(
    "second",
    [changed(0), changed(-1), changed(0, 1, 2), changed(3, 9, gone=(4,)), changed(gone=(0,)), changed(gone=(33,)),
     {**changed(gone=(5, 6, 7)), "zz": {"name": "zz"}}, {}],
)  # fmt: skip
def test_the_diff_makes_one_side_of_the_other(second: dict[str, Any]) -> None:
    first = recorded()
    for one, other in ((first, second), (second, first)):
        assert applied(text(one), diff(one, other)) == text(other)


def test_equal_sections_have_none_whatever_the_order_of_fields() -> None:
    turned = {name: dict(reversed(data.items())) for name, data in reversed(recorded().items())}
    assert diff(recorded(), recorded()) == []
    assert diff(recorded(), turned) == []


def test_a_change_has_seven_lines_around_it() -> None:
    lines = diff(recorded(), changed(20))
    assert lines[:2] == ["--- Istiod Clusters", "+++ Envoy Clusters"]
    at = next(index for index, line in enumerate(lines[3:]) if line[0] == "-")
    assert (at, len(lines)) == (7, 3 + 7 + 2 + 7)


def test_large_sections_take_moments() -> None:
    """Ten thousand clusters, and a route configuration of three thousand hosts, each with some differences."""
    body = {"type": "EDS", "edsClusterConfig": {"edsConfig": {"ads": {}}}, "connectTimeout": "10s"}
    many = {f"outbound|80||s{n}.ns.svc": {"name": f"s{n}", **body} for n in range(10_000)}
    other = {
        name: {**data, "connectTimeout": "1s"} if name.endswith("77.ns.svc") else data for name, data in many.items()
    }
    hosts = [{"name": f"s{n}:80", "domains": [f"s{n}", f"s{n}.ns"], "routes": [{"match": {"prefix": "/"}}]}
             for n in range(3000)]  # fmt: skip
    fewer = [host for n, host in enumerate(hosts) if n % 100]
    started = time.monotonic()
    assert sum(line[:1] == "+" for line in diff(many, other)) == 101
    found = list(unified_diff("route", {"80": {"virtualHosts": hosts}}, {"80": {"virtualHosts": fewer}}, NAMES))
    assert sum(line.strip(" -") == '"name": "s100:80",' for line in found) == 1
    assert time.monotonic() - started < 20
