"""Each explanation keeps its word: the bad example has the code, the good one does not."""

from __future__ import annotations

from pathlib import Path

import pytest

import meshctl.explanations
from meshctl.analysis import analyze
from meshctl.explanations import explanation
from meshctl.messages import Level, message_type, message_types
from meshctl.model.kinds.deployment import DEPLOYMENT
from meshctl.model.kinds.service import SERVICE
from meshctl.schema.conventions import conventions
from tests.analysis.clusters import mesh_of

CODES = sorted(file.stem for file in Path(meshctl.explanations.__file__).parent.glob("*.md"))

WITHOUT_EXAMPLES = {
    "MESH0005",
    "MESH0006",
    "MESH0601",
    "MESH0602",
    "IST0136",
    "IST0141",
    "IST0142",
    "IST0156",
    "IST0169",
    "IST0172",
}
"""A file that cannot be read, and what only a cluster can show."""


def test_each_message_has_an_explanation() -> None:
    assert [found.code for found in message_types()] == CODES


def _codes(manifest: str, folder: Path) -> set[str]:
    mesh, problems = mesh_of(manifest, folder)
    # Some codes are told by `validate` alone.
    alone = conventions([*mesh[SERVICE], *mesh[DEPLOYMENT]], "istio-system")
    return {message.code for message in [*problems, *analyze(mesh).messages, *alone]}


@pytest.mark.parametrize("code", [code for code in CODES if code not in WITHOUT_EXAMPLES])
def test_examples_show_what_they_should(code: str, tmp_path: Path) -> None:
    found = explanation(code)
    assert code in _codes(found.bad, tmp_path)
    assert code not in _codes(found.good, tmp_path)


@pytest.mark.parametrize("code", CODES)
def test_an_explanation_says_what_is_wrong_and_what_to_do(code: str) -> None:
    assert message_type(code), "no message has this code"
    found = explanation(code)
    assert found.meaning
    assert found.fix


@pytest.mark.parametrize("code", CODES)
def test_good_examples_are_free_of_errors(code: str, tmp_path: Path) -> None:
    mesh, problems = mesh_of(explanation(code).good, tmp_path, strict=False)
    assert not [str(message) for message in problems + analyze(mesh).messages if message.level is Level.ERROR]
