"""Our own templates in Go, with the types and functions of a control plane: it reads them, and writes the same text.

The pods are those of `cases/`, with all that each of them switches on; the Gateways are those of the other tests.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from meshctl.gotemplate import TemplateSet
from meshctl.gotemplate.values import Pointer, Struct
from meshctl.inject import builtin
from meshctl.inject.functions import functions
from meshctl.inject.protobuf import MESH_CONFIG, PROXY_CONFIG, to_json
from meshctl.inject.rendering import Renderer
from tests.gotemplate.oracle import Case, render
from tests.inject.test_cases import cases, injected
from tests.inject.test_gateway_templates import NASTY, data_of

_MESSAGES = {"ProxyConfig": PROXY_CONFIG, "MeshConfig": MESH_CONFIG}

_OBJECT_META = {"Name": "name", "Namespace": "namespace", "UID": "uid"}
"""What the templates of Gateways have at hand of the object's metadata."""

_FOR_PODS = ("gateway", "grpc-agent", "grpc-simple", "sidecar")


def as_json(root: Struct) -> dict[str, Any]:
    """The data of a template as Go reads them: messages in their JSON form."""
    found: dict[str, Any] = {}
    meta = root.data.get("ObjectMeta")
    if isinstance(meta, dict) and "Name" in root.data:
        found["metadata"] = dict(meta)
    for name, value in root.data.items():
        target = value.target if isinstance(value, Pointer) else value
        data = target.data if isinstance(target, Struct) else target
        if name in _OBJECT_META:
            found.setdefault("metadata", {})[_OBJECT_META[name]] = data
            continue
        found[name] = to_json(_MESSAGES[name], data) if name in _MESSAGES else json.loads(json.dumps(data))
    return found


def in_python(text: str, root: Pointer) -> str:
    templates = TemplateSet(functions({}))
    templates.add("inject", text)
    return templates.render("inject", root)


def compare(asked: list[tuple[str, Pointer, str]]) -> None:
    """Renders template texts with their data, of the type that Go calls by that name, on both sides."""
    found = [
        Case(text, as_json(root.target), type=kind, functions="injector", name="inject") for text, root, kind in asked
    ]
    for (text, root, _), result in zip(asked, render(found), strict=True):
        assert not result.error
        assert result.output.decode() == in_python(text, root)


@pytest.mark.parametrize("name", sorted(builtin.templates()))
def test_go_reads_the_template(name: str) -> None:
    (result,) = render([Case("{{ if false }}" + builtin.templates()[name] + "{{ end }}", {}, functions="injector")])
    assert not result.error


def test_pods(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, Pointer, str]] = []
    original = Renderer.render

    def recording(self: Renderer, name: str, data: Pointer, like: Any = None) -> Any:
        if name in _FOR_PODS and self._texts[name] == builtin.templates()[name]:
            asked.append((builtin.templates()[name], data, "sidecar"))
        return original(self, name, data, like)

    monkeypatch.setattr(Renderer, "render", recording)
    for case in cases():
        injected(case.read_text())
    assert {text for text, _, _ in asked} == {builtin.templates()[name] for name in _FOR_PODS}
    compare(asked)


def of_a_gateway(name: str, settings: Mapping[str, Any], **changes: Any) -> tuple[str, Pointer, str]:
    return builtin.templates()[name], data_of(dict(settings), **changes), "managed"


SETTINGS: dict[str, dict[str, Any]] = {
    "nothing": {},
    "everything": {
        "revision": "canary",
        "global.imagePullSecrets[0]": "pull",
        "global.imagePullPolicy": "Always",
        "global.logAsJson": True,
        "global.network": "north",
        "global.meshID": "mesh",
        "global.caAddress": "ca.example:15012",
        "global.sts.servicePort": 15463,
        "global.trustBundleName": "bundle",
        "global.proxy.outlierLogPath": "/dev/stdout",
        "global.proxy.lifecycle.preStop.exec.command[0]": "sleep",
        "global.proxy.resources.limits.cpu": "null",
        "global.waypoint.nodeSelector.disk": "ssd",
        "global.waypoint.tolerations[0].key": "k",
        "global.waypoint.affinity.podAffinity.x": "y",
        "gateways.seccompProfile.type": "RuntimeDefault",
        "pilot.env.ENABLE_CLUSTER_TRUST_BUNDLE_API": True,
    },
    "openshift": {"global.platform": "openshift", "global.caName": "GkeWorkloadCertificate",
                  "gateways.securityContext.runAsUser": 5, "global.agentgateway.image": "example.com/a:1"},
    "another signer": {"global.pilotCertProvider": "custom"},
}  # fmt: skip


@pytest.mark.parametrize("name", ["agentgateway", "kube-gateway", "waypoint"])
@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_gateways(name: str, settings: dict[str, Any]) -> None:
    compare([
        of_a_gateway(name, settings),
        of_a_gateway(name, settings, KubeVersion=127, ServiceType="ClusterIP", Spec={}, ObjectMeta={},
                     InfrastructureLabels={"topology.istio.io/network": "n"},
                     ControllerLabel="istio.io-agentgateway-waypoint-controller"),
        of_a_gateway(name, settings, InfrastructureAnnotations={"a": NASTY, "gateway.istio.io/name-override": "x"},
                     ControllerLabel="istio.io-eastwest-controller", IsEastWestGateway=True, Revision="canary",
                     CompliancePolicy="fips-140-3", Ports=[], Name=NASTY),
    ])  # fmt: skip
