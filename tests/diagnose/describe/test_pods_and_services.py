"""Descriptions of pods as a cluster has them, by small manifests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from meshctl.cli.app import run

PROXY = {"name": "istio-proxy", "image": "registry.example/proxy"}
SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "web"},
    "spec": {"selector": {"app": "web"}, "ports": [{"name": "http", "port": 80, "targetPort": 8080}]},
}
BOOTSTRAP, CLUSTERS, LISTENERS, ROUTES = (f"type.googleapis.com/envoy.admin.v3.{name}ConfigDump"
                                          for name in ("Bootstrap", "Clusters", "Listeners", "Routes"))  # fmt: skip


def pod(name: str = "web-1", **changes: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"app": "web", "version": "v1"}} | changes.get("metadata", {}),
        "spec": {"containers": [{"name": "app", "ports": [{"containerPort": 8080}]}, PROXY]} | changes.get("spec", {}),
        "status": {"phase": "Running"} | changes.get("status", {}),
    }


def istio(kind: str, name: str, spec: Any, **metadata: Any) -> dict[str, Any]:
    group = "security" if kind.endswith(("Policy", "Authentication")) else "networking"
    return {"apiVersion": f"{group}.istio.io/v1", "kind": kind, "metadata": {"name": name, **metadata}, "spec": spec}


class Case:
    """Describes objects that lie in a file."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self._folder, self._capsys = folder, capsys

    def __call__(self, objects: list[Any], *arguments: str, dump: Any = None, code: int = 0) -> str:
        file = self._folder / "mesh.json"
        file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))
        flags = ["-f", str(file)]
        if dump is not None:
            saved = self._folder / "dump.json"
            saved.write_text(json.dumps(dump))
            flags += ["--dump", str(saved)]
        assert run(["experimental", "describe", *(arguments or ("pod", "web-1")), *flags]) == code
        printed = self._capsys.readouterr()
        self.err = printed.err
        return printed.out


