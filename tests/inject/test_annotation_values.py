"""Each annotation that steers injection: what a good value does, and that a bad one is refused by name."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from meshctl.inject import builtin
from meshctl.inject.annotations import AnnotationError
from tests.inject.one_pod import BUILT_IN, container, injected, pod, variables, with_template

TRAFFIC = "traffic.sidecar.istio.io/"
READINESS = "readiness.status.sidecar.istio.io/"


def after(flag: str, args: list[str]) -> str:
    return args[args.index(flag) + 1]


def init_args(name: str, value: str) -> list[str]:
    args: list[str] = container(injected(pod(annotations={name: value})), "istio-init")["args"]
    return args


@pytest.mark.parametrize(
    ("name", "value", "flag", "wanted"),
    [
        (f"{TRAFFIC}includeOutboundIPRanges", "10.0.0.0/8,fd00::/8", "-i", "10.0.0.0/8,fd00::/8"),
        (f"{TRAFFIC}includeOutboundIPRanges", "", "-i", ""),
        (f"{TRAFFIC}includeOutboundIPRanges", "*", "-i", "*"),
        (f"{TRAFFIC}excludeOutboundIPRanges", "10.0.0.1/32", "-x", "10.0.0.1/32"),
        (f"{TRAFFIC}includeInboundPorts", "80, 81", "-b", "80, 81"),
        (f"{TRAFFIC}includeInboundPorts", "", "-b", ""),
        (f"{TRAFFIC}excludeInboundPorts", "80", "-d", "15090,15021,80,15020"),
        (f"{TRAFFIC}includeOutboundPorts", "*", "-q", "*"),
        (f"{TRAFFIC}includeOutboundPorts", "", "-q", ""),
        (f"{TRAFFIC}excludeOutboundPorts", "3306", "-o", "3306"),
        (f"{TRAFFIC}excludeInterfaces", "eth1,net-2", "-c", "eth1,net-2"),
        (f"{TRAFFIC}kubevirtInterfaces", "net1", "-k", "net1"),
        ("istio.io/reroute-virtual-interfaces", "net0", "-k", "net0"),
        ("sidecar.istio.io/interceptionMode", "TPROXY", "-m", "TPROXY"),
        ("status.sidecar.istio.io/port", "15999", "-d", "15090,15021,15999"),
        ("status.sidecar.istio.io/port", "0", "-d", "15090,15021"),
    ],
)
def test_traffic(name: str, value: str, flag: str, wanted: str) -> None:
    assert after(flag, init_args(name, value)) == wanted


def test_flags_of_the_redirection_that_nobody_asked_for() -> None:
    args = container(injected(pod()), "istio-init")["args"]
    assert args == [
        "istio-iptables", "-p", "15001", "-z", "15006", "-u", "1337", "-m", "REDIRECT", "-i", "*", "-x", "", "-b", "*",
        "-d", "15090,15021,15020", "--log_output_level=default:info",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "argument"),
    [
        ("sidecar.istio.io/logLevel", "debug", "--proxyLogLevel=debug"),
        ("sidecar.istio.io/componentLogLevel", "http:debug", "--proxyComponentLogLevel=http:debug"),
        ("sidecar.istio.io/agentLogLevel", "all:debug", "--log_output_level=all:debug"),
    ],
)
def test_log_levels(name: str, value: str, argument: str) -> None:
    assert argument in container(injected(pod(annotations={name: value})))["args"]


@pytest.mark.parametrize(
    ("name", "value", "image"),
    [
        ("sidecar.istio.io/proxyImage", "reg/mine:1", "reg/mine:1"),
        ("sidecar.istio.io/proxyImage", "mine", "docker.io/istio/proxyv2:1.31.0"),
        ("sidecar.istio.io/proxyImageType", "debug", "docker.io/istio/proxyv2:1.31.0-debug"),
        ("sidecar.istio.io/proxyImageType", "default", "docker.io/istio/proxyv2:1.31.0"),
    ],
)
def test_images(name: str, value: str, image: str) -> None:
    found = injected(pod(annotations={name: value}))
    assert container(found)["image"] == container(found, "istio-init")["image"] == image


@pytest.mark.parametrize(
    ("notes", "resources"),
    [
        ({"proxyCPU": "2000m"}, {"requests": {"cpu": "2"}}),
        ({"proxyMemory": "1024Mi"}, {"requests": {"memory": "1Gi"}}),
        ({"proxyCPULimit": "0.5", "proxyMemoryLimit": "1Gi"}, {"limits": {"cpu": "500m", "memory": "1Gi"}}),
        ({}, {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"cpu": "2", "memory": "1Gi"}}),
    ],
)
def test_resources(notes: dict[str, str], resources: dict[str, Any]) -> None:
    found = injected(pod(annotations={f"sidecar.istio.io/{key}": value for key, value in notes.items()}))
    assert container(found)["resources"] == container(found, "istio-init")["resources"] == resources


def test_readiness() -> None:
    notes = {f"{READINESS}{key}": value for key, value in
             (("initialDelaySeconds", "5"), ("periodSeconds", "6"), ("failureThreshold", "7"))}  # fmt: skip
    probe = container(injected(pod(annotations=notes)))["readinessProbe"]
    assert probe == {
        "httpGet": {"path": "/healthz/ready", "port": 15021},
        "initialDelaySeconds": 5, "periodSeconds": 6, "timeoutSeconds": 3, "failureThreshold": 7,
    }  # fmt: skip
    silent = container(injected(pod(annotations={"status.sidecar.istio.io/port": "0"})))
    assert not {"readinessProbe", "startupProbe"} & set(silent)


def test_a_custom_bootstrap_and_own_volumes() -> None:
    found = injected(
        pod(
            annotations={
                "sidecar.istio.io/bootstrapOverride": "boot",
                "sidecar.istio.io/userVolume": '{"b": {"emptyDir": {}}, "a": {"configMap": {"name": "x"}}}',
                "sidecar.istio.io/userVolumeMount": '[{"name": "a", "mountPath": "/a", "readOnly": true}]',
            }
        )
    )
    assert variables(found)["ISTIO_BOOTSTRAP_OVERRIDE"] == "/etc/istio/custom-bootstrap/custom_bootstrap.json"
    volumes = {item["name"]: item for item in found["spec"]["volumes"]}
    assert volumes["custom-bootstrap-volume"]["configMap"] == {"name": "boot"}
    assert list(volumes)[-2:] == ["a", "b"]
    assert volumes["a"] == {"name": "a", "configMap": {"name": "x"}}
    mounts = container(found)["volumeMounts"]
    assert mounts[-1] == {"name": "a", "mountPath": "/a", "readOnly": True}
    assert {"name": "custom-bootstrap-volume", "mountPath": "/etc/istio/custom-bootstrap"} in mounts


@pytest.mark.parametrize(("note", "capabilities"), [("true", ["NET_BIND_SERVICE"]), ("false", None)])
def test_binding_low_ports(note: str, capabilities: list[str] | None) -> None:
    context = container(injected(pod(annotations={"sidecar.istio.io/capNetBindService": note})))["securityContext"]
    assert context["capabilities"].get("add") == capabilities
    assert (context["runAsUser"], context["runAsNonRoot"]) == ((0, False) if capabilities else (1337, True))


@pytest.mark.parametrize(("note", "native"), [("true", True), ("false", False), ("", False)])
def test_native_sidecars(note: str, native: bool) -> None:
    found = injected(pod(annotations={"sidecar.istio.io/nativeSidecar": note}))
    place = "initContainers" if native else "containers"
    assert [item["name"] for item in found["spec"][place]][-1] == "istio-proxy"
    assert container(found).get("restartPolicy") == ("Always" if native else None)


@pytest.mark.parametrize(("native", "place"), [(True, "initContainers"), (False, "containers")])
@pytest.mark.parametrize("listed", ["containers", "initContainers"])
def test_a_later_template_adds_to_the_proxy_where_it_runs(native: bool, place: str, listed: str) -> None:
    text = f"spec: {{{listed}: [{{name: istio-proxy, env: [{{name: OWN, value: x}}]}}]}}"
    config = replace(BUILT_IN.config, templates={**BUILT_IN.config.templates, "own": text})
    found = injected(
        pod(annotations={"inject.istio.io/templates": "sidecar, own"}),
        replace(BUILT_IN, config=config, native_sidecars=native),
    )
    every = [(key, item["name"]) for key in ("containers", "initContainers") for item in found["spec"][key]]
    assert [key for key, name in every if name == "istio-proxy"] == [place]
    assert container(found).get("restartPolicy") == ("Always" if native else None)
    assert variables(found)["OWN"] == "x"


def test_what_a_template_takes_out_is_not_noted_as_injected() -> None:
    text = "spec: {containers: [{name: c, $patch: delete}, {name: d, image: j}], volumes: [{$patch: replace}]}"
    found = injected(pod(volumes=[{"name": "v"}]), with_template(text))
    assert [item["name"] for item in found["spec"]["containers"]] == ["d"]
    status = json.loads(found["metadata"]["annotations"]["sidecar.istio.io/status"])
    assert (status["containers"], status["volumes"]) == (["d"], None)
    assert "proxy.istio.io/overrides" not in found["metadata"]["annotations"]


def test_a_proxy_config_of_its_own() -> None:
    found = injected(pod(annotations={"proxy.istio.io/config": "proxyMetadata: {A: '1'}\ntracing: {sampling: 5}"}))
    assert variables(found)["PROXY_CONFIG"] == '{"tracing":{"sampling":5},"proxyMetadata":{"A":"1"}}\n'
    assert variables(found)["A"] == variables(found, "istio-init")["A"] == "1"


def test_datadog() -> None:
    settings = with_template(builtin.templates()["sidecar"], values="global: {proxy: {tracer: datadog}}")
    found = injected(pod(annotations={"apm.datadoghq.com/env": '{"DD_ENV": "prod", "A": "b"}'}), settings)
    assert (variables(found)["DD_ENV"], variables(found)["A"]) == ("prod", "b")


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("sidecar.istio.io/interceptionMode", ["redirect", ""]),
        ("status.sidecar.istio.io/port", ["-1", "65536", "http", ""]),
        (f"{READINESS}initialDelaySeconds", ["-1", "1.5", "4294967296"]),
        (f"{READINESS}periodSeconds", ["x"]),
        (f"{READINESS}failureThreshold", [" 1"]),
        (f"{TRAFFIC}includeOutboundIPRanges", ["10.0.0.1", "10.0.0.0/33", "10.0.0.0/8, 11.0.0.0/8", "*,10.0.0.0/8"]),
        (f"{TRAFFIC}excludeOutboundIPRanges", ["*", "x", "10.0.0.0/255.0.0.0", "fe80::1%eth0/64", "10.0.0.0/08"]),
        (f"{TRAFFIC}includeInboundPorts", ["*,80", "80-90", "70000"]),
        (f"{TRAFFIC}excludeInboundPorts", ["*", "http"]),
        (f"{TRAFFIC}includeOutboundPorts", ["http"]),
        (f"{TRAFFIC}excludeOutboundPorts", ["*", "80;81"]),
        (f"{TRAFFIC}excludeInterfaces", ["1eth", "", "a,,b", "abcdefghijklmnop"]),
        (f"{TRAFFIC}kubevirtInterfaces", ["eth 0"]),
        ("istio.io/reroute-virtual-interfaces", ["-"]),
        ("prometheus.istio.io/merge-metrics", ["yes", ""]),
        ("proxy.istio.io/config", ["a: [", "drainDuration: 1", "statusPort: 70000", "concurrency: many",
                                   "discoveryAddress: nowhere", "configPath: ''", "proxyAdminPort: x",
                                   "tracing: {zipkin: {address: z}}", "drainDuration: 1500ms"]),
        ("sidecar.istio.io/proxyCPU", ["lots", "1 ", ""]),
        ("sidecar.istio.io/proxyCPULimit", ["1\n"]),
        ("sidecar.istio.io/proxyMemory", ["1GB"]),
        ("sidecar.istio.io/proxyMemoryLimit", ["1K"]),
        ("sidecar.istio.io/userVolume", ["{", '"a"', '{"a": 1}', '[{"emptyDir": {}}]']),
        ("sidecar.istio.io/userVolumeMount", ["no"]),
        ("sidecar.istio.io/nativeSidecar", ["yes", "1"]),
        ("sidecar.istio.io/capNetBindService", ["yes"]),
        ("sidecar.istio.io/proxyImageType", ["a b", "x:y"]),
        ("sidecar.istio.io/bootstrapOverride", ["Not A Name"]),
    ],
)  # fmt: skip
def test_bad_values_are_refused_by_name(name: str, values: list[str]) -> None:
    for value in values:
        with pytest.raises(AnnotationError) as caught:
            injected(pod(annotations={name: value}))
        assert f"annotation {name} cannot be" in caught.value.message


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(AnnotationError) as caught:
        injected(pod(annotations={"sidecar.istio.io/proxyCPU": "x", f"{TRAFFIC}excludeInboundPorts": "y"}))
    assert len(caught.value.problems) == 2
