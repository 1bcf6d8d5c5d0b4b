"""`python -m tests.cluster build` builds the control plane; `up` runs a cluster until Ctrl-C, several at once."""

from __future__ import annotations

import argparse
import signal
import sys
import threading

from tests.cluster.programs import NotBuiltError, build
from tests.cluster.rig import Cluster


def main() -> int:
    """Does what the first argument says; 1 when the control plane cannot be built or does not start."""
    parser = argparse.ArgumentParser(prog="python -m tests.cluster", description=__doc__)
    parser.add_argument("command", choices=["build", "up"])
    command = parser.parse_args().command
    try:
        programs = build(lambda line: print(line, file=sys.stderr, flush=True))
    except NotBuiltError as error:
        print(error, file=sys.stderr)
        return 1
    if command == "up":
        _up(Cluster(programs))
    return 0


def _up(cluster: Cluster) -> None:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with cluster:
        print(f"# up in {cluster.startup:.1f} s at {cluster.server}; Ctrl-C ends it. Logs: {cluster.directory}/*.log")
        print(f"# a user that may do nothing: {cluster.kubeconfig('restricted')}")
        print(f"export KUBECONFIG={cluster.kubeconfig()}", flush=True)
        stop.wait()


if __name__ == "__main__":
    raise SystemExit(main())