@pytest.fixture
def describe(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Case:
    return Case(tmp_path, capsys)


def dump(clusters: Any = (), routes: Any = (), listeners: Any = ()) -> Any:
    return {
        "configs": [
            {"@type": CLUSTERS, "dynamic_active_clusters": [{"cluster": one} for one in clusters]},
            {"@type": LISTENERS, "dynamic_listeners": [{"active_state": {"listener": one}} for one in listeners]},
            {"@type": ROUTES, "dynamic_route_configs": [{"route_config": one} for one in routes]},
        ]
    }


def made_of(kind: str, name: str) -> Any:
    path = f"/apis/networking.istio.io/v1/namespaces/default/{kind}/{name}"
    return {"filter_metadata": {"istio": {"config": path}}}


def test_pod_that_is_as_it_should_be(describe: Case) -> None:
    assert describe([pod(), SERVICE]) == (
        "Pod: web-1\n"
        "   Pod Revision:\n"
        "   Pod Ports: 8080 (app)\n"
        "--------------------\n"
        "Service: web\n"
        "   Port: http 80/HTTP targets pod port 8080\n"
        "--------------------\n"
        "Effective PeerAuthentication:\n"
        "   Workload mTLS mode: PERMISSIVE\n"
    )


def test_ports_with_their_protocols_and_containers(describe: Case) -> None:
    ports = [{"containerPort": 8080}, {"containerPort": 53, "protocol": "UDP"}]
    out = describe([pod(spec={"containers": [{"name": "app", "ports": ports}, PROXY]})])
    assert "   Pod Ports: 8080 (app), 53/UDP (app)\n" in out


def test_revision_is_that_of_the_injector(describe: Case) -> None:
    noted = {"sidecar.istio.io/status": json.dumps({"revision": "canary"})}
    assert "   Pod Revision: canary\n" in describe([pod(metadata={"annotations": noted})])
    told = {"istio.io/rev": "stable", **noted}
    assert "   Pod Revision: stable\n" in describe([pod(metadata={"annotations": told})])


def test_pod_that_does_not_run(describe: Case) -> None:
    out = describe([pod(status={"phase": "Pending"}), SERVICE])
    assert "   Pod is not Running (Pending)\n" in out
    assert "NOT READY" not in out


def test_containers_that_are_not_ready(describe: Case) -> None:
    status = {
        "initContainerStatuses": [{"name": "istio-init", "ready": False}],
        "containerStatuses": [{"name": "app", "ready": False}, {"name": "istio-proxy", "ready": True}],
    }
    out = describe([pod(status=status)])
    assert "WARNING: Pod web-1 Init Container istio-init NOT READY\n" in out
    assert "WARNING: Pod web-1 Container app NOT READY\n" in out
    assert "Container istio-proxy" not in out


def test_user_of_the_proxy_is_reserved(describe: Case) -> None:
    container = {"name": "app", "securityContext": {"runAsUser": 1337}}
    out = describe([pod(spec={"containers": [container, PROXY | {"securityContext": {"runAsUser": 1337}}]})])
    assert out.startswith("WARNING: container app of pod web-1 runs as user 1337")
    assert "container istio-proxy" not in out
    assert "WARNING: pod web-1 runs as user 1337" in describe([pod(spec={"securityContext": {"runAsUser": 1337}})])


def test_labels_for_telemetry_are_suggested(describe: Case) -> None:
    out = describe([pod(metadata={"labels": {"app.kubernetes.io/name": "web"}})])
    assert "Suggestion: add the label 'version'" in out
    assert "Suggestion: add the label 'app'" not in out
    assert "WARNING: no Service selects this pod" in out


def test_pod_without_sidecar(describe: Case) -> None:
    bare = pod(spec={"containers": [{"name": "app"}]}, metadata={"labels": {"app": "web"}})
    out = describe([bare, SERVICE])
    assert "WARNING: pod web-1 has no sidecar" in out
    assert "Suggestion" not in out
    assert "PeerAuthentication" not in out
    assert "WARNING" not in describe([bare, SERVICE], "pod", "web-1", "--ignoreUnmeshed")


def test_pod_in_ambient_mode_needs_no_sidecar(describe: Case) -> None:
    ambient = {"labels": {"app": "web"}, "annotations": {"ambient.istio.io/redirection": "enabled"}}
    out = describe([pod(spec={"containers": [{"name": "app"}]}, metadata=ambient), SERVICE])
    assert "Pod is in ambient mode" in out
    assert "no sidecar" not in out
    assert "Workload mTLS mode: PERMISSIVE" in out


def test_named_target_port_that_no_container_has(describe: Case) -> None:
    service = SERVICE | {"spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": "http"}]}}
    out = describe([pod(), service])
    assert '   ERROR: port 80 is sent to the pod port named "http", which no container has\n' in out


@pytest.mark.parametrize(
    ("port", "shown"),
    [
        ({"port": 81}, "81/auto-detect"),
        ({"name": "grpc-web-x", "port": 81}, "grpc-web-x 81/GRPC-Web"),
        ({"name": "db", "appProtocol": "mysql", "port": 81}, "db 81/MySQL"),
        ({"name": "h2", "appProtocol": "kubernetes.io/h2c", "port": 81}, "h2 81/HTTP2"),
    ],
)
def test_protocols(describe: Case, port: Any, shown: str) -> None:
    service = SERVICE | {"spec": {"selector": {"app": "web"}, "ports": [port]}}
    assert f"   Port: {shown} targets pod port 81\n" in describe([pod(), service])


def test_port_of_udp_is_none_of_a_proxy(describe: Case) -> None:
    ports = [{"name": "dns", "port": 53, "protocol": "UDP"}, {"name": "http", "port": 80}]
    out = describe([pod(), SERVICE | {"spec": {"selector": {"app": "web"}, "ports": ports}}])
    assert "53" not in out
    assert "\n80:\n" not in out  # one port is left


def test_pod_in_no_subset(describe: Case) -> None:
    subsets = [{"name": "a", "labels": {"version": "a"}}, {"name": "b", "labels": {"version": "b"}}]
    policy = {
        "tls": {"mode": "ISTIO_MUTUAL"},
        "portLevelSettings": [{"port": {"number": 80}, "tls": {"mode": "DISABLE"}}],
    }
    rule = istio("DestinationRule", "web", {"host": "web", "subsets": subsets, "trafficPolicy": policy})
    assert (
        'DestinationRule: web for "web"\n'
        "   WARNING POD DOES NOT MATCH ANY SUBSETS.  (Non matching subsets a,b)\n"
        "   Traffic Policy TLS Mode: ISTIO_MUTUAL\n"
        "   Port Level Settings:\n"
        "    80:\n"
        "      TLS Mode: DISABLE\n"
    ) in describe([pod(), SERVICE, rule])


