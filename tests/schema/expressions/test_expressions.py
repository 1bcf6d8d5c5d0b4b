"""The CEL rules in the schemas of Istio's kinds: each is broken by one manifest and kept by another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from meshctl import sources
from meshctl.analysis import analyze
from meshctl.analysis.analyzer import analyzers
from meshctl.cel import CelError, compile_expression
from meshctl.model.snapshot import Snapshot
from meshctl.packaged import folder
from tests.analysis.wanted import wanted
from tests.schema.field_table import Node, places, read_schema, resolve

HERE = Path(__file__).parent
CASES = sorted(HERE.glob("*.yaml"))
CHECKS = [check for check in analyzers() if check.name.startswith("schema.ValidationAnalyzer.")]
SCHEMAS = {
    path.relative_to(folder("schemas")).as_posix(): path
    for path in folder("schemas").glob("*.istio.io/*/*.json")
    if "properties" in read_schema(path.relative_to(folder("schemas")).as_posix())
}


def verdicts(file: str, node: Node, value: Any) -> Iterator[tuple[str, bool]]:
    """Every rule at or below a node that a value comes to, and whether the value keeps it."""
    file, node = resolve(file, node)
    for rule in node.get("x-kubernetes-validations", ()):
        try:
            yield rule["rule"], compile_expression(rule["rule"])(self=value) is not False
        except CelError:
            continue
    if isinstance(value, dict):
        each = node.get("additionalProperties")
        for name, child in value.items():
            below = node.get("properties", {}).get(name, each)
            if isinstance(below, dict):
                yield from verdicts(file, below, child)
    elif isinstance(value, list) and isinstance(node.get("items"), dict):
        for child in value:
            yield from verdicts(file, node["items"], child)


def shown() -> Iterator[tuple[str, bool]]:
    """The verdicts on the cases here and on those of the rules beside schemas."""
    for case in (*CASES, *(HERE.parent / "rules").glob("*/*.yaml")):
        for document in yaml.safe_load_all(case.read_text(encoding="utf-8")):
            file = f"{document['apiVersion']}/{document['kind']}.json"
            yield from verdicts(file, read_schema(file), document)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_what_is_broken_is_found_where_it_is(case: Path) -> None:
    reading = sources.read([str(case)])
    assert not reading.messages
    report = analyze(Snapshot(reading.resources), CHECKS)
    said = {(message.span.line, message.code) for message in report.messages if message.span}
    assert said == wanted(case.read_text(encoding="utf-8"))


def test_every_expression_is_broken_and_kept() -> None:
    rules = {
        rule["rule"]
        for file in SCHEMAS
        for _, node, _ in places(file, read_schema(file))
        for rule in node.get("x-kubernetes-validations", ())
    }
    assert rules
    assert {(rule, kept) for rule in rules for kept in (True, False)} <= set(shown())
