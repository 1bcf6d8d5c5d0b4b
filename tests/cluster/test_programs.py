"""Where the programs come from, and what is said when they are missing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cluster import programs
from tests.cluster.fixtures import NOT_RUN

ROOT = Path(__file__).parents[2]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and no assets."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    return programs.cache()


def _put(directory: Path, *names: str) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    for name in names:
        (directory / name).touch(mode=0o755)


def test_all_programs_are_needed(cache: Path) -> None:
    *some, last = programs.PACKAGES
    _put(cache, *some)
    assert programs.find() is None
    _put(cache, last)
    found = programs.find()
    assert found is not None
    assert found[last] == str(cache / last)


def test_assets_win_over_the_cache(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _put(cache, *programs.PACKAGES)
    _put(tmp_path / "assets", "etcd", "kube-apiserver")
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path / "assets"))
    found = programs.find()
    assert found is not None
    assert found["etcd"] == str(tmp_path / "assets" / "etcd")
    assert found["kwok"] == str(cache / "kwok")


def test_without_go_nothing_can_be_built(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(programs.NotBuiltError, match="no go command"):
        programs.build(lambda _: None)


def test_failed_build_shows_what_the_compiler_says(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = tmp_path / "bin" / "go"
    _put(go.parent, "go")
    go.write_text("#!/bin/sh\necho some/package >&2\necho 'go: the proxy is down' >&2\nexit 1\n")
    monkeypatch.setenv("PATH", str(go.parent), prepend=os.pathsep)
    with pytest.raises(programs.NotBuiltError, match="the proxy is down") as failed:
        programs.build(lambda _: None)
    assert "some/package" not in str(failed.value)
    assert programs.find() is None


def test_tests_that_do_not_run_are_named(cache: Path) -> None:
    """The tests of a control plane that is not built are left out, with a line that says so."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-n", "0", str(Path(__file__).parent)]
    environment = os.environ | {"XDG_CACHE_HOME": str(cache.parents[1])}
    done = subprocess.run(
        [*command, "-k", "all_programs or job"], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout
    assert NOT_RUN in done.stdout
    assert "1 passed" in done.stdout
