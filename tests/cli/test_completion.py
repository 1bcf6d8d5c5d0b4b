"""Shell completions, tried in the shells that are there."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from tests.cli.run import meshctl


def _completed(*words: str) -> set[str]:
    """What bash offers for the last word."""
    script = meshctl("completion", "bash").out + (
        'COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))\n_meshctl\nprintf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    done = subprocess.run(["bash", "-c", script, "bash", *words], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_commands_are_completed() -> None:
    assert {"analyze", "validate", "version"} <= _completed("meshctl", "")
    assert _completed("meshctl", "expl") == {"explain"}


def test_flags_of_the_command_are_completed() -> None:
    assert "--failure-threshold" in _completed("meshctl", "analyze", "--f")
    assert "--failure-threshold" not in _completed("meshctl", "version", "--")
    assert "--filename" in _completed("meshctl", "v", "--file")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_scripts_are_valid(shell: str) -> None:
    done = meshctl("completion", shell)
    assert (done.code, done.err) == (0, "")
    assert "--failure-threshold" in done.out or "failure-threshold" in done.out
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=done.out, text=True, check=True)


def test_descriptions_can_be_left_out() -> None:
    assert "mesh configuration" in meshctl("completion", "fish").out
    assert "mesh configuration" not in meshctl("completion", "fish", "--no-descriptions").out


def test_another_shell_is_wrong_usage() -> None:
    done = meshctl("completion", "tcsh")
    assert done.code == 64
    assert "bash, fish, zsh" in done.err
