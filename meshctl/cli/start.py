"""Where the program starts: loads the command line, which takes most of the time of a short run, and runs it."""

from __future__ import annotations

import os
from typing import NoReturn


def main() -> NoReturn:
    """Runs meshctl with the arguments of the process and exits, without a traceback if it is interrupted early."""
    try:
        from meshctl.cli.app import main as run

        run()
    except KeyboardInterrupt:
        os.write(2, b"meshctl: interrupted\n")
        os._exit(1)
