"""Generated files are current."""

from __future__ import annotations

from tests.generated import ROOT, generated


def test_generated_files_are_current() -> None:
    old = [
        path.relative_to(ROOT).as_posix()
        for path, text in generated().items()
        if not path.exists() or path.read_text() != text
    ]
    assert not old, "run python -m tests.generated"
