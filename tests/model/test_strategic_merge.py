"""Strategic merge patches, as the API server applies them to pods and services."""

from __future__ import annotations

from typing import Any

import pytest

from meshctl.model.strategic_merge import ANY, POD, SERVICE, SHAPES, MergeError, Shape, merge


def pod(**spec: Any) -> dict[str, Any]:
    return {"spec": spec}


def names(items: list[dict[str, Any]]) -> list[str]:
    return [item["name"] for item in items]


@pytest.mark.parametrize(
    ("target", "patch", "order"),
    [
        ("zb", "ab", "azb"),
        ("z", "ab", "abz"),
        ("zcy", "abcd", "abzcdy"),
        ("abc", "ca", "bca"),
        ("", "ab", "ab"),
        ("ab", "", "ab"),
        ("yz", "zy", "zy"),
        ("wxyz", "z", "wxyz"),
        ("wxyz", "w", "wxyz"),
    ],
)
def test_order_of_merged_lists(target: str, patch: str, order: str) -> None:
    before = pod(volumes=[{"name": name} for name in target])
    after = merge(before, pod(volumes=[{"name": name} for name in patch]), POD)
    assert "".join(names(after["spec"]["volumes"])) == order


def test_volumes_of_the_template_come_first_and_known_ones_keep_their_place() -> None:
    user = pod(volumes=[{"name": "z"}, {"name": "istio-data", "csi": {}}, {"name": "y"}])
    template = pod(volumes=[{"name": name} for name in ("socket", "certs", "envoy", "istio-data", "token")])
    merged = merge(user, template, POD)["spec"]["volumes"]
    assert names(merged) == ["socket", "certs", "envoy", "z", "istio-data", "token", "y"]
    assert merged[4] == {"name": "istio-data", "csi": {}}


@pytest.mark.parametrize(
    ("field", "key"),
    [
        ("env", "name"),
        ("ports", "containerPort"),
        ("volumeMounts", "mountPath"),
        ("volumeDevices", "devicePath"),
    ],
)
def test_lists_of_containers_merge_by_their_key(field: str, key: str) -> None:
    target = pod(containers=[{"name": "c", field: [{key: "a", "x": 1, "y": 1}, {key: "b"}]}])
    patch = pod(containers=[{"name": "c", field: [{key: "a", "x": 2}, {key: "n"}]}])
    (container,) = merge(target, patch, POD)["spec"]["containers"]
    assert container[field] == [{key: "a", "x": 2, "y": 1}, {key: "n"}, {key: "b"}]


@pytest.mark.parametrize("field", ["args", "command", "envFrom"])
def test_other_lists_are_replaced(field: str) -> None:
    target = pod(containers=[{"name": "c", field: [1, 2, 3]}], tolerations=[{"key": "a"}])
    patch = pod(containers=[{"name": "c", field: [4]}], tolerations=[{"key": "b"}])
    spec = merge(target, patch, POD)["spec"]
    assert spec["containers"][0][field] == [4]
    assert spec["tolerations"] == [{"key": "b"}]


def test_null_deletes_and_is_dropped_from_what_is_new() -> None:
    target = {"metadata": {"labels": {"a": "1", "b": "2"}}}
    patch = {"metadata": {"labels": {"a": None, "z": None}, "annotations": {"c": None, "d": "4"}}, "status": None}
    assert merge(target, patch, POD) == {"metadata": {"labels": {"b": "2"}, "annotations": {"d": "4"}}}


def test_directives() -> None:
    target = pod(
        containers=[{"name": "a", "env": [{"name": "x"}]}, {"name": "b"}],
        volumes=[{"name": "v", "emptyDir": {}, "x": 1}],
        nodeSelector={"a": "1"},
    )
    patch = pod(
        containers=[{"name": "b", "$patch": "delete"}, {"name": "a", "env": [{"$patch": "replace"}, {"name": "y"}]}],
        volumes=[{"name": "v", "$retainKeys": ["name", "csi"], "csi": {}}],
        nodeSelector={"$patch": "replace", "b": "2"},
    )
    assert merge(target, patch, POD)["spec"] == {
        "containers": [{"name": "a", "env": [{"name": "y"}]}],
        "volumes": [{"name": "v", "csi": {}}],
        "nodeSelector": {"b": "2"},
    }


