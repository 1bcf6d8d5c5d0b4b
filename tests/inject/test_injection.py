"""Properties of injection and its undoing."""

from __future__ import annotations

from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from meshctl.documents import Chunk, parse, write_yaml
from meshctl.inject.configuration import Request, load
from meshctl.inject.injector import Injector
from meshctl.inject.manifests import Change, as_yaml, injecting, process, removing

INJECTOR = Injector(load(Request()))
NATIVE = Injector(load(Request(native_sidecars=True)))
CNI = Injector(load(Request(sets=["pilot.cni.enabled=true", "pilot.cni.provider=multus", "global.network=n"])))
INJECTORS = st.sampled_from([INJECTOR, NATIVE, CNI])

_WORD = st.text("abcdefghij-", min_size=1, max_size=8).map(lambda text: f"a{text}".strip("-"))
_HANDLERS = st.one_of(
    st.fixed_dictionaries({"httpGet": st.fixed_dictionaries({"port": st.sampled_from(["http", 80, 8080, "gone"])},
                          optional={"path": _WORD.map("/".__add__), "scheme": st.sampled_from(["HTTP", "HTTPS"])})}),
    st.fixed_dictionaries({"tcpSocket": st.fixed_dictionaries({"port": st.sampled_from(["http", 8080, 15020])})}),
    st.fixed_dictionaries({"grpc": st.fixed_dictionaries({"port": st.just(9000)})}),
    st.just({"exec": {"command": ["ls"]}}),
)  # fmt: skip
_CONTAINER = st.fixed_dictionaries(
    {"image": st.sampled_from(["i", "auto", "x/y:1"])},
    optional={
        "ports": st.just([{"containerPort": 8080, "name": "http"}, {"containerPort": 53, "protocol": "UDP"}]),
        "readinessProbe": _HANDLERS,
        "livenessProbe": _HANDLERS,
        "lifecycle": st.fixed_dictionaries({"preStop": st.just({"httpGet": {"path": "/x", "port": 8080}})}),
        "env": st.lists(_WORD, max_size=2, unique=True).map(lambda names: [{"name": n, "value": ""} for n in names]),
        "resources": st.sampled_from([{}, {"limits": {"cpu": "1"}}]),
        "newer": st.just({"deep": [1, None]}),
    },
)
_LABELS = st.dictionaries(
    st.sampled_from(
        (
            "app version app.kubernetes.io/name security.istio.io/tlsMode service.istio.io/canonical-name "
            "topology.istio.io/network service.istio.io/workload-name"
        ).split()
    ),
    st.sampled_from(["istio", "v1", "x", ""]),
)
_ANNOTATIONS = st.fixed_dictionaries(
    {},
    optional={
        "prometheus.io/port": st.sampled_from(["8080", ""]),
        "prometheus.io/scrape": st.sampled_from(["true", "false", ""]),
        "prometheus.io.path": st.just("/stats/prometheus"),
        "kubectl.kubernetes.io/default-container": st.sampled_from(["c0", "other"]),
        "istio.io/rev": st.just("other"),
        "sidecar.istio.io/nativeSidecar": st.sampled_from(["true", "false"]),
        "inject.istio.io/templates": st.sampled_from(
            ["sidecar", "", "sidecar,sidecar", "gateway", "grpc-agent", "grpc-simple", "sidecar, grpc-simple"]
        ),
        "sidecar.istio.io/userVolume": st.just('{"u":{"emptyDir":{}}}'),
        "traffic.sidecar.istio.io/excludeInboundPorts": st.sampled_from(["80", "80, 90", ""]),
        "proxy.istio.io/config": st.sampled_from(["{}", "statusPort: 15999", "holdApplicationUntilProxyStarts: true"]),
    },
)


@st.composite
def pods(draw: st.DrawFn) -> dict[str, Any]:
    def containers(prefix: str, least: int) -> list[dict[str, Any]]:
        drawn = draw(st.lists(_CONTAINER, min_size=least, max_size=2))
        return [{"name": f"{prefix}{index}", **container} for index, container in enumerate(drawn)]

    metadata: dict[str, Any] = {"name": draw(_WORD)}
    labels, annotations = draw(_LABELS), draw(_ANNOTATIONS)
    empty = draw(st.sets(st.sampled_from(["labels", "annotations"])))
    if labels or "labels" in empty:
        metadata["labels"] = labels
    if annotations or "annotations" in empty:
        metadata["annotations"] = annotations
    spec: dict[str, Any] = {"containers": containers("c", 1)}
    if init := containers("i", 0):
        spec["initContainers"] = init
    if "labels" in empty:
        spec["volumes"] = draw(st.sampled_from([[], [{"name": "v"}], [{"name": "istio-data", "emptyDir": {}}]]))
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def through(pod: dict[str, Any] | str, change: Change) -> str:
    """The text of a pod after a change."""
    found = process([("pod.yaml", pod if isinstance(pod, str) else write_yaml(pod))], change)
    assert not found.accounts[0].problem, found.accounts[0].problem
    return as_yaml(found)


def values(text: str) -> Any:
    """What the cluster sees of a text: no comments."""
    return parse(Chunk(text, 1)).data


@settings(max_examples=150, deadline=None)
@given(pods(), INJECTORS, INJECTORS)
def test_injecting_twice_is_injecting_once(pod: dict[str, Any], first: Injector, second: Injector) -> None:
    change, other = injecting(first), injecting(second)
    once = through(pod, change)
    assert values(through(once, change)) == values(once)
    assert values(through(once, other)) == values(through(pod, other))


@settings(max_examples=150, deadline=None)
@given(pods(), INJECTORS)
def test_injecting_again_what_a_cluster_kept(pod: dict[str, Any], injector: Injector) -> None:
    # Those for gRPC change the application's containers too, of which a note keeps what Kubernetes writes out.
    assume("grpc" not in pod["metadata"].get("annotations", {}).get("inject.istio.io/templates", ""))
    change = injecting(injector)
    once = values(through(pod, change))
    assert values(through(once, change)) == once


@settings(max_examples=150, deadline=None)
@given(pods(), INJECTORS)
def test_what_is_injected_can_be_taken_out(pod: dict[str, Any], injector: Injector) -> None:
    change = injecting(injector)
    once = through(pod, change)
    assert values(through(once, removing)) == pod
    assert values(through(through(once, change), removing)) == pod


@settings(max_examples=100, deadline=None)
@given(pods(), INJECTORS)
def test_own_fields_survive(pod: dict[str, Any], injector: Injector) -> None:
    after = values(through(pod, injecting(injector)))
    for key in ("containers", "initContainers"):
        kept = {item["name"]: item for item in after["spec"].get(key, [])}
        for own in pod["spec"].get(key, []):
            for field, value in own.items():
                if field not in ("readinessProbe", "livenessProbe", "lifecycle"):
                    now = kept[own["name"]][field]
                    # Templates for gRPC add variables.
                    assert [item for item in value if item not in now] == [] if field == "env" else now == value
    for name, value in pod["metadata"].get("labels", {}).items():
        assert after["metadata"]["labels"][name] == (value or after["metadata"]["labels"][name])
