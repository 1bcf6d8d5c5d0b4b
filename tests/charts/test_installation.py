"""Merging: files, flags, aliases, and the values that each component gets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from meshctl.charts.components import Component
from meshctl.charts.errors import InstallationError
from meshctl.charts.installation import HUB, TAG, Installation, resolve
from meshctl.charts.trees import value_at

HEAD = "apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\n"


def component(installation: Installation, name: str) -> Component:
    return next(found for found in installation.components if name in (found.kind.name, found.name))


@pytest.fixture
def operator(tmp_path: Path) -> Any:
    def write(text: str, name: str = "operator.yaml") -> str:
        (tmp_path / name).write_text(HEAD + text)
        return str(tmp_path / name)

    return write


def test_released_images_lie_below_what_the_user_says(operator: Any) -> None:
    assert value_at(resolve().values, "global.hub") == HUB
    assert value_at(resolve().values, "global.tag") == TAG
    found = resolve([operator("spec: {hub: mine.io, tag: 1.30}")])
    assert value_at(found.values, "global.hub") == "mine.io"
    assert value_at(resolve(sets=["tag=1.30"]).values, "global.tag") == "1.30"


def test_later_files_and_then_flags_win(operator: Any) -> None:
    first = operator("spec: {values: {global: {network: a, meshID: a}, pilot: {env: {A: x}}}}", "1.yaml")
    second = operator("spec: {values: {global: {network: b}, pilot: {env: {B: w}}}}", "2.yaml")
    for files in ([first, second], [f"{first},{second}"]):
        values = resolve(files, ["values.global.meshID=c"]).values
        assert value_at(values, "global.network") == "b"
        assert value_at(values, "global.meshID") == "c"
        assert value_at(values, "pilot.env") == {"A": "x", "B": "w"}


def test_null_overwrites_and_lists_are_replaced(operator: Any) -> None:
    found = resolve([operator("spec: {values: {defaultRevision: null}, components: {ingressGateways: [{name: x}]}}")])
    assert found.values["defaultRevision"] is None
    assert component(found, "ingressGateways").name == "x"


@pytest.mark.parametrize(
    ("flag", "value", "expected"),
    [
        ("hub=a.io", "global.hub", "a.io"),
        ("tag=2", "global.tag", "2"),
        ("revision=canary", "revision", "canary"),
        ("compatibilityVersion=1.29", "compatibilityVersion", "1.29"),
        ("meshConfig.accessLogFile=/dev/stdout", "meshConfig.accessLogFile", "/dev/stdout"),
        ("components.pilot.enabled=false", "pilot.enabled", False),
        ("components.cni.enabled=true", "pilot.cni.enabled", True),
    ],
)
def test_settings_that_are_names_of_values(flag: str, value: str, expected: Any) -> None:
    assert value_at(resolve(sets=[flag]).values, value) == expected


def test_own_values_win_over_the_settings_that_stand_for_them() -> None:
    found = resolve(
        sets=["hub=a.io", "values.global.hub=b.io", "meshConfig.rootNamespace=a", "values.meshConfig.rootNamespace=b"]
    )
    assert value_at(found.values, "global.hub") == "b.io"
    assert value_at(found.values, "meshConfig.rootNamespace") == "b"


def test_the_namespace_follows_the_value(operator: Any) -> None:
    found = resolve([operator("metadata: {namespace: ignored}")], ["values.global.istioNamespace=mesh"])
    assert found.namespace == "mesh"
    assert {item.namespace for item in found.components} == {"mesh"}


def test_a_component_may_have_a_namespace_of_its_own() -> None:
    found = resolve(sets=["components.pilot.namespace=control"])
    assert component(found, "pilot").namespace == "control"
    assert component(found, "base").namespace == "istio-system"


def test_the_flag_for_the_revision() -> None:
    assert resolve(revision="110").revision == "110"
    assert component(resolve(revision="canary"), "pilot").object_name == "istiod-canary"
    assert resolve(revision="default").revision == ""


@pytest.mark.parametrize("path", ["components.pilot.tag", "values.pilot.tag", "components.ingressGateways[0].tag"])
def test_a_tag_in_a_flag_is_no_number(path: str) -> None:
    sets = [f"{path}=1.30", "components.ingressGateways[0].name=x"]
    assert "1.30" in {
        value_at(item.values, f"{item.kind.root}.tag") for item in resolve(sets=sets).components if item.kind.workload
    }


def test_ports_in_a_flag_are_a_text() -> None:
    found = resolve(sets=["values.global.proxy.includeInboundPorts=80", "values.pilot.env.X=1"])
    assert value_at(found.values, "global.proxy.includeInboundPorts") == "80"
    assert value_at(found.values, "pilot.env.X") == 1


def test_settings_of_a_component_become_its_values(operator: Any) -> None:
    text = """
spec:
  components:
    pilot:
      hub: own.io
      tag: "1.30"
      k8s:
        replicaCount: 3
        hpaSpec: {minReplicas: 2, maxReplicas: 7}
        resources: {limits: {cpu: 2, memory: 1Gi}, requests: {cpu: 500m}}
