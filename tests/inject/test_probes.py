"""Probes and hooks over the network go to the agent, which is told of the originals."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.inject.one_pod import container, injected, outcome, pod, variables

PORTS = [{"containerPort": 8080, "name": "http"}, {"containerPort": 9000}]


def one(**fields: Any) -> dict[str, Any]:
    return pod(containers=[{"name": "c", "image": "i", "ports": PORTS, **fields}])


@pytest.mark.parametrize(
    ("handler", "rewritten", "described"),
    [
        ({"httpGet": {"port": 8080}}, {}, {"httpGet": {"port": 8080}}),
        ({"httpGet": {"path": "/a", "port": "http"}}, {}, {"httpGet": {"path": "/a", "port": 8080}}),
        ({"httpGet": {"port": "8081"}}, {}, {"httpGet": {"port": 8081}}),
        (
            {"httpGet": {"port": 1, "scheme": "HTTPS", "host": "h", "httpHeaders": [{"name": "A", "value": "b"}]}},
            {"scheme": "HTTP", "host": "h", "httpHeaders": [{"name": "A", "value": "b"}]},
            {"httpGet": {"port": 1, "host": "h", "scheme": "HTTPS", "httpHeaders": [{"name": "A", "value": "b"}]}},
        ),
        ({"tcpSocket": {"port": "http", "host": "h"}}, {}, {"tcpSocket": {"port": 8080, "host": "h"}}),
        ({"grpc": {"port": 9000}}, {}, {"grpc": {"port": 9000, "service": None}}),
        ({"grpc": {"port": 9000, "service": "s"}}, {}, {"grpc": {"port": 9000, "service": "s"}}),
        ({"httpGet": {"port": 15020}}, {}, None),
    ],
)
@pytest.mark.parametrize(("kind", "end"), [("livenessProbe", "livez"), ("readinessProbe", "readyz"),
                                           ("startupProbe", "startupz")])  # fmt: skip
def test_probes(kind: str, end: str, handler: Any, rewritten: Any, described: Any) -> None:
    found = injected(one(**{kind: {**handler, "timeoutSeconds": 4, "periodSeconds": 2}}))
    path = f"/app-health/c/{end}"
    assert container(found, "c")[kind] == {
        "httpGet": {**rewritten, "path": path, "port": 15020},
        "timeoutSeconds": 4,
        "periodSeconds": 2,
    }
    told = variables(found).get("ISTIO_KUBE_APP_PROBERS")
    wanted = (
        None if described is None else json.dumps({path: {**described, "timeoutSeconds": 4}}, separators=(",", ":"))
    )
    assert told == wanted


def test_a_probe_that_goes_to_the_agent_already_is_not_described_to_it() -> None:
    data = one(livenessProbe={"httpGet": {"port": 15020}})
    data["metadata"]["annotations"] = {"status.sidecar.istio.io/port": "15030"}
    once = injected(data)
    assert container(once, "c")["livenessProbe"] == {"httpGet": {"path": "/app-health/c/livez", "port": 15030}}
    again = injected({**data, **once})
    assert container(again, "c") == container(once, "c")
    assert "ISTIO_KUBE_APP_PROBERS" not in variables(again)


@pytest.mark.parametrize(("kind", "end"), [("preStop", "prestopz"), ("postStart", "poststartz")])
def test_hooks(kind: str, end: str) -> None:
    found = injected(one(lifecycle={kind: {"tcpSocket": {"port": "http"}}}))
    path = f"/app-lifecycle/c/{end}"
    assert container(found, "c")["lifecycle"] == {kind: {"httpGet": {"path": path, "port": 15020}}}
    assert json.loads(variables(found)["ISTIO_KUBE_APP_PROBERS"]) == {path: {"tcpSocket": {"port": 8080}}}


@pytest.mark.parametrize("handler", [{"exec": {"command": ["a"]}}, {"sleep": {"seconds": 1}}, {"grpc": {"port": 1}}])
def test_other_hooks_stay(handler: Any) -> None:
    found = injected(one(lifecycle={"preStop": handler}))
    assert container(found, "c")["lifecycle"] == {"preStop": handler}


def test_a_port_without_a_place_is_told() -> None:
    found = outcome(one(livenessProbe={"tcpSocket": {"port": "gone"}}))
    assert any("no port named 'gone'" in warning for warning in found.warnings)


@pytest.mark.parametrize(
    ("notes", "port"),
    [
        ({}, 15020),
        ({"status.sidecar.istio.io/port": "15999"}, 15999),
        ({"proxy.istio.io/config": "statusPort: 15998"}, 15998),
        ({"sidecar.istio.io/rewriteAppHTTPProbers": "false"}, 8080),
        ({"sidecar.istio.io/rewriteAppHTTPProbers": "odd"}, 15020),
        ({"inject.istio.io/templates": "grpc-agent"}, 8080),
        ({"inject.istio.io/templates": "grpc-simple"}, 8080),
    ],
)
def test_the_port_of_the_agent(notes: dict[str, str], port: int) -> None:
    data = one(livenessProbe={"httpGet": {"port": 8080}})
    data["metadata"]["annotations"] = notes
    assert container(injected(data), "c")["livenessProbe"]["httpGet"]["port"] == port