def test_own_namespace_goes_before_the_root_namespace(describe: Case) -> None:
    every = istio("DestinationRule", "mesh", {"host": "*.cluster.local"}, namespace="istio-system")
    assert "DestinationRule: mesh.istio-system for" in describe([pod(), SERVICE, every])
    own = istio("DestinationRule", "own", {"host": "*.default.svc.cluster.local"})
    assert "DestinationRule: own for" in describe([pod(), SERVICE, every, own])


def test_cluster_of_another_service_with_a_longer_name_is_not_taken(describe: Case) -> None:
    """istioctl looks for the name of the service anywhere in that of the cluster."""
    wrong = {"name": "outbound|80||my-web.default.svc.cluster.local", "metadata": made_of("destination-rule", "wrong")}
    right = {"name": "outbound|80||web.default.svc.cluster.local", "metadata": made_of("destination-rule", "right")}
    rules = [istio("DestinationRule", name, {"host": "web"}) for name in ("wrong", "right")]
    out = describe([pod(), SERVICE, *rules], dump=dump([wrong, right]))
    assert 'DestinationRule: right for "web"' in out
    assert "wrong" not in out


def test_what_the_proxy_has_but_is_gone(describe: Case) -> None:
    cluster = {
        "name": "outbound|80||web.default.svc.cluster.local",
        "metadata": made_of("destination-rule", "gone-rule"),
    }
    route = {"match": {"prefix": "/"}, "metadata": made_of("virtual-service", "gone-routes")}
    config = {"name": "80", "virtual_hosts": [{"domains": ["web.default.svc.cluster.local"], "routes": [route]}]}
    out = describe([pod(), SERVICE], dump=dump([cluster], [config]))
    assert "WARNING: Proxy is stale; it uses DestinationRule gone-rule, which is gone\n" in out
    assert "WARNING: Proxy is stale; it uses VirtualService gone-routes, which is gone\n" in out


def test_route_of_the_gateway_api_is_not_called_stale(describe: Case) -> None:
    route = {"match": {"prefix": "/"}, "metadata": made_of("virtual-service", "http-0-istio-autogenerated-k8s-gateway")}
    config = {"name": "80", "virtual_hosts": [{"domains": ["web.default.svc.cluster.local"], "routes": [route]}]}
    out = describe([pod(), SERVICE], dump=dump([], [config]))
    assert "stale" not in out
    assert "made of routes of the Gateway API" in out


def test_subset_that_is_not_defined(describe: Case) -> None:
    route = [{"destination": {"host": "web", "subset": "v9"}}]
    routes = istio("VirtualService", "web", {"hosts": ["web"], "http": [{"route": route}]})
    assert (
        "VirtualService: web\n"
        "   WARNING: no route leads to the subsets of this pod (checked 1 HTTP route(s))\n"
        '      subset "v9" of host "web" has no DestinationRule that defines it\n'
    ) in describe([pod(), SERVICE, routes])
    rule = istio("DestinationRule", "web", {"host": "web"})
    assert 'subset "v9" of host "web" is not in DestinationRule web' in describe([pod(), SERVICE, routes, rule])


def test_all_routes_reach_the_pod(describe: Case) -> None:
    routes = istio("VirtualService", "web", {"hosts": ["web"], "http": [{"route": [{"destination": {"host": "web"}}]}]})
    assert "VirtualService: web\n   1 HTTP route(s)\n" in describe([pod(), SERVICE, routes])


def test_matches_in_a_line(describe: Case) -> None:
    match = [
        {"uri": {"exact": "/login"}},
        {"uri": {"prefix": "/static"}, "ignoreUriCase": True},
        {"headers": {"end-user": {"exact": "jason"}, "x-trace": {}}},
        {"uri": {"regex": "/[a-z]+"}},
    ]
    rule = {"match": match, "route": [{"destination": {"host": "web"}}], "fault": {"abort": {"httpStatus": 400}}}
    out = describe([pod(), SERVICE, istio("VirtualService", "web", {"hosts": ["web"], "http": [rule]})])
    assert (
        "   Fault injection: abort 400; Match: /login, /static* uncased, when headers are end-user=jason; x-trace=*, "
        'uri:{regex:"/[a-z]+"}\n'
    ) in out


