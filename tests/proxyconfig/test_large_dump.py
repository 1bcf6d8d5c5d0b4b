"""The dump that speed is measured on is one that a proxy could have."""

from __future__ import annotations

from pathlib import Path

from meshctl.proxyconfig.dump import State, read
from tests.benchmarks.config_dump import write


def test_clusters_endpoints_and_routes_are_as_many_as_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "dump.json"
    write(file, 250)
    found = read(file.read_bytes())
    names = {entry.name for entry in found.clusters if entry.state is State.ACTIVE}
    assert len(names) == 250
    assert {entry.name for entry in found.endpoints if entry.state is State.ACTIVE} == names
    hosts = [host for entry in found.routes if entry.state is State.ACTIVE for host in entry.resource.virtual_hosts]
    assert len(hosts) == 250
    assert all(len(host.routes) == 1 for host in hosts)
