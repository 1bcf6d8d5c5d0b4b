"""The templates of managed gateways, rendered with data as the control plane gives them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from meshctl.documents import parse, split, write_yaml_all
from meshctl.gotemplate import TemplateSet, types
from meshctl.gotemplate.types import GoType, StructField, pointer_to, slice_of
from meshctl.gotemplate.values import Pointer, Struct
from meshctl.inject import builtin
from meshctl.inject.configuration import Request, load
from meshctl.inject.functions import functions
from meshctl.inject.go_types import go_type
from meshctl.inject.protobuf import MESH_CONFIG, PROXY_CONFIG
from tests.conftest import Golden

GOLDEN = Path(__file__).parent / "gateways"
NASTY = "a\"b': {{ x }} &amp; \n- *y #"

_TEXTS = ("Name Namespace UID GatewayClass DeploymentName ServiceAccount ServiceType ClusterID Revision "
          "CompliancePolicy GatewayNameLabel ControllerLabel ProxyImage AgentgatewayImage").split()  # fmt: skip
_ADDRESS = GoType("v1.GatewaySpecAddress", "struct", fields={"Value": StructField("value", types.STRING)})
_SPEC = GoType("v1.GatewaySpec", "struct", fields={"Addresses": StructField("addresses", slice_of(_ADDRESS))})
_ROOT = GoType(
    "gateway.TemplateInput",
    "struct",
    fields={
        **{name: StructField(name, types.STRING) for name in _TEXTS},
        **{name: StructField(name, types.BOOL) for name in ("NativeSidecars", "IsEastWestGateway")},
        **{name: StructField(name, types.INT64) for name in ("ProxyUID", "ProxyGID")},
        **{name: StructField(name, types.STRING_MAP) for name in ("InfrastructureLabels", "InfrastructureAnnotations")},
        "KubeVersion": StructField("KubeVersion", types.INT),
        "ObjectMeta": StructField("ObjectMeta", go_type("v1.ObjectMeta")),
        "Ports": StructField("Ports", go_type("[]v1.ServicePort")),
        "Spec": StructField("Spec", _SPEC),
        "Values": StructField("Values", types.ANY_MAP),
        "ProxyConfig": StructField("ProxyConfig", go_type("*" + PROXY_CONFIG)),
        "MeshConfig": StructField("MeshConfig", go_type("*" + MESH_CONFIG)),
    },
)


def data_of(settings: dict[str, Any] | None = None, **changes: Any) -> Pointer:
    """What the control plane gives the templates for a Gateway."""
    loaded = load(Request(sets=[f"{path}={value}" for path, value in (settings or {}).items()]))
    mesh = loaded.mesh
    data = {
        "Name": "front",
        "Namespace": "edge",
        "UID": "1234",
        "GatewayClass": "istio",
        "DeploymentName": "front-istio",
        "ServiceAccount": "front-istio",
        "ServiceType": "LoadBalancer",
        "ClusterID": "Kubernetes",
        "GatewayNameLabel": "gateway.networking.k8s.io/gateway-name",
        "ControllerLabel": "istio.io-mesh-controller",
        "ProxyImage": "docker.io/istio/proxyv2:1.31.0",
        "AgentgatewayImage": "docker.io/istio/agentgateway:1.31.0",
        "ObjectMeta": {"annotations": {}},
        "ProxyUID": 1337,
        "ProxyGID": 1337,
        "KubeVersion": 133,
        "Ports": [
            {"name": "status-port", "port": 15021, "protocol": "TCP"},
            {"name": "http", "port": 80, "protocol": "TCP", "appProtocol": "http"},
        ],
        "Spec": {"addresses": [{"value": "10.0.0.1"}]},
        "Values": loaded.values,
        "ProxyConfig": Pointer(go_type("*" + PROXY_CONFIG), Struct(go_type(PROXY_CONFIG), mesh["defaultConfig"])),
        "MeshConfig": Pointer(go_type("*" + MESH_CONFIG), Struct(go_type(MESH_CONFIG), mesh)),
        **changes,
    }
    return Pointer(pointer_to(_ROOT), Struct(_ROOT, data))


def render(name: str, settings: dict[str, Any] | None = None, **changes: Any) -> list[dict[str, Any]]:
    templates = TemplateSet(functions({}))
    templates.add("inject", builtin.templates()[name])
    text = templates.render("inject", data_of(settings, **changes))
    return [parse(chunk).data for chunk in split(text)]


@pytest.mark.parametrize("name", ["kube-gateway", "waypoint"])
def test_objects(name: str, golden: Golden) -> None:
    golden(GOLDEN / f"{name}.yaml", write_yaml_all(render(name)))


@pytest.mark.parametrize("kind", ["gateway", "waypoint"])
def test_objects_of_an_agentgateway(kind: str, golden: Golden) -> None:
    label = {"gateway": "istio.io-agentgateway-controller", "waypoint": "istio.io-agentgateway-waypoint-controller"}
    golden(GOLDEN / f"agentgateway-{kind}.yaml", write_yaml_all(render("agentgateway", ControllerLabel=label[kind])))


def test_the_image_of_an_agentgateway() -> None:
    def image(settings: dict[str, str], **annotations: str) -> str:
        meta = {"annotations": {f"gateway.istio.io/{key}": value for key, value in annotations.items()}}
        workload = render("agentgateway", settings, ObjectMeta=meta)[1]
        return str(workload["spec"]["template"]["spec"]["containers"][0]["image"])

    assert image({"global.agentgateway.image": "other"}) == "docker.io/istio/agentgateway:1.31.0"
    assert image({"global.agentgateway.image": "example.com/a:1"}) == "example.com/a:1"
    assert image({"global.agentgateway.image": "example.com/a:1"}, agentgatewayImage="b:2") == "b:2"


@pytest.mark.parametrize("name", ["kube-gateway", "waypoint", "agentgateway"])
def test_no_value_leaves_its_field(name: str) -> None:
    settings = {
        f"global.{key}": NASTY
        for key in ("imagePullPolicy caAddress network meshID trustBundleName proxy.logLevel proxy.clusterDomain "
                    "proxy.outlierLogPath logging.level").split()
    }  # fmt: skip
    odd = render(
        name,
        settings,
        Name=NASTY,
        DeploymentName=NASTY,
        ServiceAccount=NASTY,
        InfrastructureLabels={"a": NASTY},
        InfrastructureAnnotations={NASTY: NASTY},
    )
    plain = render(name)
    assert [document["kind"] for document in odd] == [document["kind"] for document in plain]
    for document in odd:
        assert document["metadata"]["annotations"][NASTY] == NASTY
        assert document["metadata"]["name"] == NASTY
    pod = odd[1]["spec"]["template"]["spec"]
    values = {item["name"]: item.get("value") for item in pod["containers"][0]["env"]}
    if name == "agentgateway":
        assert values["CA_ADDRESS"] == values["NETWORK"] == values["GATEWAY"] == NASTY
    else:
        assert values["CA_ADDR"] == values["ISTIO_META_NETWORK"] == NASTY
        assert NASTY in pod["containers"][0]["args"]
    assert set(pod) - {"securityContext"} == {"serviceAccountName", "containers", "volumes"}


def test_no_address_of_memory_is_written() -> None:
    """Printing a pointer of Go gives where it points to; the protocol of a port is one."""
    for file in GOLDEN.glob("*.yaml"):
        assert "0xc0" not in file.read_text()
    assert render("waypoint")[2]["spec"]["ports"][1]["appProtocol"] == "http"


def test_older_clusters_keep_the_service_account() -> None:
    assert "ownerReferences" not in render("waypoint", KubeVersion=127)[0]["metadata"]
    assert "ownerReferences" in render("waypoint")[0]["metadata"]


def test_every_template_can_be_read() -> None:
    for name, text in builtin.templates().items():
        TemplateSet(functions({})).add(name, text)
    assert {"sidecar", "gateway", "grpc-agent", "grpc-simple", "kube-gateway", "waypoint"} <= set(builtin.templates())
