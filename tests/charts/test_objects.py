"""The objects of every profile against those of a real installation, whose facts are in `objects/`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from meshctl.charts.installation import resolve
from meshctl.charts.manifests import Manifest, manifests
from meshctl.charts.profiles import profile_names

OBJECTS = Path(__file__).parent / "objects"

ALLOWED: dict[tuple[str, str, str], str] = {}
"""Differences that are meant, as profile, object and fact, each with the reason. There are none."""


@cache
def rendered(profile: str) -> tuple[Manifest, ...]:
    return manifests(resolve(sets=[f"profile={profile}"])).objects


def facts(profile: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((OBJECTS / f"{profile}.json").read_text())["objects"]
    return found


def identity(data: Mapping[str, Any]) -> tuple[Any, ...]:
    metadata = data.get("metadata", data)
    return data["apiVersion"], data["kind"], metadata.get("namespace"), metadata["name"]


def fact_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """What `objects/` says about an object."""
    found: dict[str, Any] = dict(zip(("apiVersion", "kind", "namespace", "name"), identity(data), strict=True))
    spec = data.get("spec", {})
    if data["kind"] == "Service":
        found["ports"] = spec["ports"]
        found["type"] = spec.get("type", "ClusterIP")
    if data["kind"] == "ConfigMap":
        found["keys"] = sorted(data["data"])
    if data["kind"].endswith("WebhookConfiguration"):
        found["webhooks"] = [webhook["name"] for webhook in data["webhooks"]]
    if data["kind"] in ("Deployment", "DaemonSet"):
        pod = spec["template"]["spec"]
        found["workload"] = {"serviceAccount": pod["serviceAccountName"]}
        if "replicas" in spec:
            found["workload"]["replicas"] = spec["replicas"]
        found["workload"]["images"] = [container["image"] for container in pod["containers"]]
        found["workload"]["containers"] = [container_fact(container) for container in pod["containers"]]
    return found


def container_fact(container: Mapping[str, Any]) -> dict[str, Any]:
    found = {key: container[key] for key in ("name", "image", "command", "args", "ports") if key in container}
    if "envFrom" in container:
        found["envFrom"] = [f"configMap:{source['configMapRef']['name']}" for source in container["envFrom"]]
    found["env"] = [variable(item) for item in container["env"]]
    probes = {key: container[key] for key in ("readinessProbe", "livenessProbe", "startupProbe") if key in container}
    if probes:
        found["probes"] = probes
    if "resources" in container:
        found["resources"] = container["resources"]
    return found


def variable(item: Mapping[str, Any]) -> dict[str, Any]:
    source = item.get("valueFrom")
    if not source:
        return {"name": item["name"], "value": item["value"]}
    if "fieldRef" in source:
        return {"name": item["name"], "valueFrom": f"fieldRef:{source['fieldRef']['fieldPath']}"}
    reference = source["resourceFieldRef"]
    divisor = f"/divisor={reference['divisor']}" if "divisor" in reference else ""
    return {"name": item["name"], "valueFrom": f"resourceFieldRef:{reference['resource']}{divisor}"}


def test_every_profile_has_its_facts() -> None:
    assert profile_names() == sorted(path.stem for path in OBJECTS.glob("*.json"))


@pytest.mark.parametrize("profile", profile_names())
def test_the_objects_are_those_of_a_real_installation(profile: str) -> None:
    ours = [identity(manifest.data) for manifest in rendered(profile)]
    assert sorted(ours, key=str) == sorted((identity(fact) for fact in facts(profile)), key=str)
    assert len(ours) == len(set(ours))


@pytest.mark.parametrize("profile", profile_names())
def test_the_objects_have_the_facts_of_a_real_installation(profile: str) -> None:
    ours = {identity(manifest.data): fact_of(manifest.data) for manifest in rendered(profile)}
    for fact in facts(profile):
        found = ours[identity(fact)]
        for key in (*fact, *found):
            if (profile, fact["name"], key) not in ALLOWED:
                assert found.get(key) == fact.get(key), f"{fact['kind']} {fact['name']}: {key}"


ORDER = ["CustomResourceDefinition", "ServiceAccount", "ClusterRole", "ClusterRoleBinding",
         "ValidatingWebhookConfiguration", "ConfigMap", "", "HorizontalPodAutoscaler", "Service"]  # fmt: skip


@pytest.mark.parametrize("profile", profile_names())
def test_objects_come_after_what_they_need(profile: str) -> None:
    ranks = [ORDER.index(kind if kind in ORDER else "") for kind in (item.kind for item in rendered(profile))]
    accounts = ORDER.index("ServiceAccount")
    assert [accounts if rank == accounts + 1 else rank for rank in ranks] == sorted(
        accounts if rank == accounts + 1 else rank for rank in ranks
    )
