"""A config dump of any size, in the form of those that a sidecar of a large mesh has.

`python -m tests.benchmarks.config_dump FILE CLUSTERS` writes one.
"""

from __future__ import annotations

import gzip
import json
import sys
from functools import cache
from pathlib import Path
from typing import Any

RECORDED = Path(__file__).parent.parent / "proxyconfig" / "recorded" / "orders" / "config_dump.json.gz"

_SERVICE = "orders.held.svc.cluster.local"
_PER_CONFIGURATION = 100


def write(path: Path, clusters: int) -> None:
    """Writes a dump with that many clusters, the endpoints of each, and as many routes, as Envoy lays it out."""
    sections = [dict(section) for section in _recorded()["configs"]]
    for section in sections:
        if "dynamic_active_clusters" in section:
            model = _one(section["dynamic_active_clusters"], "cluster", f"outbound|80||{_SERVICE}")
            section["dynamic_active_clusters"] = [_renamed(model, number) for number in range(clusters)]
        elif "dynamic_endpoint_configs" in section:
            [model] = [
                item
                for item in section["dynamic_endpoint_configs"]
                if item["endpoint_config"].get("cluster_name") == f"outbound|80||{_SERVICE}"
            ]
            section["dynamic_endpoint_configs"] = [
                _renamed(_with_one_endpoint(model), number) for number in range(clusters)
            ]
        elif "dynamic_route_configs" in section:
            section["dynamic_route_configs"] = [
                _routes(section["dynamic_route_configs"], start, min(start + _PER_CONFIGURATION, clusters))
                for start in range(0, clusters, _PER_CONFIGURATION)
            ]
    path.write_text(json.dumps({"configs": sections}, indent=1))


@cache
def _recorded() -> dict[str, Any]:
    with gzip.open(RECORDED) as file:
        found: dict[str, Any] = json.load(file)
    return found


def _one(items: list[dict[str, Any]], field: str, name: str) -> dict[str, Any]:
    return next(item for item in items if item[field].get("name") == name)


def _with_one_endpoint(model: dict[str, Any]) -> dict[str, Any]:
    assignment = model["endpoint_config"]
    place = assignment["endpoints"][0]
    place = {**place, "lb_endpoints": place["lb_endpoints"][:1]}
    return {**model, "endpoint_config": {**assignment, "endpoints": [place]}}


def _renamed(model: dict[str, Any], number: int) -> dict[str, Any]:
    """A copy of a resource for another service."""
    text = (
        json.dumps(model).replace("orders.held", f"service-{number}.held").replace("10.0.0.", f"10.{number % 250}.0.")
    )
    copy: dict[str, Any] = json.loads(text)
    return copy


def _routes(models: list[dict[str, Any]], start: int, end: int) -> dict[str, Any]:
    """A route configuration with a virtual host, of one route, for each service of a range."""
    model = _one(models, "route_config", "80")
    host = next(host for host in model["route_config"]["virtual_hosts"] if host["name"] == f"{_SERVICE}:80")
    host = {**host, "routes": host["routes"][:1]}
    configuration = {
        **model["route_config"],
        "name": str(8000 + start // _PER_CONFIGURATION),
        "virtual_hosts": [_renamed(host, number) for number in range(start, end)],
    }
    return {**model, "route_config": configuration}


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]))