def test_oldest_policy_counts(describe: Case) -> None:
    def policy(name: str, mode: str, day: int) -> Any:
        spec = {"selector": {"matchLabels": {"app": "web"}}, "mtls": {"mode": mode}}
        return istio("PeerAuthentication", name, spec, creationTimestamp=f"2026-01-{day:02}T00:00:00Z")

    out = describe([pod(), SERVICE, policy("young", "STRICT", 9), policy("old", "DISABLE", 2)])
    assert "   Workload mTLS mode: DISABLE\n" in out
    assert "Applied PeerAuthentication:\n   young.default, old.default\n" in out


def test_policy_of_the_root_namespace_for_some_workloads_has_no_effect(describe: Case) -> None:
    spec = {"selector": {"matchLabels": {"app": "web"}}, "mtls": {"mode": "STRICT"}}
    out = describe([pod(), SERVICE, istio("PeerAuthentication", "some", spec, namespace="istio-system")])
    assert "PERMISSIVE" in out
    assert "Applied" not in out


def test_gateway_with_the_address_of_its_load_balancer(describe: Case) -> None:
    labels = {"istio": "ingressgateway"}
    gateway_pod = pod(
        "ingress", metadata={"labels": labels}, spec={"containers": [PROXY]}, status={"hostIP": "10.0.0.9"}
    )
    ports = [{"name": "http2", "port": 80, "nodePort": 31080}, {"name": "http", "port": 8080, "nodePort": 31081}]
    front: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "ingress"},
        "spec": {"selector": labels, "ports": ports},
    }
    gateway = istio("Gateway", "edge", {"selector": labels, "servers": [{"port": {"number": 80}, "hosts": ["*"]}]})
    rule = {"match": [{"uri": {"prefix": "/"}}], "route": [{"destination": {"host": "web"}}]}
    routes = istio("VirtualService", "shop", {"hosts": ["shop.example"], "gateways": ["edge"], "http": [rule]})
    balanced = front | {"status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.7"}]}}}
    assert (
        "--------------------\n"
        "Exposed on Ingress Gateway http://192.0.2.7\n"
        "Exposed on Ingress Gateway http://192.0.2.7:8080\n"
        "VirtualService: shop\n"
        "   Match: /*\n"
    ) in describe([pod(), SERVICE, gateway_pod, balanced, gateway, routes])
    assert "Exposed on Ingress Gateway http://10.0.0.9:31080\n" in describe(
        [pod(), SERVICE, gateway_pod, front, gateway, routes]
    )
    assert "Exposed on Gateway edge.default (its address is not known)\n" in describe([pod(), SERVICE, gateway, routes])


def test_policies_that_are_only_tried_are_marked(describe: Case) -> None:
    def policy(name: str, value: Any) -> Any:
        return istio("AuthorizationPolicy", name, {"rules": [{}]}, annotations={"istio.io/dry-run": value})

    out = describe([pod(), SERVICE, policy("tried", "true"), policy("not-text", ["true"])])
    assert "policy[not-text]-rule[0], ns[default]-policy[tried]-rule[0] (dry run)\n" in out


def through_edge(name: str, hosts: list[str], **changes: Any) -> dict[str, Any]:
    rule = {"match": [{"uri": {"prefix": f"/{name}"}}], "route": [{"destination": {"host": "web"}}]}
    return istio("VirtualService", name, {"hosts": hosts, "gateways": ["edge"], "http": [rule]} | changes)


def test_every_virtual_service_of_a_gateway_that_serves_its_hosts(describe: Case) -> None:
    servers = [{"port": {"number": 80, "protocol": "HTTP"}, "hosts": ["*.example"]}]
    gateway = istio("Gateway", "edge", {"selector": {"istio": "ingressgateway"}, "servers": servers})
    served = [through_edge("shop", ["shop.example"]), through_edge("desk", ["desk.example"])]
    out = describe([pod(), SERVICE, gateway, *served, through_edge("other", ["other.test"])])
    assert out.count("Exposed on Gateway edge.default") == 1
    assert out.endswith("VirtualService: shop\n   Match: /shop*\nVirtualService: desk\n   Match: /desk*\n")


