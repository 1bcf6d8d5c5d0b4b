"""Where settings come from: the chart, captured texts, ConfigMaps as objects, and what users set over them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from meshctl.documents import Chunk, parse, write_yaml, write_yaml_all
from meshctl.errors import MeshctlError
from meshctl.inject import builtin
from meshctl.inject.configuration import Request, load

CAPTURED = builtin.rendered({"global": {"hub": "captured", "network": "n1"}}, "istio-system")
CONFIG: dict[str, Any] = parse(Chunk(CAPTURED.config, 1)).data
VALUES: dict[str, Any] = json.loads(CAPTURED.values)
INJECTOR = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "istio-sidecar-injector"},
    "data": {"config": CAPTURED.config, "values": CAPTURED.values},
}
MESH = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "istio"},
    "data": {"mesh": "trustDomain: captured.example\n", "meshNetworks": "networks: {}"},
}


@pytest.fixture
def file(tmp_path: Path) -> Any:
    def write(text: str) -> str:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.yaml"
        path.write_text(text)
        return str(path)

    return write


def test_the_shortcut_gives_what_the_chart_gives() -> None:
    found = builtin.rendered({}, "istio-system")
    config = parse(Chunk(found.config, 1)).data
    texts = {name: text.rstrip("\n") for name, text in config["templates"].items()}
    assert texts == {name: text.rstrip("\n") for name, text in builtin.templates().items()}
    assert (config["policy"], config["defaultTemplates"]) == ("enabled", ["sidecar"])
    assert json.loads(found.values) == builtin.values()
    assert parse(Chunk(found.mesh, 1)).data == builtin.mesh_config()


@pytest.mark.parametrize(
    "forms",
    [
        pytest.param((CAPTURED.config, CAPTURED.values, "trustDomain: captured.example"), id="texts of the keys"),
        pytest.param((CAPTURED.config, write_yaml(VALUES), "trustDomain: captured.example"), id="values as YAML"),
        pytest.param((write_yaml(INJECTOR), None, write_yaml(MESH)), id="ConfigMaps"),
        pytest.param((json.dumps(INJECTOR), json.dumps(INJECTOR), json.dumps(MESH)), id="ConfigMaps as JSON"),
        pytest.param((write_yaml_all([{"kind": "Service"}, MESH, INJECTOR]), None, None), id="a whole manifest"),
        pytest.param((write_yaml({"kind": "List", "items": [INJECTOR, MESH]}), None, None), id="a List"),
        pytest.param((write_yaml({"kind": "ConfigMapList", "items": [INJECTOR, MESH]}), None, None), id="a typed List"),
    ],
)
def test_captured_forms(file: Any, forms: tuple[str | None, ...]) -> None:
    config, values, mesh = (file(text) if text is not None else "" for text in forms)
    found = load(Request(config_file=config, values_file=values, mesh_file=mesh))
    assert found.value("global.hub") == "captured"
    assert found.value("global.network") == "n1"
    assert found.mesh["trustDomain"] == "captured.example"
    assert set(found.config.templates) == set(CONFIG["templates"])
    assert found.origin.startswith(config)


def test_a_value_that_a_capture_lacks_was_taken_away(file: Any) -> None:
    whole = {**VALUES, "global": {key: value for key, value in VALUES["global"].items() if key != "logging"}}
    assert load(Request(values_file=file(json.dumps(whole)))).value("global.logging") is None


def test_a_file_of_a_few_values_goes_over_the_built_in_ones(file: Any) -> None:
    found = load(Request(values_file=file("global: {hub: mine}")))
    assert (found.value("global.hub"), found.value("global.proxy.statusPort")) == ("mine", 15020.0)


@pytest.mark.parametrize("captured", [False, True])
def test_own_values_go_over_all_others(file: Any, captured: bool) -> None:
    found = load(
        Request(
            config_file=file(write_yaml_all([INJECTOR, MESH])) if captured else "",
            operator_file=file(
                "apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\nspec:\n  tag: operator\n"
                "  meshConfig: {ingressClass: operator}\n  values: {global: {meshID: operator, network: operator}}\n"
            ),
            values_files=[file("global: {network: first, meshID: first}"), file("global: {network: second}")],
            sets=["meshConfig.defaultConfig.proxyMetadata.A=1", "values.global.logAsJson=true", "hub=reg/x"],
        )
    )
    assert [found.value(f"global.{name}") for name in ("tag", "meshID", "network", "logAsJson", "hub")] == [
        "operator", "first", "second", True, "reg/x",
    ]  # fmt: skip
    assert found.mesh["ingressClass"] == "operator"
    assert found.mesh["defaultConfig"]["proxyMetadata"] == {"A": "1"}


def test_values_that_steer_the_chart_steer_the_built_in_configuration(file: Any) -> None:
    text = """\
