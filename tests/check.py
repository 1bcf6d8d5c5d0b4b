"""Run every check of the project: `python -m tests.check [--quick]`.

Format, lint and types first, because they are fast and their findings are the easiest to mend; then the tests, which
also hold the rules that guard the whole: imports point down, `--help` loads no slow library, generated files are
current.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent

CHECKS = {
    "format": ["ruff", "format", "--check", "--diff", "."],
    "lint": ["ruff", "check", "."],
    "types": ["mypy"],
    "tests": ["pytest", "-n", "auto", "--dist", "worksteal"],
}


def main(arguments: list[str]) -> int:
    """Run the checks in order, all of them even when one fails; 0 when all passed."""
    failed = []
    for name, command in CHECKS.items():
        if name == "tests" and "--quick" in arguments:
            continue
        started = time.monotonic()
        done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, check=False)
        state = "ok" if done.returncode == 0 else "FAILED"
        print(f"== {name}: {state} ({time.monotonic() - started:.1f} s)", flush=True)
        if done.returncode != 0:
            failed.append(name)
    if failed:
        print("failed:", ", ".join(failed))
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
