"""Every object of every profile against the facts of a real installation, transcribed by hand to `tables/`.

Together with `objects/` (containers, ports, names) they say everything about an object, so both are compared for
equality: nothing is missing, and nothing is there that no fact knows of. In the tables `(standard): X` stands for the
labels of the chart X, `(owner): X` for those of its owner; null in what a profile changes takes a field away.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from meshctl.charts.profiles import profile_names
from tests.charts.test_objects import rendered

TABLES = Path(__file__).parent / "tables"

ALLOWED = {
    ("Service", "istio-ingressgateway", "metadata.annotations"): "null in a real installation, left out by ours",
    ("Service", "istio-egressgateway", "metadata.annotations"): "null in a real installation, left out by ours",
    ("ConfigMap", "values", "metadata.annotations"): "a description for people, in our own words",
    ("ValidatingAdmissionPolicy", "stable-channel-policy-istio-system.istio.io", "spec.validations"): (
        "expressions and messages of our own; what they refuse is shown below"
    ),
}
"""Differences that are meant, by kind, name and field, with the reason. None is about rights, ports, or webhooks."""

GATEWAYS = (
    {"direction": "ingress", "gateway": "ingressgateway", "component": "IngressGateways"},
    {"direction": "egress", "gateway": "egressgateway", "component": "EgressGateways"},
)

COMPARED_ELSEWHERE = {
    "Service": ("spec.ports", "spec.type"),
    "ConfigMap": ("data",),
    "Deployment": ("spec.replicas", "spec.template.spec.serviceAccountName"),
    "DaemonSet": ("spec.template.spec.serviceAccountName",),
}
"""Fields that `objects/` or other tests know, and of a container the following."""

OF_CONTAINERS = ("name", "image", "command", "args", "ports", "envFrom", "env", "readinessProbe", "resources")


def table(name: str) -> Any:
    return yaml.safe_load((TABLES / f"{name}.yaml").read_text())


def filled(value: Any, words: Mapping[str, str]) -> Any:
    """A part of a table with its placeholders replaced, and labels that stand for several written out."""
    if isinstance(value, dict):
        found: dict[str, Any] = {}
        for key, item in value.items():
            item = filled(item, words)
            if key == "(standard)":
                found |= {
                    "app.kubernetes.io/managed-by": "Helm",
                    "app.kubernetes.io/instance": "istio",
                    "app.kubernetes.io/part-of": "istio",
                    "app.kubernetes.io/version": "1.31.0",
                    "helm.sh/chart": f"{item}-1.31.0",
                }
            elif key == "(owner)":
                found |= {
                    "istio.io/rev": "default",
                    "install.operator.istio.io/owning-resource": "unknown",
                    "operator.istio.io/component": item,
                    "release": "istio",
                }
            else:
                found[key] = item
        return found
    if isinstance(value, list):
        return [filled(item, words) for item in value]
    return value.format(**words) if isinstance(value, str) and words else value


def entries() -> dict[tuple[str, str], dict[str, Any]]:
    found = [
        filled(entry, {})
        for name in ("base", "istiod", "istiod-roles", "istiod-webhooks", "cni", "ztunnel")
        for entry in table(name)
    ]
    found += [filled(entry, words) for words in GATEWAYS for entry in table("gateways")]
    return {(entry["kind"], entry["name"]): entry for entry in found}


ENTRIES = entries()


def changed(below: Any, above: Any, key: str = "") -> Any:
    """What a profile makes of a table's entry."""
    if isinstance(below, dict) and isinstance(above, dict):
        found = {**below, **{name: changed(below.get(name), item, name) for name, item in above.items()}}
        return {name: item for name, item in found.items() if item is not None or name not in above}
    if key == "containers" and isinstance(below, list):
        return [changed(one, other) for one, other in zip(below, above, strict=True)]
    return above


def expected(kind: str, name: str, profile: str) -> dict[str, Any]:
    entry = ENTRIES[kind, name]
    metadata: dict[str, Any] = {key: entry[key] for key in ("labels", "annotations") if key in entry}
    body: dict[str, Any] = changed(entry.get("object", {}), entry.get("profiles", {}).get(profile, {}))
    return {"metadata": metadata, **body}


def without(data: Mapping[str, Any], path: str) -> dict[str, Any]:
    first, _, rest = path.partition(".")
    if first not in data:
        return dict(data)
    if not rest:
        return {key: value for key, value in data.items() if key != first}
    return {**data, first: without(data[first], rest)}


def uncompared(data: Mapping[str, Any]) -> dict[str, Any]:
    """The object without what is compared elsewhere."""
    found: dict[str, Any] = json.loads(json.dumps(data))
    for path in (
        *COMPARED_ELSEWHERE.get(data["kind"], ()),
        "apiVersion",
        "kind",
        "metadata.name",
        "metadata.namespace",
    ):
        found = without(found, path)
    if data["kind"] in ("Deployment", "DaemonSet"):
        pod = found["spec"]["template"]["spec"]
        pod["containers"] = [
            {key: value for key, value in container.items() if key not in OF_CONTAINERS}
            for container in pod["containers"]
        ]
    return found


