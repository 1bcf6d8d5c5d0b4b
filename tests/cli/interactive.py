"""Shells as a person uses them: a line with tabs is typed at a terminal, and what the shell makes of it is read."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.cli.run import ROOT

_START = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], "bind 'set bell-style none'; source {script}"),
    "zsh": (["zsh", "-f", "-i"], "autoload -U compinit; compinit -u -D; unsetopt beep; source {script}"),
    "fish": (["fish", "--no-config", "-i"], "source {script}"),
}
_END = "end-of-words"


def program(folder: Path) -> Path:
    """A folder with the program `meshctl` for `$PATH`."""
    folder.mkdir(exist_ok=True)
    file = folder / "meshctl"
    file.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m meshctl "$@"\n')
    file.chmod(0o755)
    return folder


class Shell:
    """A shell at a terminal, with a completion script."""

    def __init__(self, name: str, script: Path, path: Path, folder: Path, **environment: str) -> None:
        arguments, start = _START[name]
        known = {"PATH": f"{path}:{os.environ['PATH']}", "HOME": str(folder), "TERM": "dumb", "PS1": "> "}
        known |= {"KUBECONFIG": os.devnull, "LC_ALL": "C.UTF-8", "XDG_CONFIG_HOME": str(folder)}
        self._process, self._terminal = pty.fork()
        if not self._process:
            os.chdir(folder)
            os.execvpe(arguments[0], arguments, known | environment)
        self._read(lambda text: bool(text), 10)
        self._write(start.format(script=script) + "; echo rea''dy\r")
        self._read(lambda text: "ready" in text, 20)
        self._read(lambda text: False, 0.5)

    def __enter__(self) -> Shell:
        return self

    def __exit__(self, *_: object) -> None:
        os.kill(self._process, signal.SIGKILL)
        os.waitpid(self._process, 0)
        os.close(self._terminal)

    def words(self, line: str) -> list[str]:
        """The words of a line as the shell would give them to the program, once its tabs were typed."""
        self._write(line)  # what follows waits at the terminal until the shell has dealt with the tabs
        self._write("\x01printf '<%s>' \x05 " + _END + "\r")
        text = self._read(lambda text: f"<{_END}>" in text, 20)
        shown = re.findall(r"(?:<[^<>]*>)+", text.replace("\r", "").replace("\n", ""))
        return re.findall(r"<([^<>]*)>", shown[-1])[:-1]

    def shows(self, line: str, text: str) -> bool:
        """Whether the terminal shows a text once a line with tabs was typed."""
        self._write(line)
        return text in self._read(lambda shown: text in shown, 20)

    def _write(self, text: str) -> None:
        os.write(self._terminal, text.encode())

    def _read(self, done: Callable[[str], bool], seconds: float) -> str:
        text = ""
        end = time.monotonic() + seconds
        while time.monotonic() < end and not done(text):
            ready, _, _ = select.select([self._terminal], [], [], 0.05)
            if ready:
                try:
                    text += os.read(self._terminal, 65536).decode("utf-8", "replace")
                except OSError:
                    break
        return text