"""
    found = resolve([operator(text)])
    pilot = component(found, "pilot").values["pilot"]
    assert {key: pilot[key] for key in ("hub", "tag", "replicaCount", "autoscaleMin", "autoscaleMax")} == {
        "hub": "own.io",
        "tag": "1.30",
        "replicaCount": 3,
        "autoscaleMin": 2,
        "autoscaleMax": 7,
    }
    assert pilot["resources"] == {"limits": {"cpu": 2}, "requests": {"cpu": "500m"}}
    assert "replicaCount" not in value_at(component(found, "base").values, "pilot")


def test_each_gateway_of_a_list_has_values_of_its_own(operator: Any) -> None:
    text = """
spec:
  components:
    ingressGateways:
    - name: istio-ingressgateway
    - name: inner
      namespace: inner
      label: {istio: inner}
      k8s: {service: {ports: [{name: http, port: 80, targetPort: 8080}]}}
    - name: idle
      enabled: false
"""
    found = [item for item in resolve([operator(text)]).components if item.kind.gateways]
    assert [(item.name, item.namespace, item.object_name) for item in found] == [
        ("istio-ingressgateway", "istio-system", "istio-ingressgateway"),
        ("inner", "inner", "inner"),
    ]
    values = found[1].values["gateways"]["istio-ingressgateway"]
    assert values["labels"] == {"istio": "inner"}
    assert values["ports"] == [{"name": "http", "port": 80, "targetPort": 8080}]
    assert "labels" not in found[0].values["gateways"]["istio-ingressgateway"]


def test_a_value_can_switch_all_gateways_of_a_kind_on_but_not_off() -> None:
    on = resolve(sets=["values.gateways.istio-egressgateway.enabled=true"])
    assert component(on, "egressGateways").name == "istio-egressgateway"
    off = resolve(sets=["values.gateways.istio-ingressgateway.enabled=false"])
    assert component(off, "ingressGateways").name == "istio-ingressgateway"


def test_the_chart_of_ztunnel_gets_flat_values() -> None:
    found = resolve(
        sets=[
            "profile=ambient",
            "values.ztunnel.logLevel=debug",
            "values.global.network=a",
            "meshConfig.accessLogFile=x",
            "revision=r",
        ]
    )
    values = component(found, "ztunnel").values
    assert values["logLevel"] == "debug"
    assert values["resourceName"] == "ztunnel"
    assert values["profile"] == "ambient"
    assert values["revision"] == "r"
    assert values["global"]["network"] == "a"
    assert not {"meshConfig", "pilot", "ztunnel", "gateways"} & set(values)


def test_values_that_are_not_validated_come_last(operator: Any) -> None:
    text = "spec: {values: {pilot: {image: a}}, unvalidatedValues: {pilot: {image: b, pdb: {minAvailable: 2}}}}"
    pilot = component(resolve([operator(text)]), "pilot").values["pilot"]
    assert pilot["image"] == "b"
    assert pilot["pdb"] == {"minAvailable": 2}


def test_a_cluster_of_google_brings_its_settings_below_the_users() -> None:
    found = resolve(sets=["components.cni.enabled=true"], server_version="v1.33.1-gke.100")
    assert component(found, "cni").namespace == "kube-system"
    assert value_at(found.values, "global.platform") == "gke"
    own = resolve(sets=["values.global.platform=k3s"], server_version="v1.33.1-gke.100")
    assert value_at(own.values, "global.platform") == "k3s"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("apiVersion: v1\nmetadata: {}\n", "kind"),
        (HEAD + "---\n" + HEAD, "second document"),
        ("", "empty"),
        ("kind: [", ""),
        ("- a\n", "kind"),
        (HEAD + "spec: text\n", "spec must be a mapping"),
    ],
)
def test_a_file_that_cannot_be_used_is_an_error(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "operator.yaml").write_text(text)
    with pytest.raises(InstallationError) as caught:
        resolve([str(tmp_path / "operator.yaml")])
    assert problem in caught.value.message


def test_file_of_another_kind_is_read_with_a_warning(tmp_path: Path) -> None:
    file = tmp_path / "deployment.yaml"
    file.write_text("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n")
    assert [line for line in resolve([str(file)]).warnings if "Deployment" in line] == [
        f"{file} holds a Deployment, which is read as if it were an IstioOperator"
    ]


def test_a_missing_file_and_a_misplaced_standard_input_are_errors(tmp_path: Path) -> None:
    with pytest.raises(InstallationError):
        resolve([str(tmp_path / "missing.yaml")])
    with pytest.raises(InstallationError):
        resolve(["-", str(tmp_path / "missing.yaml")])


def test_an_item_of_the_profiles_list_can_be_chosen_and_one_of_the_users_own_replaces_it(operator: Any) -> None:
    flag = "components.ingressGateways[name:istio-ingressgateway].enabled=false"
    assert not [item for item in resolve(sets=[flag]).components if item.kind.gateways]
    with pytest.raises(InstallationError) as caught:
        resolve([operator("spec: {components: {ingressGateways: [{name: x}, {name: z}]}}")], [flag])
    assert caught.value.hint == "the items have name x, z"


def test_settings_without_effect_are_told(operator: Any) -> None:
    text = "spec:\n  namespace: x\n  components:\n    pilot:\n      k8s:\n        volumes: [{name: a}]\n"
    warnings = resolve([operator(text)], ["components.ingressGateways[0].enabled=true"]).warnings
    assert any("operator.yaml:4: spec.namespace" in line for line in warnings)
    assert any("k8s.volumes" in line for line in warnings)
    assert any("--set components.ingressGateways[0].enabled=true: " in line and "no name" in line for line in warnings)
