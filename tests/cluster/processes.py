"""Programs that end with the test, however it ends.

They share the process group of a keeper: a shell that waits for the end of a pipe which only the test holds. When the
test closes it, or is killed, the keeper ends the group and removes the directory of the cluster.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

KEEPER = """
trap '' TERM HUP INT
read -r _
kill -TERM 0
for _ in 1 2 3 4 5 6 7 8 9; do rm -rf -- "$1" && break; sleep 0.3; done
kill -KILL 0
"""
"""It tries again, as a program that is still ending may put a file into a directory that is being emptied."""


class ProgramEndedError(Exception):
    """A program of the cluster ended by itself."""


class Processes:
    """The running programs of one cluster, each with a log in the directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._keeper = subprocess.Popen(
            ["/bin/sh", "-c", KEEPER, "keeper", str(directory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            process_group=0,
        )

    def start(self, name: str, command: list[str]) -> None:
        """Starts a program; its output goes to `<name>.log`."""
        with self.log(name).open("ab") as log:
            self._running[name] = subprocess.Popen(
                command,
                cwd=self._directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=self._keeper.pid,
            )

    def stop(self, name: str) -> None:
        """Ends one program at once, as a crash would."""
        process = self._running.pop(name)
        process.kill()
        process.wait()

    def check(self) -> None:
        """Raises when a program has ended by itself, with the end of its log."""
        for name, process in self._running.items():
            if process.poll() is not None:
                lines = self.log(name).read_text(errors="replace").splitlines()[-15:]
                raise ProgramEndedError(f"{name} ended with {process.returncode}:\n" + "\n".join(lines))

    def log(self, name: str) -> Path:
        """The log of a program."""
        return self._directory / f"{name}.log"

    def close(self) -> None:
        """Ends all and waits until they and the directory are gone."""
        for name in tuple(self._running):
            self.stop(name)
        assert self._keeper.stdin is not None
        self._keeper.stdin.close()
        self._keeper.wait()
