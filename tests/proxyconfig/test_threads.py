"""Answers of several proxies may be understood at the same time."""

from __future__ import annotations

import subprocess
import sys

from tests.cli.run import ROOT

_AT_ONCE = """
import sys, threading
from meshctl.proxyconfig.dump import read
sys.setswitchinterval(1e-6)
data = b'{"configs": [{"@type": "type.googleapis.com/envoy.admin.v3.RoutesConfigDump", "static_route_configs": [' \\
    b'{"route_config": {"name": "9080", "virtual_hosts": [{"name": "a", "domains": ["*"], "routes": [{}]}]}}]}]}'
start = threading.Barrier(8)
names = []
def work():
    start.wait()
    names.append(read(data).routes[0].resource.name)
threads = [threading.Thread(target=work) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert names == ["9080"] * 8
"""


def test_the_first_messages_of_a_type_are_read_by_several_threads() -> None:
    for _ in range(8):
        done = subprocess.run([sys.executable, "-c", _AT_ONCE], capture_output=True, text=True, check=False, cwd=ROOT)
        assert (done.returncode, done.stderr) == (0, "")