def test_items_of_one_key_are_merged_each_with_its_counterpart() -> None:
    ports = [{"containerPort": 443, "protocol": "TCP"}, {"containerPort": 443, "protocol": "UDP"}]
    own = {"name": "a", "ports": ports}
    merged = merge(pod(containers=[own]), pod(containers=[{"name": "a", "ports": [{"containerPort": 15090}]}]), POD)
    again = merge(merged, pod(containers=[own]), POD)
    assert again["spec"]["containers"][0]["ports"] == [{"containerPort": 15090}, *ports]


def test_a_list_that_the_target_does_not_have_stays_as_it_is() -> None:
    env = [{"name": "x", "value": "1"}, {"name": "y"}, {"name": "x", "value": "2"}]
    patch = pod(containers=[{"name": "a", "env": env}])
    assert merge(pod(containers=[{"name": "a"}]), patch, POD)["spec"]["containers"][0]["env"] == env


def test_what_is_deleted_can_be_added_anew() -> None:
    target = pod(volumes=[{"name": "v", "emptyDir": {}}, {"name": "w"}])
    patch = pod(volumes=[{"name": "v", "csi": {}}, {"name": "v", "$patch": "delete"}])
    assert merge(target, patch, POD)["spec"]["volumes"] == [{"name": "v", "csi": {}}, {"name": "w"}]


def test_what_the_target_does_not_have_cannot_be_replaced() -> None:
    patch = pod(affinity={"$patch": "replace", "a": 1}, volumes=[{"$patch": "replace"}, {"name": "v"}])
    patch["metadata"] = {"$deleteFromPrimitiveList/finalizers": ["a"]}
    assert merge(pod(), patch, POD) == {"spec": {"volumes": [{"name": "v"}]}, "metadata": {}}


def test_finalizers_are_united_and_can_be_taken_out() -> None:
    target = {"metadata": {"finalizers": ["a", "b"]}}
    assert merge(target, {"metadata": {"finalizers": ["c", "a"]}}, ANY)["metadata"]["finalizers"] == ["c", "a", "b"]
    patch = {"metadata": {"$deleteFromPrimitiveList/finalizers": ["a"]}}
    assert merge(target, patch, ANY)["metadata"]["finalizers"] == ["b"]


def test_an_order_can_be_demanded() -> None:
    target = pod(containers=[{"name": "a"}, {"name": "b"}, {"name": "c"}])
    patch = pod(
        **{"$setElementOrder/containers": [{"name": "c"}, {"name": "a"}], "containers": [{"name": "c", "x": 1}]}
    )
    assert names(merge(target, patch, POD)["spec"]["containers"]) == ["b", "c", "a"]


def test_ports_of_services_merge_by_port() -> None:
    target = pod(ports=[{"port": 80, "name": "http"}])
    patch = pod(ports=[{"port": 80, "nodePort": 30080}])
    assert merge(target, patch, SERVICE)["spec"]["ports"] == [{"port": 80, "name": "http", "nodePort": 30080}]


def test_nothing_is_changed_in_place() -> None:
    target = pod(containers=[{"name": "a", "env": [{"name": "x", "value": "1"}]}])
    patch = pod(containers=[{"name": "a", "env": [{"name": "x", "value": "2"}]}])
    before = repr((target, patch))
    merge(target, patch, POD)
    assert repr((target, patch)) == before


@pytest.mark.parametrize(
    "patch",
    [
        {"spec": {"containers": [{"image": "a"}]}},
        {"spec": {"containers": ["a"]}},
        {"spec": {"$patch": "what"}},
        {"metadata": {"finalizers": [{}]}},
    ],
)
def test_what_cannot_be_merged(patch: dict[str, Any]) -> None:
    with pytest.raises(MergeError):
        merge({"metadata": {"finalizers": ["f"]}, **pod(containers=[{"name": "a"}])}, patch, POD)


def test_workloads_have_the_shape_of_pods_in_their_template() -> None:
    shape: Shape = SHAPES["Deployment"]
    target = {"spec": {"template": pod(containers=[{"name": "a", "image": "x"}])}}
    patch = {"spec": {"template": pod(containers=[{"name": "a", "resources": {}}])}}
    (container,) = merge(target, patch, shape)["spec"]["template"]["spec"]["containers"]
    assert container == {"name": "a", "image": "x", "resources": {}}
