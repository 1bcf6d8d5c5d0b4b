"""Every analyzer says what its cases mark, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshctl.analysis import Analyzer, analyze
from meshctl.analysis.analyzer import analyzers
from meshctl.model.snapshot import Snapshot
from tests.analysis.clusters import mesh_of
from tests.analysis.wanted import CASES, analyzers_of, cases, wanted


def _mesh(case: Path, folder: Path) -> Snapshot:
    mesh, problems = mesh_of(case.read_text(), folder, strict=not case.name.endswith(".partial.yaml"))
    assert not problems
    return mesh


def _id(case: Path) -> str:
    return case.relative_to(CASES).with_suffix("").as_posix()


@pytest.mark.parametrize("case", cases(), ids=_id)
def test_messages_stand_where_they_are_wanted(case: Path, tmp_path: Path) -> None:
    checks = analyzers_of(case)
    assert checks, "no analyzer has this folder's name"
    report = analyze(_mesh(case, tmp_path), checks)
    said = {(message.span.line, message.code) for message in report.messages if message.span}
    assert said == wanted(case.read_text()), "\n".join(map(str, report.messages))


@pytest.mark.parametrize("case", cases(), ids=_id)
def test_texts_are_complete(case: Path, tmp_path: Path) -> None:
    for message in analyze(_mesh(case, tmp_path), analyzers_of(case)).messages:
        assert message.text
        assert "{" not in message.text + message.hint
        assert message.type in {emitted for check in analyzers_of(case) for emitted in check.emits}


def _checks() -> list[Analyzer]:
    return [check for check in analyzers() if not check.name.startswith("schema.")]


@pytest.mark.parametrize("check", _checks(), ids=lambda check: check.name)
def test_declared_inputs_are_those_read(check: Analyzer, tmp_path: Path) -> None:
    read = set()
    own = [case for case in cases() if check in analyzers_of(case)]
    assert own, "an analyzer needs cases"
    for case in own:
        mesh = _mesh(case, tmp_path)
        with mesh.reading() as kinds:
            list(check.check(mesh))
        read |= kinds
    assert read == check.inputs


@pytest.mark.parametrize("check", _checks(), ids=lambda check: check.name)
def test_each_code_has_a_case_and_a_near_miss(check: Analyzer) -> None:
    own = [case for case in cases() if check in analyzers_of(case)]
    marked = {code for case in own for _, code in wanted(case.read_text())}
    assert {emitted.code for emitted in check.emits} <= marked


@pytest.mark.parametrize("check", analyzers(), ids=lambda check: check.name)
def test_every_analyzer_says_what_it_does(check: Analyzer) -> None:
    assert check.summary.startswith("Checks ")
    assert check.summary.endswith(".")
