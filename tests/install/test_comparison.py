"""What counts as a difference between what is wanted and what a cluster has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from meshctl.documents import parse, split
from meshctl.install.comparison import changes, differences
from meshctl.install.managed_fields import owned_exactly

CASES: list[dict[str, Any]] = parse(
    next(iter(split((Path(__file__).parent / "cases" / "comparison.yaml").read_text())))
).data


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_differences_of_the_wanted_fields(case: dict[str, Any]) -> None:
    found = {
        difference.path: [difference.before, difference.after]
        for difference in differences(case["wanted"], case["live"])
    }
    assert found == case["differ"]


def test_changes_go_both_ways() -> None:
    before = {
        "kind": "Service",
        "metadata": {"resourceVersion": "1", "labels": {"a": "b"}},
        "spec": {"type": "NodePort"},
    }
    after = {
        "kind": "Service",
        "metadata": {"resourceVersion": "2"},
        "spec": {"ports": [{"port": 80}]},
        "status": {"x": 1},
    }
    assert {(change.path, str(change.before), str(change.after)) for change in changes(before, after)} == {
        ("metadata.labels", "{'a': 'b'}", "None"),
        ("spec.type", "NodePort", "None"),
        ("spec.ports", "None", "[{'port': 80}]"),
    }


def test_items_that_go_are_named_by_their_key() -> None:
    before = {"kind": "Deployment", "spec": {"template": {"spec": {"containers": [{"name": "a"}, {"name": "b"}]}}}}
    after = {"kind": "Deployment", "spec": {"template": {"spec": {"containers": [{"name": "b"}]}}}}
    (change,) = changes(before, after)
    assert (change.path, change.before, change.after) == ("spec.template.spec.containers[name:a]", {"name": "a"}, None)


WANTED: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "istiod", "namespace": "istio-system", "labels": {"app": "istiod"}},
    "spec": {"selector": {"app": "istiod"}, "ports": [{"port": 443, "name": "https"}]},
}
OWNED: dict[str, Any] = {
    "f:metadata": {"f:labels": {"f:app": {}}},
    "f:spec": {
        "f:selector": {},
        "f:ports": {'k:{"port":443,"protocol":"TCP"}': {".": {}, "f:port": {}, "f:name": {}}},
    },
}


def owned_by(manager: str, fields: dict[str, Any], **more: str) -> dict[str, Any]:
    entry = {"manager": manager, "operation": "Apply", "apiVersion": "v1", "fieldsV1": fields} | more
    return {"metadata": {"managedFields": [entry]}}


def without(tree: dict[str, Any], *path: str) -> dict[str, Any]:
    if len(path) == 1:
        return {key: value for key, value in tree.items() if key != path[0]}
    return tree | {path[0]: without(tree[path[0]], *path[1:])}


@pytest.mark.parametrize(
    ("live", "exactly"),
    [
        (owned_by("meshctl", OWNED), True),
        (owned_by("meshctl", OWNED | {"f:spec": OWNED["f:spec"] | {"f:type": {}}}), False),
        (owned_by("meshctl", without(OWNED, "f:spec", "f:selector")), False),
        (owned_by("meshctl", without(OWNED, "f:metadata")), False),
        (owned_by("kubectl", OWNED), False),
        (owned_by("meshctl", OWNED, operation="Update"), False),
        (owned_by("meshctl", OWNED, apiVersion="v2"), False),
        (owned_by("meshctl", OWNED, subresource="status"), False),
        ({"metadata": {}}, False),
    ],
    ids=[
        "ours",
        "a field too many",
        "a field taken by others",
        "a part taken",
        "another's",
        "an update",
        "another version",
        "of the status",
        "nobody's",
    ],
)
def test_ownership_must_be_that_of_the_wanted_fields(live: dict[str, Any], exactly: bool) -> None:
    assert owned_exactly(WANTED, live, "meshctl") is exactly


def test_items_may_be_owned_as_a_whole() -> None:
    policy = {"apiVersion": "v1", "spec": {"variables": [{"name": "a", "expression": "true"}]}}
    tree: dict[str, Any] = {"f:spec": {"f:variables": {'k:{"name":"a"}': {}}}}
    assert owned_exactly(policy, owned_by("meshctl", tree), "meshctl")
    tree["f:spec"]["f:variables"]['k:{"name":"b"}'] = {}
    assert not owned_exactly(policy, owned_by("meshctl", tree), "meshctl")
