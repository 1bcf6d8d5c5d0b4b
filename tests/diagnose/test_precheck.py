"""What is told about clusters in which Istio could not be installed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from meshctl.diagnose.precheck import Findings, precheck
from meshctl.kube import Settings, connect
from tests.kube.fake_api import Answer, Request, refusal, serving, write_kubeconfig

KINDS = {
    "": [("v1", "namespaces", "Namespace"), ("v1", "services", "Service"), ("v1", "pods", "Pod")],
    "apps": [("v1", "deployments", "Deployment")],
    "apiextensions.k8s.io": [("v1", "customresourcedefinitions", "CustomResourceDefinition")],
    "admissionregistration.k8s.io": [("v1", "mutatingwebhookconfigurations", "MutatingWebhookConfiguration")],
    "authorization.k8s.io": [("v1", "selfsubjectaccessreviews", "SelfSubjectAccessReview")],
}
ALPHA = {"traffic.sidecar.istio.io/kubevirtInterfaces": "net1"}


def discovery(**gateway_api: list[str]) -> dict[str, Any]:
    """Discovery with the kinds of the Gateway API in these versions."""
    kinds = dict(KINDS)
    kinds["gateway.networking.k8s.io"] = [
        (version, f"{kind.lower()}s", kind) for kind, versions in gateway_api.items() for version in versions
    ]

    def group(name: str) -> dict[str, Any]:
        versions: dict[str, list[Any]] = {}
        for version, plural, kind in kinds[name]:
            scope = "Namespaced" if kind in ("Service", "Pod", "Deployment") else "Cluster"
            entry = {"resource": plural, "responseKind": {"kind": kind}, "scope": scope, "singularResource": ""}
            versions.setdefault(version, []).append(entry)
        return {
            "metadata": {"name": name} if name else {},
            "versions": [{"version": version, "resources": found} for version, found in versions.items()],
        }

    return {
        "/api": {"items": [group("")]},
        "/apis": {"items": [group(name) for name in kinds if name]},
    }


def answers(
    objects: dict[str, list[dict[str, Any]]] | None = None,
    *,
    minor: str = "36",
    denied: Callable[[dict[str, Any]], bool] = lambda _: False,
    forbidden: tuple[str, ...] = (),
) -> Callable[[Request], Answer]:
    """An API server with these objects by the last step of their path."""

    def answer(request: Request) -> Answer:
        if request.path == "/version":
            return Answer({"major": "1", "minor": minor, "gitVersion": f"v1.{minor}.2"})
        if request.method == "POST":
            return Answer({"status": {"allowed": not denied(request.body["spec"]["resourceAttributes"])}}, 201)
        *_, collection, plural = request.path.split("/")
        for item in (objects or {}).get(collection, []):
            if item["metadata"]["name"] == plural:
                return Answer(item)
        if plural in forbidden:
            return refusal(403, "Forbidden", f"{plural} is forbidden")
        return Answer({"items": (objects or {}).get(plural, [])})

    return answer


def found(folder: Path, answer: Callable[[Request], Answer], served: dict[str, Any], **options: Any) -> Findings:
    with serving(answer, served) as api:
        kubeconfig = write_kubeconfig(folder / "config", api.url)
        return precheck(connect(Settings(str(kubeconfig))), "istio-system", **options)


def told(findings: Findings) -> list[tuple[str, str]]:
    return [(message.code, message.origin) for message in findings.messages]


def named(name: str, **more: Any) -> dict[str, Any]:
    return {"metadata": {"name": name, **more}}


@pytest.mark.parametrize(
    ("minor", "codes"), [("36", []), ("32", []), ("32+", []), ("31", ["IST0142"]), ("9+", ["IST0142"])]
)
def test_age_of_kubernetes(minor: str, codes: list[str], tmp_path: Path) -> None:
    findings = found(tmp_path, answers(minor=minor), discovery())
    assert [message.code for message in findings.messages] == codes
    assert findings.unread == []


def test_all_missing_permissions_are_told_at_once(tmp_path: Path) -> None:
    asked: list[dict[str, Any]] = []

    def denied(attributes: dict[str, Any]) -> bool:
        asked.append(attributes)
        return attributes["resource"] in ("clusterroles", "configmaps")

    findings = found(tmp_path, answers(denied=denied), discovery())
    texts = [message.text for message in findings.messages]
    assert {message.code for message in findings.messages} == {"IST0141"}
    assert len(texts) == 2
    assert any("clusterroles.rbac.authorization.k8s.io" in text for text in texts)
    assert any("configmaps" in text and "namespace istio-system" in text for text in texts)
    assert {attributes["verb"] for attributes in asked} == {"create"}
    wanted = {"namespaces", "customresourcedefinitions", "deployments", "services", "serviceaccounts", "roles"}
    assert wanted <= {attributes["resource"] for attributes in asked}


@pytest.mark.parametrize(
    ("kind", "versions", "codes"),
    [
        ("Gateway", ["v1", "v1beta1"], []),
        ("Gateway", ["v1beta1"], ["IST0172"]),
        ("Gateway", ["v1alpha2"], ["IST0156"]),
        ("HTTPRoute", ["v1"], ["IST0156"]),
        ("GRPCRoute", ["v1alpha2"], ["IST0172"]),
        ("GRPCRoute", ["v1"], []),
        ("ReferenceGrant", ["v1beta1"], []),
        ("ReferenceGrant", ["v1alpha2"], ["IST0156"]),
        ("TLSRoute", ["v1alpha2"], []),
    ],
)
def test_versions_of_the_gateway_api(kind: str, versions: list[str], codes: list[str], tmp_path: Path) -> None:
    definition = f"{kind.lower()}s.gateway.networking.k8s.io"
    objects = {"customresourcedefinitions": [named(definition)]}
    findings = found(tmp_path, answers(objects), discovery(**{kind: versions}))
    assert told(findings) == [(code, f"CustomResourceDefinition {definition}") for code in codes]


def test_alpha_annotations_of_people_are_told_once(tmp_path: Path) -> None:
    template = {"metadata": {"annotations": ALPHA}}
    objects = {
        "namespaces": [named("shop", annotations=ALPHA), named("quiet", annotations={"a": "b"})],
        "pods": [
            named("alone", namespace="shop", annotations=ALPHA),
            named("web-1", namespace="shop", annotations=ALPHA, ownerReferences=[{"kind": "ReplicaSet"}]),
        ],
        "deployments": [{**named("web", namespace="shop", annotations=ALPHA), "spec": {"template": template}}],
    }
    findings = found(tmp_path, answers(objects), discovery(), control_plane=False)
    assert told(findings) == [
        ("IST0136", "Deployment shop/web"),
        ("IST0136", "Namespace shop"),
        ("IST0136", "Pod shop/alone"),
    ]


@pytest.mark.parametrize(("minor", "codes"), [(20, ["IST0169"]), (21, ["IST0169"]), (22, []), (None, [])])
def test_default_tracer_of_old_releases(minor: int | None, codes: list[str], tmp_path: Path) -> None:
    objects = {"services": [named("zipkin", namespace="istio-system")]}
    findings = found(tmp_path, answers(objects), discovery(), from_minor=minor)
    assert [message.code for message in findings.messages] == codes


def test_what_old_installations_left_behind(tmp_path: Path) -> None:
    webhook = {
        "name": "rev.namespace.sidecar-injector.istio.io",
        "clientConfig": {"service": {"name": "istiod-gone", "namespace": "istio-system"}},
    }
    objects = {
        "customresourcedefinitions": [named("rules.config.istio.io"), named("gateways.networking.istio.io")],
        "mutatingwebhookconfigurations": [{**named("left-behind"), "webhooks": [webhook]}],
    }
    findings = found(tmp_path, answers(objects), discovery())
    origins = dict(told(findings))
    assert set(origins) == {"IST0139", "MESH0601"}
    assert origins["MESH0601"] == "CustomResourceDefinition rules.config.istio.io"
    assert any("istiod-gone" in message.text for message in findings.messages)


def test_forbidden_kinds_are_named_and_the_rest_is_checked(tmp_path: Path) -> None:
    answer = answers({"namespaces": [named("shop", annotations=ALPHA)]}, forbidden=("pods", "deployments"))
    findings = found(tmp_path, answer, discovery())
    assert findings.unread == ["deployments.apps", "pods"]
    assert told(findings) == [("IST0136", "Namespace shop")]


@pytest.mark.parametrize(
    ("stored", "codes"), [(["v1beta1", "v1"], []), (["v1alpha0", "v1"], ["MESH0602"]), (None, [])], ids=str
)
def test_versions_in_which_objects_may_be_stored(stored: list[str] | None, codes: list[str], tmp_path: Path) -> None:
    name = "virtualservices.networking.istio.io"
    spec = {"group": "networking.istio.io", "names": {"kind": "VirtualService"}}
    definition = named(name) | {"spec": spec, "status": {"storedVersions": stored}}
    findings = found(tmp_path, answers({"customresourcedefinitions": [definition]}), discovery())
    assert told(findings) == [(code, f"CustomResourceDefinition {name}") for code in codes]
    assert all("v1alpha0" in message.text for message in findings.messages)