def test_gateway_does_not_get_what_is_not_exported_to_it(describe: Case) -> None:
    labels = {"istio": "ingressgateway"}
    front = pod("ingress", metadata={"labels": labels, "namespace": "istio-system"}, spec={"containers": [PROXY]})
    servers = [{"port": {"number": 80, "protocol": "HTTP"}, "hosts": ["*"]}]
    gateway = istio("Gateway", "edge", {"selector": labels, "servers": servers})
    own = through_edge("shop", ["shop.example"], exportTo=["."])
    assert "Exposed" not in describe([pod(), SERVICE, front, gateway, own])
    assert "Exposed" in describe([pod(), SERVICE, front, gateway, through_edge("shop", ["shop.example"])])


def test_policies_of_a_gateway_stand_in_the_listener_of_their_port(describe: Case) -> None:
    labels = {"istio": "ingressgateway"}
    front = pod("web-1", metadata={"labels": labels}, spec={"containers": [PROXY]})
    service = SERVICE | {"spec": {"selector": labels, "ports": [{"name": "http2", "port": 80, "targetPort": 8080}]}}
    key = "ns[default]-policy[allow]-rule[0]"
    rules = {"@type": "x", "rules": {"policies": {key: {}}}}
    chain = {"filters": [{"name": "envoy.filters.network.rbac", "typed_config": rules}]}
    address = {"socket_address": {"address": "0.0.0.0", "port_value": 8080}}
    out = describe(
        [front, service], dump=dump(listeners=[{"name": "0.0.0.0_8080", "address": address, "filter_chains": [chain]}])
    )
    assert f"RBAC policies: {key}\n" in out


def test_service_names_the_pods_that_do_not_count(describe: Case) -> None:
    bare = pod("bare", spec={"containers": [{"name": "app"}]})
    waiting = pod("waiting", status={"phase": "Pending"})
    unready = pod("unready", status={"containerStatuses": [{"name": "istio-proxy", "ready": False}]})
    out = describe([pod(), bare, waiting, unready, SERVICE], "service", "web")
    assert "Pod bare: it has no sidecar\n" in out
    assert "Pod waiting is not Running (Pending)\n" in out
    assert "WARNING: Pod unready Container istio-proxy NOT READY\n" in out
    assert "Service: web\n" in out


def test_what_is_not_there_is_said_in_a_line(describe: Case) -> None:
    assert describe([SERVICE], code=65) == ""
    assert "there is no pod web-1 in namespace default" in describe.err
    assert describe([pod()], "service", "web", code=65) == ""
    assert "there is no service web in namespace default" in describe.err


def test_the_node_of_a_dump_tells_its_pod_where_the_metadata_do_not(describe: Case) -> None:
    found = dump()
    node = {"id": "sidecar~10.0.0.1~web-7.shop~shop.svc.cluster.local"}
    found["configs"].append(
        {"@type": f"{CLUSTERS.rpartition('.')[0]}.BootstrapConfigDump", "bootstrap": {"node": node}}
    )
    assert describe([], "pod", "web-7.shop", dump=found).startswith("Pod: web-7.shop\n")
    assert describe([], "pod", "web.shop", dump=found, code=65) == ""
    assert "there is no pod web.shop (known are web-7.shop)" in describe.err


def test_dump_without_routes_is_made_up_for_by_the_objects(describe: Case) -> None:
    found = dump()
    found["configs"] = found["configs"][:1]
    out = describe([pod(), SERVICE, istio("DestinationRule", "web", {"host": "web"})], dump=found)
    assert 'DestinationRule: web for "web"' in out
    assert describe.err.count("\n") == 1
    assert "follows from the objects" in describe.err


def test_damaged_part_of_a_dump_is_made_up_for_by_the_objects(describe: Case) -> None:
    found = dump(routes=[{"name": "80", "virtual_hosts": "none"}])
    out = describe([pod(), SERVICE, istio("DestinationRule", "web", {"host": "web"})], dump=found)
    assert 'DestinationRule: web for "web"' in out
    assert "RouteConfiguration 80" in describe.err
    assert "follows from the objects" in describe.err