def differences(ours: Any, theirs: Any, path: str = "") -> Iterator[str]:
    """The fields that differ, at the depth where mappings begin to."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in {**ours, **theirs}:
            name = f"{path}.{key}" if path else key
            if key not in ours or key not in theirs:
                yield name
            else:
                yield from differences(ours[key], theirs[key], name)
    elif ours != theirs:
        yield path


@pytest.mark.parametrize("profile", profile_names())
def test_objects_are_equal_to_the_tables(profile: str) -> None:
    for item in rendered(profile):
        if item.kind != "CustomResourceDefinition":
            ours, theirs = uncompared(item.data), expected(item.kind, item.name, profile)
            found = [path for path in differences(ours, theirs) if (item.kind, item.name, path) not in ALLOWED]
            assert not found, (item.kind, item.name, ours, theirs)


def test_every_allowed_difference_is_one() -> None:
    found = {
        (item.kind, item.name, path)
        for profile in profile_names()
        for item in rendered(profile)
        if item.kind != "CustomResourceDefinition"
        for path in differences(uncompared(item.data), expected(item.kind, item.name, profile))
    }
    assert found == set(ALLOWED)


def test_every_entry_of_the_tables_is_rendered() -> None:
    known = {(item.kind, item.name) for profile in profile_names() for item in rendered(profile)}
    assert set(ENTRIES) - known == {("HorizontalPodAutoscaler", "istio-egressgateway")}


def config_map(profile: str, name: str) -> dict[str, str]:
    return next((item.data["data"] for item in rendered(profile) if (item.kind, item.name) == ("ConfigMap", name)), {})


@pytest.mark.parametrize("profile", [name for name in profile_names() if name not in ("empty", "remote")])
def test_the_mesh_config(profile: str) -> None:
    data, facts = config_map(profile, "istio"), table("config-maps")["mesh"]
    assert yaml.safe_load(data["mesh"]) == changed(facts["all"], facts.get(profile, {}))
    assert yaml.safe_load(data["meshNetworks"]) == {"networks": {}}


@pytest.mark.parametrize("profile", ["ambient", "openshift", "openshift-ambient"])
def test_the_settings_of_the_node_agent(profile: str) -> None:
    data, facts = dict(config_map(profile, "istio-cni-config")), table("config-maps")
    assert yaml.safe_load(data.pop("AMBIENT_ENABLEMENT_SELECTOR")) == facts["ambient-selector"]
    assert data == changed(facts["cni"]["all"], facts["cni"].get(profile, {}))


@pytest.mark.parametrize("profile", [name for name in profile_names() if name != "empty"])
def test_the_record_of_values(profile: str) -> None:
    data = config_map(profile, "values")
    original, merged = json.loads(data["original-values"]), json.loads(data["merged-values"])
    assert original["global"]["tag"] == merged["global"]["tag"] == "1.31.0"
    assert "traceSampling" in merged
    assert "_internal_defaults_do_not_set" not in {*original, *merged}


def test_the_definitions_of_kinds() -> None:
    facts = table("crds")
    found = {item.name: item.data for item in rendered("default") if item.kind == "CustomResourceDefinition"}
    assert set(found) == set(facts)
    for name, data in found.items():
        spec, fact = data["spec"], facts[name]
        plural, _, group = name.partition(".")
        assert data["metadata"] == {
            "name": name,
            "annotations": {"helm.sh/resource-policy": "keep"},
            "labels": filled({"(standard)": "base"}, {}),
        }
        assert (spec["group"], spec["scope"], spec["names"]["plural"]) == (group, "Namespaced", plural)
        assert spec["names"]["kind"] == fact["kind"]
        assert spec["names"]["singular"] == fact["kind"].lower()
        assert spec["names"].get("shortNames", []) == ([fact["short"]] if "short" in fact else [])
        assert spec["names"]["categories"] == ["istio-io", group.replace(".", "-")]
        assert "conversion" not in spec
        versions = [f"{version['name']}{'*' if version['storage'] else ''}" for version in spec["versions"]]
        assert sorted(versions) == sorted(fact["versions"])
        assert all(version["served"] and version["subresources"] == {"status": {}} for version in spec["versions"])


REFUSED = (
    ("isEnvoyFilter",),
    ("isWasmPlugin",),
    ("isProxyConfig",),
    ("isTelemetry", "useRequestIdForTraceSampling", "reportingInterval", "filter"),
    ("isAuthorizationPolicy", "trustDomains", "notTrustDomains"),
)


def test_the_stable_policy_refuses_these_kinds_and_fields() -> None:
    (policy,) = (item.data for item in rendered("stable") if item.kind == "ValidatingAdmissionPolicy")
    rules = [rule["expression"] for rule in policy["spec"]["validations"]]
    assert len(rules) == len(REFUSED)
    for rule, words in zip(rules, REFUSED, strict=True):
        assert rule.startswith("!")
        assert all(word in rule for word in words)
