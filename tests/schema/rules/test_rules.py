"""The rules that each kind has beside its schema, row by row.

A document of `<kind>/*.yaml` begins with a comment that names the rows it is about. Marks (`# want CODE`) say where a
row is broken; a document without marks, or one marked for EnvoyFilters as such only, holds values that just pass.
Cases of the networking kinds name their rows line by line instead (`test_networking_rows.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from meshctl import sources
from meshctl.analysis import analyze
from meshctl.analysis.analyzer import analyzers
from meshctl.messages import DOUBTFUL
from meshctl.model.kinds.traffic_extension import TRAFFIC_EXTENSION
from meshctl.model.resource import Resource, Source
from meshctl.model.snapshot import Snapshot
from tests.analysis.wanted import wanted

HERE = Path(__file__).parent
CASES = sorted(HERE.glob("*/*.yaml"))
CHECKS = [check for check in analyzers() if check.name.startswith("schema.ValidationAnalyzer.")]

ROWS = {
    "authorization_policy": ("AP", 24),
    "envoy_filter": ("EF", 23),
    "peer_authentication": ("PA", 4),
    "proxy_config": ("PC", 2),
    "request_authentication": ("RA", 13),
    "telemetry": ("TE", 15),
    "traffic_extension": ("TX", 7),
    "wasm_plugin": ("WP", 14),
}
"""The rows of a kind: the letters of their names, and how many there are."""

OF_ENVOY = frozenset({"EF18", "EF21"})
"""Rows that need the types of Envoy's own configuration, which meshctl does not have."""

NOT_IN_A_FILE = frozenset({"EF2", "TX5"})
"""Rows that no document breaks: one that only switches others off, and one about a text of 64 KiB (tested below)."""


def documents(kind: str) -> Iterator[tuple[set[str], bool]]:
    """The rows that each document names, and whether it breaks them."""
    for case in (HERE / kind).glob("*.yaml"):
        for document in case.read_text(encoding="utf-8").split("\n---\n"):
            named = set(re.findall(r"\b[A-Z]{2}\d+\b", document.partition("apiVersion:")[0]))
            marks = re.sub(rf"^spec:.*# want {DOUBTFUL.code}$", "", document, flags=re.MULTILINE)
            yield named, bool(wanted(marks))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.stem}")
def test_what_is_broken_is_found_where_it_is(case: Path) -> None:
    reading = sources.read([str(case)])
    assert not reading.messages
    report = analyze(Snapshot(reading.resources), CHECKS)
    said = {(message.span.line, message.code) for message in report.messages if message.span}
    assert said == wanted(case.read_text(encoding="utf-8"))


@pytest.mark.parametrize("kind", ROWS)
@pytest.mark.parametrize("breaks", [True, False], ids=["broken", "kept"])
def test_every_row_is_broken_and_kept(kind: str, breaks: bool) -> None:
    letters, count = ROWS[kind]
    rows = {f"{letters}{number}" for number in range(1, count + 1)} - OF_ENVOY - (NOT_IN_A_FILE if breaks else set())
    shown = set().union(*(named for named, broken in documents(kind) if broken is breaks))
    assert rows <= shown


@pytest.mark.parametrize(("size", "problems"), [(65536, 0), (65537, 1)])
def test_a_script_has_a_limit(size: int, problems: int) -> None:
    data = {
        "apiVersion": "extensions.istio.io/v1alpha1",
        "kind": "TrafficExtension",
        "metadata": {"name": "script", "namespace": "default"},
        "spec": {"lua": {"inlineCode": "x" * size}},
    }
    resource = Resource(TRAFFIC_EXTENSION, "v1alpha1", "default", "script", data, Source("cluster"))
    assert len(analyze(Snapshot([resource]), CHECKS).messages) == problems
