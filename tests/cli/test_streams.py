"""Standard streams that are closed, full or cut off, and interrupts: one line, the exit code, never a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from meshctl.cli.app import run
from tests.cli.run import ROOT

_PROGRAM = [sys.executable, "-m", "meshctl"]
_ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "KUBECONFIG": os.devnull}


def _shell(command: str, *, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Runs a line of `sh` in which `$M` is meshctl."""
    return subprocess.run(
        ["sh", "-c", command],
        env={**_ENVIRONMENT, "M": " ".join(_PROGRAM)},
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_closed_standard_output_is_an_error() -> None:
    done = _shell("$M version --remote=false >&-")
    assert done.returncode == 1
    assert done.stderr == "meshctl: the output cannot be written: bad file descriptor\n"


def test_a_closed_standard_error_leaves_output_and_exit_code(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("apiVersion: v1\nkind: Servise\nmetadata: {name: a}\n")
    open_, closed = (_shell(f"$M analyze --use-kube=false a.yaml {end}", cwd=tmp_path) for end in ("", "2>&-"))
    assert closed.returncode == open_.returncode == 79
    assert closed.stdout == open_.stdout


@pytest.mark.parametrize(
    ("command", "code"),
    [("analyze -", 65), ("validate -f -", 65), ("kube-inject -f -", 0), ("proxy-config cluster -f -", 65),
     ("manifest generate -f -", 65), ("profile dump -f -", 65)],
)  # fmt: skip
def test_a_closed_standard_input_is_an_empty_one(command: str, code: int) -> None:
    closed, empty = _shell(f"$M {command} <&-"), _shell(f"$M {command} </dev/null")
    assert closed.returncode == empty.returncode == code
    assert closed.stderr == empty.stderr
    assert "Traceback" not in closed.stderr


@pytest.mark.parametrize("command", ["manifest generate", "explain", "--help", "completion bash"])
def test_a_reader_that_has_gone_is_no_error(command: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [*_PROGRAM, *command.split()],
            env=_ENVIRONMENT,
            stdout=writing,
            stderr=subprocess.PIPE,
            text=True,
            timeout=120,
            check=False,
        )
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
@pytest.mark.parametrize("command", ["manifest generate", "explain", "--help", "completion bash"])
def test_a_full_disk_is_an_error(command: str) -> None:
    done = _shell(f"$M {command} >/dev/full")
    assert done.returncode == 1
    assert done.stderr == "meshctl: the output cannot be written: no space left on device\n"


def test_an_interrupt_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("meshctl.cli.linting.mesh_input", interrupt)
    assert run(["analyze", "--use-kube=false", "a.yaml"]) == 1
    assert capsys.readouterr().err == "meshctl: interrupted\n"


def test_an_interrupt_while_the_program_loads_is_told() -> None:
    code = (
        "import sys\n"
        "class Interrupt:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'click': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupt())\n"
        "from meshctl.cli.start import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=_ENVIRONMENT, capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "meshctl: interrupted\n")


@pytest.mark.skipif(sys.platform == "darwin", reason="its file systems have no such names")
@pytest.mark.parametrize("output", ["log", "json", "yaml", "github", "junit", "sarif"])
def test_a_file_whose_name_is_no_text_is_reported_in_every_format(tmp_path: Path, output: str) -> None:
    with open(os.path.join(os.fsencode(tmp_path), b"\xff.yaml"), "w") as file:
        file.write("apiVersion: v1\nkind: Servise\nmetadata: {name: a}\n")
    command = [*_PROGRAM, "analyze", "--use-kube=false", "-o", output, "--output-file", f"{output}=copy", "."]
    done = subprocess.run(
        command,
        env={**_ENVIRONMENT, "PYTHONIOENCODING": "utf-8:strict"},  # as in a terminal with a language
        cwd=tmp_path,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 79, done.stderr
    assert b"Traceback" not in done.stderr
    assert b"Servise" in done.stdout
    assert (tmp_path / "copy").read_bytes() == done.stdout


def test_a_user_without_a_home_is_told_that_there_is_no_kubeconfig() -> None:
    """Containers run as users that nobody has heard of."""
    code = (
        "import pwd, sys\n"
        "def unknown(uid): raise KeyError(uid)\n"
        "pwd.getpwuid = unknown\n"
        "sys.argv[1:] = ['proxy-config', 'cluster', 'a']\n"
        "from meshctl.cli.start import main\n"
        "main()\n"
    )
    environment = {name: value for name, value in _ENVIRONMENT.items() if name not in ("HOME", "KUBECONFIG")}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 65, done.stderr
    assert done.stderr.startswith("meshctl: there is no kubeconfig file")