sidecarInjectorWebhook:
  defaultTemplates: [mine]
  templates: {mine: 'spec: {}'}
  neverInjectSelector: [{matchLabels: {a: b}}]
"""
    found = load(Request(sets=["global.proxy.autoInject=disabled"], values_files=[file(text)], revision="canary"))
    assert found.config.policy.mode == "disabled"
    assert list(found.config.policy.never) == [{"matchLabels": {"a": "b"}}]
    assert found.config.default_templates == ("mine",)
    assert found.config.templates["mine"] == "spec: {}"
    assert found.revision == "canary"
    assert found.value("revision") == "canary"
    assert found.mesh["defaultConfig"]["discoveryAddress"] == "istiod-canary.istio-system.svc:15012"


def test_a_single_template_is_the_sidecar(file: Any) -> None:
    for text in ("spec:\n  hostname: {{ .DeploymentMeta.Name }}\n", "{{- define `a` }}{{ end }}\n", "metadata: {}\n"):
        assert dict(load(Request(config_file=file(text))).config.templates) == {"sidecar": text}


@pytest.mark.parametrize(
    ("flag", "text", "message"),
    [
        ("config_file", "policy: enabled\ntemplats: {a: b}", "no templates"),
        ("config_file", "policy: enabled\ntemplates: {a: 1}", "the template 'a' must be a text"),
        ("config_file", "templates: [a]", "no templates"),
        ("config_file", "a: [", ":1:"),
        ("config_file", "- a", "must be a mapping"),
        ("config_file", write_yaml(MESH), "none with the key config"),
        ("values_file", "[1]", "holds no values: it must be a mapping"),
        ("values_file", "a: b: c", ":1:"),
        ("mesh_file", write_yaml(INJECTOR), "none with the key mesh"),
        ("mesh_file", "proxyListenPort: 70000", "proxyListenPort"),
        ("mesh_file", "trustDomain: ''", "trustDomain: must not be empty"),
        ("mesh_file", "defaultConfig: {drainDuration: soon}", "defaultConfig.drainDuration"),
        ("mesh_file", "text", "holds no mesh config"),
        ("operator_file", "a: b", ""),
    ],
)
def test_what_cannot_be_used_is_named(file: Any, flag: str, text: str, message: str) -> None:
    path = file(text)
    with pytest.raises(MeshctlError) as caught:
        load(Request(**{flag: path}))
    assert message in caught.value.message
    assert path in caught.value.message
    assert caught.value.exit_code == 65


@pytest.mark.parametrize(("text", "code"), [("a", 64), ("global=x", 65), ("a[=1", 64)])
def test_wrong_assignments(text: str, code: int) -> None:
    with pytest.raises(MeshctlError) as caught:
        load(Request(sets=[text]))
    assert caught.value.exit_code == code


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MeshctlError, match=r"gone\.yaml cannot be read: no such file"):
        load(Request(values_file=str(tmp_path / "gone.yaml")))


def test_templates_without_a_policy_are_used_and_told_of(file: Any) -> None:
    config = load(Request(config_file=file("templates: {sidecar: '{}'}"))).config
    assert config.policy.mode == "enabled"
    assert "no policy" in config.warnings[0]
    assert load(Request(config_file=file("policy: ''\ntemplates: {sidecar: '{}'}"))).config.policy.mode == ""
