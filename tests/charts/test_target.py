"""`manifest generate --cluster-specific`: what a cluster tells, over a connection to an API server of the tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from meshctl.charts.chart import Chart
from meshctl.charts.rendering import Release, render
from meshctl.charts.target import target_of
from meshctl.cli.app import run
from meshctl.kube import Settings, connect
from tests.kube.fake_api import DISCOVERY, Answer, Request, refusal, serving, write_kubeconfig

CALICO = {
    "metadata": {"name": "crd.projectcalico.org"},
    "versions": [
        {
            "version": "v1",
            "resources": [
                {
                    "resource": "felixconfigurations",
                    "responseKind": {"kind": "FelixConfiguration"},
                    "scope": "Cluster",
                    "singularResource": "felixconfiguration",
                }
            ],
        }
    ],
}


@contextmanager
def cluster(path: Path, version: str = "v1.34.2", **objects: Any) -> Iterator[str]:
    """A cluster with objects by the last part of their paths; the path of a kubeconfig for it."""

    def answer(request: Request) -> Answer:
        if request.path == "/version":
            return Answer({"major": "1", "minor": "34", "gitVersion": version})
        found = objects.get(request.path.rpartition("/")[2].replace("-", "_"))
        if found is None:
            return refusal(404, "NotFound", "there is none")
        return found if isinstance(found, Answer) else Answer(found)

    discovery = {**DISCOVERY, "/apis": {"items": [*DISCOVERY["/apis"]["items"], CALICO]}}
    with serving(answer, discovery) as api:
        yield str(write_kubeconfig(path / "kubeconfig", api.url))


def generate(kubeconfig: str, *arguments: str) -> int:
    return run(["manifest", "generate", "--cluster-specific", "-c", kubeconfig, *arguments])


def test_a_cluster_tells_its_version_and_with_it_the_folder_of_plugins(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    flags = ("--set", "components.cni.enabled=true")
    with cluster(tmp_path, "v1.34.2-gke.1000") as kubeconfig:
        assert generate(kubeconfig, *flags) == 0
        objects = {
            (item["kind"], item["metadata"]["name"]): item
            for item in yaml.safe_load_all(capsys.readouterr().out)
            if item
        }
        daemon = objects["DaemonSet", "istio-cni-node"]
        assert daemon["metadata"]["namespace"] == "kube-system"
        assert daemon["spec"]["template"]["spec"]["volumes"][0]["hostPath"]["path"] == "/home/kubernetes/bin"
        monkeypatch.setenv("AUTO_GKE_DETECTION", "false")
        assert generate(kubeconfig, *flags) == 0
        assert 'namespace: "kube-system"' not in capsys.readouterr().out


def test_an_ordinary_cluster_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["manifest", "generate", "--set", "profile=ambient"]) == 0
    offline = capsys.readouterr()
    with cluster(tmp_path) as kubeconfig:
        assert generate(kubeconfig, "--set", "profile=ambient") == 0
    assert capsys.readouterr() == offline


@pytest.mark.parametrize(
    ("objects", "profile", "warning"),
    [
        ({"cilium_config": {"cni-exclusive": "true"}}, "ambient", "cni-exclusive to false"),
        ({"cilium_config": {"cni-exclusive": "true"}}, "default", ""),
        ({"cilium_config": {"enable-bpf-masquerade": "true"}}, "ambient", "enable-bpf-masquerade to false"),
        ({"cilium_config": {"enable-bpf-masquerade": "true"}}, "default", ""),
        ({"cilium_config": {"bpf-lb-sock": "true"}}, "default", "bpf-lb-sock-hostns-only to true"),
        ({"cilium_config": {"bpf-lb-sock": "true", "bpf-lb-sock-hostns-only": "true"}}, "default", ""),
        ({"cilium_config": {"kube-proxy-replacement": "strict"}}, "default", "bpf-lb-sock-hostns-only to true"),
        ({"cilium_config": {"kube-proxy-replacement": "true"}}, "default", ""),
        ({"cilium_config": None}, "ambient", ""),
        ({"default": {"bpfConnectTimeLoadBalancing": "TCP"}}, "default", "bpfConnectTimeLoadBalancing to Disabled"),
        (
            {"default": {"bpfConnectTimeLoadBalancing": "Disabled", "bpfConnectTimeLoadBalancingEnabled": True}},
            "default",
            "",
        ),
        (
            {"default": {"bpfConnectTimeLoadBalancingEnabled": True}},
            "default",
            "bpfConnectTimeLoadBalancing to Disabled",
        ),
        ({"default": {"bpfConnectTimeLoadBalancingEnabled": False}}, "default", ""),
        ({"cilium_config": refusal(403, "Forbidden", "no")}, "default", ""),
    ],
    ids=str,
)
def test_other_network_plugins_that_get_in_the_way_are_told(
    tmp_path: Path, objects: dict[str, Any], profile: str, warning: str, capsys: pytest.CaptureFixture[str]
) -> None:
    answers: dict[str, Any] = {
        name: value if value is None or isinstance(value, Answer) else {"data": value, "spec": value}
        for name, value in objects.items()
    }
    with cluster(tmp_path, **answers) as kubeconfig:
        assert generate(kubeconfig, "--set", f"profile={profile}") == 0
    err = capsys.readouterr().err
    assert (warning in err and err.startswith("Warning: ")) if warning else not err


def test_a_cluster_that_cannot_be_reached_ends_the_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with cluster(tmp_path) as kubeconfig:
        pass
    assert generate(kubeconfig) == 65
    out, err = capsys.readouterr()
    assert not out
    assert err.count("\n") == 1


TEMPLATE = """
version: {{ .Capabilities.KubeVersion.Version }} {{ .Capabilities.KubeVersion.Minor }}
has: {{ $has := .Capabilities.APIVersions }}{{ $has.Has "networking.istio.io/v1beta1" }} {{ $has.Has "v1/ConfigMap" }}
not: {{ .Capabilities.APIVersions.Has "apps/v1" }}
one: {{ (lookup "v1" "ConfigMap" "istio-system" "istio").data.mesh }}
none: {{ empty (lookup "v1" "ConfigMap" "istio-system" "nosuch") }}
all: {{ range (lookup "v1" "Namespace" "" "").items }}{{ .metadata.name }} {{ end }}
unknown: {{ empty (lookup "example.com/v1" "Nothing" "" "x") }}
"""


def test_templates_may_ask_the_cluster(tmp_path: Path) -> None:
    chart = Chart({"name": "asking"}, {}, {"templates/a.yaml": TEMPLATE}, {})
    namespaces = {"metadata": {}, "items": [{"metadata": {"name": "a"}}, {"metadata": {"name": "b"}}]}
    with (
        cluster(tmp_path, istio={"data": {"mesh": "text"}}, namespaces=namespaces) as kubeconfig,
        connect(Settings(kubeconfig=kubeconfig)) as found,
    ):
        text = render(chart, {}, Release("a", "b"), target_of(found))["templates/a.yaml"]
    assert yaml.safe_load(text) == {
        "version": "v1.34.2 34",
        "has": "true true",
        "not": False,
        "one": "text",
        "none": True,
        "all": "a b",
        "unknown": True,
    }
    offline = render(
        Chart({"name": "asking"}, {}, {"templates/a.yaml": 'a: {{ lookup "v1" "Pod" "" "" }}'}, {}),
        {},
        Release("a", "b"),
    )
    assert offline["templates/a.yaml"] == "a: map[]"
