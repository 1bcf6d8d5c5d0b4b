"""Rendered parts get the form that Kubernetes' own types would give them."""

from __future__ import annotations

from typing import Any

import pytest

from meshctl.inject.kubernetes_form import WrongTypeError, overlay, patch
from meshctl.inject.quantities import canonical
from tests.inject.one_pod import container, injected, pod


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("2000m", "2"), ("1024Mi", "1Gi"), ("1.5Gi", "1536Mi"), ("0.1", "100m"), ("1000m", "1"), ("1000", "1k"),
        ("1e3", "1e3"), ("0.5Ki", "512"), ("1023Ki", "1023Ki"), ("0Gi", "0"), (".5", "500m"), ("0.1n", "1n"),
        ("-1500m", "-1500m"),
        ("+2", "+2"), ("1.250", "1.250"), ("0.250", "250m"), ("2.000", "2"), ("5.", "5."),
        ("012", "012"), ("1E3", "1E3"),
        ("20Ei", "9223372036854775807"), ("1500e3", "1500e3"), ("lots", None), ("1K", None), ("", None),
    ],
)  # fmt: skip
def test_quantities_are_canonical(text: str, form: str | None) -> None:
    assert canonical(text) == form


def of_container(**fields: Any) -> dict[str, Any]:
    return {"spec": {"containers": [{"name": "c", **fields}]}}


@pytest.mark.parametrize(
    ("part", "wanted"),
    [
        (of_container(stdin=False), of_container(stdin=None)),
        (of_container(args=[]), of_container(args=None)),
        (of_container(image=""), of_container(image=None)),
        (of_container(env=[], resources={}), of_container()),
        (of_container(env=[{"name": "A", "value": ""}]), of_container(env=[{"name": "A", "value": None}])),
        (
            of_container(securityContext={"privileged": False, "runAsUser": 0}),
            of_container(securityContext={"privileged": False, "runAsUser": 0}),
        ),
        (
            of_container(resources={"limits": {"cpu": 2, "memory": "1024Mi"}}),
            of_container(resources={"limits": {"cpu": "2", "memory": "1Gi"}}),
        ),
        (
            of_container(readinessProbe={"initialDelaySeconds": 0, "periodSeconds": 15.0}),
            of_container(readinessProbe={"initialDelaySeconds": None, "periodSeconds": 15}),
        ),
        (of_container(newer={"a": 0}), of_container(newer={"a": 0})),
        (
            {
                "spec": {
                    "volumes": [{"name": "v", "emptyDir": None}, {"name": "w", "emptyDir": {}}],
                    "imagePullSecrets": [],
                }
            },
            {"spec": {"volumes": [{"name": "v", "emptyDir": None}, {"name": "w", "emptyDir": {}}]}},
        ),
        ({"metadata": {"labels": {}}, "spec": {"hostNetwork": False}}, {"metadata": {}, "spec": {"hostNetwork": None}}),
        (
            {"metadata": {"labels": {"a": ""}, "annotations": {"b": None}}},
            {"metadata": {"labels": {"a": ""}, "annotations": {"b": None}}},
        ),
    ],
)
def test_zero_values_that_may_be_left_out_delete(part: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert patch(part) == wanted


def test_zero_values_of_an_overlay_change_nothing() -> None:
    own = {"name": "c", "args": [], "stdin": False, "securityContext": {"runAsUser": None, "privileged": False}}
    assert overlay(own) == {"name": "c", "securityContext": {"privileged": False}}


@pytest.mark.parametrize(
    ("part", "message"),
    [
        (of_container(env=[{"name": "A", "value": 1}]), "spec.containers[0].env[0].value must be a text, not 1"),
        (of_container(stdin="yes"), "spec.containers[0].stdin must be true or false, not 'yes'"),
        (of_container(args="a"), "spec.containers[0].args must be a list, not 'a'"),
        (of_container(args=["a", 1]), "spec.containers[0].args[1] must be a text, not 1"),
        (of_container(ports=[{"containerPort": 2**31}]), "ports[0].containerPort must be a whole number"),
        (of_container(readinessProbe={"periodSeconds": "<no value>"}), "periodSeconds must be a whole number"),
        (of_container(resources={"limits": {"cpu": "lots"}}), "resources.limits.cpu must be a quantity"),
        ({"metadata": {"annotations": {"a/b": 15020}}}, "metadata.annotations.a/b must be a text, not 15020"),
        ({"metadata": []}, "metadata must be a mapping, not []"),
        ({"spec": "x"}, "spec must be a mapping, not 'x'"),
    ],
)
def test_values_of_wrong_types_are_refused(part: dict[str, Any], message: str) -> None:
    with pytest.raises(WrongTypeError) as caught:
        patch(part)
    assert message in str(caught.value)


def test_numbers_and_truth_values_become_texts_where_texts_are_wanted() -> None:
    own = {
        "name": "c",
        "args": ["a", 8080, True, 1.5, 1e6],
        "env": [{"name": False, "value": 5}, {"name": "N", "value": None}],
        "ports": [{"containerPort": 80, "name": "http"}],
        "resources": {"limits": {"cpu": 1}},
        "lifecycle": {"preStop": {"httpGet": {"port": 80, "httpHeaders": [{"name": "A", "value": 1}]}}},
        "newer": 1,
    }
    found = injected(pod(containers=[own], nodeSelector={"a": True}, serviceAccountName=7))
    assert container(found, "c") == {
        **own,
        "args": ["a", "8080", "true", "1.5", "1e+06"],
        "env": [{"name": "false", "value": "5"}, {"name": "N", "value": None}],
        "lifecycle": {
            "preStop": {
                "httpGet": {
                    "port": 15020,
                    "path": "/app-lifecycle/c/prestopz",
                    "httpHeaders": [{"name": "A", "value": "1"}],
                }
            }
        },
    }
    assert found["spec"]["nodeSelector"] == {"a": "true"}
    assert found["spec"]["serviceAccountName"] == "7"
