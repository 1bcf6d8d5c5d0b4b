"""Which mutual TLS a workload and its ports have by several policies."""

from __future__ import annotations

from typing import Any

from meshctl.model.kinds.peer_authentication import PEER_AUTHENTICATION
from meshctl.model.peer_modes import PeerModes, peer_modes
from meshctl.model.resource import IN_CLUSTER, Resource
from meshctl.model.snapshot import Snapshot

WEB = {"app": "web", "tier": "front"}


def policy(
    name: str, mode: str, *, labels: Any = None, ports: Any = None, day: int = 1, where: str = "shop"
) -> Resource:
    spec = {"mtls": {"mode": mode}, "portLevelMtls": {port: {"mode": one} for port, one in (ports or {}).items()}}
    spec |= {"selector": {"matchLabels": labels}} if labels else {}
    metadata = {"name": name, "namespace": where, "creationTimestamp": f"2026-01-{day:02}T00:00:00Z"}
    return Resource(PEER_AUTHENTICATION, "v1", where, name, {"metadata": metadata, "spec": spec}, IN_CLUSTER)


def modes(*policies: Resource) -> PeerModes:
    return peer_modes(Snapshot(policies))


def test_the_narrowest_level_that_says_something_counts() -> None:
    mesh = policy("mesh", "DISABLE", where="istio-system")
    namespace, own = policy("all", "STRICT"), policy("web", "UNSET", labels={"app": "web"}, ports={8080: "PERMISSIVE"})
    assert modes().of_workload("shop", WEB).mode == "PERMISSIVE"
    assert modes(mesh).of_workload("shop", WEB).mode == "DISABLE"
    assert modes(mesh, namespace, own).of_workload("shop", WEB).mode == "STRICT"
    assert modes(mesh, namespace, own).of_pod("shop", WEB, 8080).mode == "PERMISSIVE"
    assert modes(mesh, namespace, own).of_pod("shop", WEB, 9090).mode == "STRICT"


def test_the_oldest_of_several_counts() -> None:
    young, old = policy("young", "STRICT", day=9), policy("old", "DISABLE", day=2)
    assert modes(young, old).of_namespace("shop").mode == "DISABLE"
    young = policy("young", "STRICT", labels={"app": "web"}, ports={8080: "STRICT"}, day=9)
    old = policy("old", "DISABLE", labels={"tier": "front"}, day=2)
    assert modes(young, old).of_workload("shop", WEB).mode == "DISABLE"
    assert modes(young, old).of_ports("shop", WEB) == {}


def test_ports_that_say_something() -> None:
    own = policy("web", "STRICT", labels={"app": "web"}, ports={"8080": "DISABLE", 9090: "UNSET", "http": "STRICT"})
    assert {port: mode.mode for port, mode in modes(own).of_ports("shop", WEB).items()} == {8080: "DISABLE"}
    assert modes(own).of_ports("shop", {"app": "other"}) == {}
