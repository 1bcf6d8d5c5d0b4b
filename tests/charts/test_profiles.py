"""Profiles against the recorded components of each (`components.json`, from istioctl 1.31)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from meshctl.charts.errors import UnknownProfileError
from meshctl.charts.installation import resolve
from meshctl.charts.profiles import profile, profile_names

RECORDED: dict[str, list[str]] = json.loads((Path(__file__).parent / "components.json").read_text(encoding="utf-8"))


def test_all_profiles_are_there() -> None:
    assert profile_names() == sorted(RECORDED)


@pytest.mark.parametrize("name", sorted(RECORDED))
def test_a_profile_switches_its_components_on(name: str) -> None:
    installation = resolve(sets=[f"profile={name}"])
    assert sorted(map(str, installation.components)) == sorted(RECORDED[name])
    assert installation.profile == name
    assert installation.namespace == "istio-system"
    assert not installation.warnings


@pytest.mark.parametrize("name", ["openshift", "openshift-ambient"])
def test_node_agents_run_in_the_system_namespace_of_openshift(name: str) -> None:
    found = {component.kind.name: component.namespace for component in resolve(sets=[f"profile={name}"]).components}
    assert {found[agent] for agent in ("cni", "ztunnel") if agent in found} == {"kube-system"}
    assert found["pilot"] == "istio-system"


def test_every_profile_stands_on_the_default() -> None:
    assert profile("demo")["spec"]["values"]["global"]["configValidation"] is True
    assert profile("demo")["spec"]["components"]["egressGateways"] == [{"name": "istio-egressgateway", "enabled": True}]


@pytest.mark.parametrize("name", ["nosuch", "../profiles/demo", "demo.yaml"])
def test_an_unknown_profile_is_an_error(name: str) -> None:
    with pytest.raises(UnknownProfileError) as caught:
        resolve(sets=[f"profile={name}"])
    assert "demo" in caught.value.hint


def test_a_package_brings_its_own_profiles(tmp_path: Path) -> None:
    folder = tmp_path / "profiles"
    folder.mkdir()
    (folder / "default.yaml").write_text("spec: {components: {base: {enabled: true}, pilot: {enabled: false}}}")
    (folder / "mine.yaml").write_text("spec: {components: {ingressGateways: []}}")
    assert profile_names(str(tmp_path)) == ["default", "mine"]
    installation = resolve(sets=["profile=mine"], package=str(tmp_path))
    assert list(map(str, installation.components)) == ["base"]
