"""Which signals end a command with an account of what it did, and which it was started to ignore."""

from __future__ import annotations

import subprocess
import sys

import pytest

END = """
import os, signal
from meshctl.cli.interrupts import told_when_ended
signal.signal(signal.{name}, signal.{handler})
try:
    with told_when_ended():
        os.kill(os.getpid(), signal.{name})
except KeyboardInterrupt:
    print("told")
else:
    print("went on")
assert signal.getsignal(signal.{name}) is signal.{handler}
"""


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
@pytest.mark.parametrize(("handler", "wanted"), [("SIG_DFL", "told\n"), ("SIG_IGN", "went on\n")])
def test_ends_are_told_unless_the_process_was_started_to_ignore_them(name: str, handler: str, wanted: str) -> None:
    script = END.format(name=name, handler=handler)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == (wanted, "")
