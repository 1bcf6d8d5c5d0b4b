"""The components of an installation, and what each is called in IstioOperator, values, charts and labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from meshctl.charts.trees import Tree, text_at, value_at


@dataclass(frozen=True, slots=True)
class ComponentKind:
    """What is the same for every installation of a component.

    `name` is its key in `spec.components`, `root` its place in the values, `label` the value of the label
    `operator.istio.io/component`, `workload` kind and container of its workload, `needs` what must be ready first.
    """

    name: str
    title: str
    label: str
    root: str
    chart: str
    enabled: bool
    workload: str = ""
    container: str = ""
    many: bool = False
    needs: str = ""

    @property
    def gateways(self) -> bool:
        """Whether it is one of the two lists of gateways."""
        return self.many


COMPONENTS = (
    ComponentKind("base", "Istio core", "Base", "global", "base", True),
    ComponentKind("pilot", "Istiod", "Pilot", "pilot", "istiod", True, "Deployment", "discovery", needs="base"),
    ComponentKind(
        "ingressGateways",
        "Ingress gateways",
        "IngressGateways",
        "gateways.istio-ingressgateway",
        "istio-ingress",
        True,
        "Deployment",
        "istio-proxy",
        many=True,
        needs="pilot",
    ),
    ComponentKind(
        "egressGateways",
        "Egress gateways",
        "EgressGateways",
        "gateways.istio-egressgateway",
        "istio-egress",
        False,
        "Deployment",
        "istio-proxy",
        many=True,
        needs="pilot",
    ),
    ComponentKind("cni", "CNI", "Cni", "cni", "cni", False, "DaemonSet", "install-cni", needs="base"),
    ComponentKind(
        "ztunnel", "Ztunnel", "Ztunnel", "ztunnel", "ztunnel", False, "DaemonSet", "istio-proxy", needs="cni"
    ),
)
"""All components in the order in which istioctl renders them."""


@dataclass(frozen=True, slots=True)
class Component:
    """A component of one installation: a chart to render with `values` into `namespace`, and what to change after.

    `name` is that of a gateway in its list, else the kind's own; `k8s` are the settings that `patches.apply` brings
    into the rendered objects.
    """

    kind: ComponentKind
    name: str
    namespace: str
    values: Tree
    k8s: Mapping[str, Any] = field(default_factory=dict)

    @property
    def chart(self) -> str:
        """The chart that renders it."""
        return self.kind.chart

    @property
    def object_name(self) -> str:
        """The name of its workload, and of the Service and the scalers beside it."""
        if self.kind.name == "pilot":
            revision = text_at(self.values, "revision")
            return f"istiod-{revision}" if revision else "istiod"
        if self.kind.gateways:
            name = value_at(self.values, f"{self.kind.root}.name")
            return name if isinstance(name, str) else self.kind.root.rpartition(".")[2]
        if self.kind.name == "ztunnel":
            return text_at(self.values, "resourceName") or "ztunnel"
        return "istio-cni-node" if self.kind.name == "cni" else ""

    def __str__(self) -> str:
        return f"{self.kind.name}[{self.name}]" if self.kind.gateways else self.kind.name
