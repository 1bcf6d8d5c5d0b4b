"""How objects are marked as ours: labels that say which installation they belong to, and who owns their fields.

The labels are those of istioctl, so that either tool knows what the other one installed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from meshctl.charts.components import COMPONENTS
from meshctl.install.identity import Object

MANAGER = "meshctl"
"""The field manager of everything that is applied."""

BOOTSTRAP_MANAGER = "meshctl-bootstrap"
"""The manager of what is set once and then belongs to istiod: see `webhook_defaults.py`."""

OTHER_INSTALLERS = frozenset({"istio-operator", "istio-ci", "helm", "Helm"})
"""Managers of other tools that install Istio; their fields are taken over."""

MANAGED = "operator.istio.io/managed"
VERSION = "operator.istio.io/version"
COMPONENT = "operator.istio.io/component"
OWNER = "install.operator.istio.io/owning-resource"
OWNER_NAMESPACE = "install.operator.istio.io/owning-resource-namespace"
NOT_PRUNED = "install.operator.istio.io/owning-resource-not-pruned"
REVISION = "istio.io/rev"
TAG = "istio.io/tag"

DEFAULT_REVISION = "default"
"""What the label `istio.io/rev` says for the revision without a name."""

COMPONENT_LABELS = {kind.name: kind.label for kind in COMPONENTS}
TITLES = {kind.label: kind.title for kind in COMPONENTS}
"""What a component is called for people, by its label."""

KINDS = (
    ("apps", "Deployment"),
    ("apps", "DaemonSet"),
    ("", "Service"),
    ("", "ConfigMap"),
    ("", "Pod"),
    ("", "Secret"),
    ("", "ServiceAccount"),
    ("rbac.authorization.k8s.io", "RoleBinding"),
    ("rbac.authorization.k8s.io", "Role"),
    ("policy", "PodDisruptionBudget"),
    ("autoscaling", "HorizontalPodAutoscaler"),
    ("networking.istio.io", "EnvoyFilter"),
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"),
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"),
    ("rbac.authorization.k8s.io", "ClusterRole"),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"),
    ("networking.k8s.io", "NetworkPolicy"),
    ("", "ResourceQuota"),
    ("discovery.k8s.io", "EndpointSlice"),
    ("k8s.cni.cncf.io", "NetworkAttachmentDefinition"),
    ("apiextensions.k8s.io", "CustomResourceDefinition"),
)
"""Every kind that an installation may hold, also of older versions."""


def owner_labels(component: str, name: str, namespace: str, revision: str, version: str) -> dict[str, str]:
    """The labels of an object of a component (by its name in `spec.components`)."""
    found = {
        MANAGED: "Reconcile",
        VERSION: version,
        COMPONENT: COMPONENT_LABELS[component],
        OWNER_NAMESPACE: namespace,
        REVISION: revision or DEFAULT_REVISION,
    }
    return found | ({OWNER: name} if name else {})


def is_derived(item: Object) -> bool:
    """Whether a controller made the object, as EndpointSlices are made for Services, whose labels they copy."""
    metadata: Any = item.get("metadata")
    return isinstance(metadata, Mapping) and bool(metadata.get("ownerReferences"))
