"""A proxy with one service in each direction, named as istiod names them, that served a few requests."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.envoy.client import send
from tests.envoy.process import Envoy, loopback, running
from tests.envoy.resources import address, cluster, connection_manager, endpoints, rds
from tests.envoy.upstreams import upstreams

OUTBOUND = "outbound|9080|v1|reviews.shop.svc.cluster.local"
INBOUND = "inbound|8080||"

_TAGS = {
    "cluster_name": r"^cluster(\.(.+);)",
    "http_conn_manager_prefix": r"^http\.(([\w.]*);\.)",
    "listener_address": r"^listener\.(([_.[:digit:]]*)\.)",
    "response_code": r"_rq(_(\d{3}))$",
    "response_code_class": r"_rq(_(\dxx))$",
}
"""What becomes a label of the metrics for Prometheus; Istio's bootstrap has such a list in place of Envoy's own."""

REQUESTS = {"outbound": 7, "inbound": 4}
"""How many requests each direction served."""


@contextmanager
def small_mesh() -> Iterator[tuple[Envoy, str]]:
    """The proxy, and the address of its listeners: 15001 for outbound requests and 15006 for inbound ones."""
    own = loopback()
    with upstreams([(own, 9080)]), running(
        listeners=[_listener(own, 15001, "outbound", 9080), _listener(own, 15006, "inbound", 8080)],
        routes=[_routes("9080", OUTBOUND), _routes("8080", INBOUND)],
        clusters=[cluster(name, alt_stat_name=f"{name};") for name in (OUTBOUND, INBOUND)],
        bootstrap={"stats_config": {
            "use_all_default_tags": False,
            "stats_tags": [{"tag_name": name, "regex": regex} for name, regex in _TAGS.items()],
        }},
        endpoints=[endpoints(name, (own, 9080)) for name in (OUTBOUND, INBOUND)],
    ) as envoy:  # fmt: skip
        for port, direction in ((15001, "outbound"), (15006, "inbound")):
            for _ in range(REQUESTS[direction]):
                assert send((own, port), headers=[("host", "reviews")]).status == 200
        while b"No recorded values" in envoy.get("stats?filter=bound.*downstream_rq_time"):
            time.sleep(0.05)
        yield envoy, own


def _listener(host: str, port: int, direction: str, named: int) -> dict[str, object]:
    manager = connection_manager(rds(str(named)), stat_prefix=f"{direction}_0.0.0.0_{named};")
    chains = [{"filters": [manager]}]
    return {"name": direction, "address": address(host, port), "traffic_direction": direction.upper(),
            "filter_chains": chains}  # fmt: skip


def _routes(name: str, to: str) -> dict[str, object]:
    routes = [{"match": {"prefix": "/"}, "route": {"cluster": to}}]
    return {"name": name, "virtual_hosts": [{"name": "any", "domains": ["*"], "routes": routes}]}
