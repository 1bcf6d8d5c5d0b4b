"""Real manifests: those that an API server takes pass, and each mistake is found in its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from meshctl import sources
from meshctl.analysis import analyze
from meshctl.analysis.analyzer import analyzers
from meshctl.model.kind import known_kinds
from meshctl.model.snapshot import Snapshot
from meshctl.packaged import folder
from meshctl.schema.schemas import Schema, schema_of
from tests.analysis.wanted import wanted

HERE = Path(__file__).parent
CHECKS = [check for check in analyzers() if check.name.startswith("schema.")]


def said(case: Path) -> set[tuple[int, str]]:
    reading = sources.read([str(case)])
    assert not reading.messages
    report = analyze(Snapshot(reading.resources), CHECKS)
    return {(message.span.line, message.code) for message in report.messages if message.span}


@pytest.mark.parametrize("case", sorted(HERE.glob("valid/*.yaml")), ids=lambda case: case.stem)
def test_what_an_api_server_takes_passes(case: Path) -> None:
    assert said(case) == set()


@pytest.mark.parametrize("case", sorted(HERE.glob("invalid/*.yaml")), ids=lambda case: case.stem)
def test_every_mistake_is_found(case: Path) -> None:
    assert said(case) == wanted(case.read_text(encoding="utf-8"))


def test_values_to_choose_from_are_those_that_mean_something(tmp_path: Path) -> None:
    """An empty text is allowed, as if the field were left out, but is nothing to tell people to write."""
    case = tmp_path / "agents.yaml"
    case.write_text(
        "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: agents, namespace: shop}\nspec:\n"
        "  selector: {matchLabels: {app: agents}}\n  updateStrategy: {type: Recreate}\n"
        "  template: {metadata: {labels: {app: agents}}, spec: {containers: [{name: a, image: a}]}}\n"
    )
    (message,) = analyze(Snapshot(sources.read([str(case)]).resources), CHECKS).messages
    assert message.text.endswith('cannot be "Recreate"; it is one of OnDelete, RollingUpdate')


def test_every_kind_with_a_schema_of_ours_is_shown_to_pass() -> None:
    shown = {
        (document["apiVersion"], document["kind"])
        for case in HERE.glob("valid/*.yaml")
        for document in yaml.safe_load_all(case.read_text(encoding="utf-8"))
    }
    shown_kinds = {(api_version.rpartition("/")[0], kind) for api_version, kind in shown}
    groups = {group for group, _ in shown_kinds}
    assert {
        (kind.group, kind.name) for kind in known_kinds() if kind.group in groups and schema_of(kind)
    } == shown_kinds


def test_the_older_autoscaler_has_a_schema_of_its_own() -> None:
    schema = Schema("autoscaling/v1/HorizontalPodAutoscaler.json")
    scaler = {
        "apiVersion": "autoscaling/v1",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "shop"},
        "spec": {"maxReplicas": 3, "targetCPUUtilizationPercentage": 80, "scaleTargetRef": {"kind": "D", "name": "d"}},
    }
    assert schema.validator.is_valid(scaler)
    scaler["spec"]["metrics"] = []  # type: ignore[index]  # a dict of several types
    assert not schema.validator.is_valid(scaler)


def test_every_reference_leads_somewhere() -> None:
    for file in folder("schemas").rglob("*.json"):
        path = file.relative_to(folder("schemas")).as_posix()
        assert Schema(path).validator is not None
        assert json.loads(file.read_text(encoding="utf-8")), path
