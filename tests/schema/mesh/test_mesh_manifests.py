"""Mesh settings and the installer's file as a linter meets them: each mistake is found in its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshctl import sources
from meshctl.analysis import analyze
from meshctl.analysis.analyzer import analyzers
from meshctl.messages import Message
from meshctl.model.mesh_settings import mesh_settings
from meshctl.model.snapshot import Snapshot
from tests.analysis.wanted import wanted

HERE = Path(__file__).parent
CHECKS = [check for check in analyzers() if check.name.startswith("schema.")]


def messages(text_or_case: str | Path) -> list[Message]:
    reading = sources.read([str(text_or_case)])
    assert not reading.messages
    return analyze(Snapshot(reading.resources), CHECKS).messages


@pytest.mark.parametrize("case", sorted(HERE.glob("*.yaml")), ids=lambda case: case.stem)
def test_every_mistake_is_found(case: Path) -> None:
    found = messages(case)
    said = {(message.span.line, message.code) for message in found if message.span}
    assert said == wanted(case.read_text(encoding="utf-8")), "\n".join(map(str, found))


def test_unknown_names_come_with_what_to_write() -> None:
    hints = {str(message.path[-1]): message.hint for message in messages(HERE / "operator.yaml")}
    assert "accessLogFile" in hints["accessLogFiel"]
    assert "unvalidatedValues" in hints["pdb"]
    assert "pilot.resources" in hints["resources"]
    assert "meshConfig.defaultConfig.concurrency" in hints["concurrency"] or "without quotes" in hints["concurrency"]


def test_names_of_protocol_buffers_are_read() -> None:
    reading = sources.read([str(HERE / "config_map.yaml")])
    assert mesh_settings(Snapshot(reading.resources)).root_namespace == "istio-config"


def test_a_file_of_mesh_settings_is_checked(tmp_path: Path) -> None:
    (tmp_path / "mesh.yaml").write_text("trust_domain: a\nrootNamespace: [b]\nfoo: 1\n")
    config = sources.read_mesh_config(str(tmp_path / "mesh.yaml"), "istio-system")
    found = analyze(Snapshot([config]), CHECKS).messages
    assert [(message.code, message.span.line) for message in found if message.span] == [("IST0106", 2), ("MESH0101", 3)]


def test_a_file_may_be_the_config_map(tmp_path: Path) -> None:
    text = (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio}\ndata:\n  mesh: |\n    trustDomain: a\n    foo: 1\n"
    )
    (tmp_path / "mesh.yaml").write_text(text)
    config = sources.read_mesh_config(str(tmp_path / "mesh.yaml"), "istio-system")
    found = analyze(Snapshot([config]), CHECKS).messages
    assert [(message.code, message.span.line) for message in found if message.span] == [("MESH0101", 7)]


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("    a: 1\n    a: 2\n", "MESH0003", 7),
        ("    just a text\n", "MESH0001", 5),
        ("    a: [\n", "MESH0001", 7),
    ],
)
def test_a_text_that_is_no_mesh_config_is_told(tmp_path: Path, text: str, code: str, line: int) -> None:
    head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio}\ndata:\n  mesh: |\n"
    (tmp_path / "mesh.yaml").write_text(head + text)
    found = sources.read([str(tmp_path / "mesh.yaml")]).messages
    assert [message.code for message in found] == [code]
    assert found[0].span is not None
    assert abs(found[0].span.line - line) <= 1
