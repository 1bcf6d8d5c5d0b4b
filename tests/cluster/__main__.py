"""`python -m tests.cluster build` builds the control plane; `up` runs a cluster until Ctrl-C, several at once."""

from __future__ import annotations

import argparse
import signal
import sys
import threading

from tests.cluster.processes import ProgramEndedError
from tests.cluster.programs import NotBuiltError, Programs, build
from tests.cluster.rig import Cluster


def main() -> int:
    """Does what the first argument says; 1 when the control plane cannot be built or does not start."""
    parser = argparse.ArgumentParser(prog="python -m tests.cluster", description=__doc__)
    parser.add_argument("command", choices=["build", "up"])
    command = parser.parse_args().command
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        programs = build(lambda line: print(line, file=sys.stderr, flush=True))
        if command == "up":
            _up(programs)
    except (NotBuiltError, ProgramEndedError, TimeoutError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0 if command == "up" else 1
    return 0


def _up(programs: Programs) -> None:
    with Cluster(programs) as cluster:
        print(f"# up in {cluster.startup:.1f} s at {cluster.server}; Ctrl-C ends it. Logs: {cluster.directory}/*.log")
        print(f"# a user that may do nothing: {cluster.kubeconfig('restricted')}")
        print(f"export KUBECONFIG={cluster.kubeconfig()}", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    raise SystemExit(main())
