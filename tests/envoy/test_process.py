"""The real Envoy: it runs, routes, and ends with the test that started it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from tests.envoy.client import send
from tests.envoy.process import loopback, running
from tests.envoy.resources import address, cluster, connection_manager, endpoints, rds
from tests.envoy.upstreams import upstreams

ROOT = Path(__file__).parent.parent.parent


def test_a_request_reaches_the_endpoint_of_its_route() -> None:
    own, name = loopback(), "outbound|80||reviews.shop.svc.cluster.local"
    routes = {"name": "80", "virtual_hosts": [
        {"name": "any", "domains": ["*"], "routes": [{"match": {"prefix": "/a"}, "route": {"cluster": name}}]}
    ]}  # fmt: skip
    listener = {
        "name": "in",
        "address": address(own, 15001),
        "filter_chains": [{"filters": [connection_manager(rds("80"))]}],
    }
    with (
        upstreams([(own, 9080)]),
        running(
            listeners=[listener], routes=[routes], clusters=[cluster(name)], endpoints=[endpoints(name, (own, 9080))]
        ) as envoy,
    ):
        found = send((own, 15001), target="/a", headers=[("host", "x")])
        assert (found.status, f'"server": "{own}:9080"'.encode() in found.body) == (200, True)
        assert send((own, 15001), target="/b", headers=[("host", "x")]).status == 404
        sections = {section["@type"].rpartition(".")[2]: section for section in envoy.dump()["configs"]}
        assert [found["name"] for found in sections["ListenersConfigDump"]["dynamic_listeners"]] == ["in"]
        assert len(sections["RoutesConfigDump"]["dynamic_route_configs"]) == 1


def test_envoy_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    code = (
        "import time\nfrom tests.envoy.process import running\n"
        "with running() as envoy:\n print(envoy.process.pid, flush=True)\n time.sleep(60)"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    parent = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True, env=environment
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    until = time.monotonic() + 10
    while time.monotonic() < until and _runs(pid):
        time.sleep(0.05)
    assert not _runs(pid)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat").read_text() if Path(f"/proc/{pid}").exists() else "x Z"
    return ") Z" not in status
