"""Which policies a proxy is given: those of its namespace and of the root namespace that select it or name it.

A waypoint may take requests for services of another namespace: the policies that name those are in theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from meshctl.model.gateway_api import GROUP
from meshctl.model.kind import Kind
from meshctl.model.kinds.gateway_class import GATEWAY_CLASS
from meshctl.model.kinds.kubernetes_gateway import KUBERNETES_GATEWAY
from meshctl.model.mesh_settings import mesh_settings
from meshctl.model.policy_scope import has_target_refs, match_labels, target_refs
from meshctl.model.resource import Field, Resource
from meshctl.model.selectors import Labels, matches
from meshctl.model.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class ProxyIdentity:
    """A proxy as policies see it: `gateway` and `gateway_class` are those of the Gateway API that it was made for.

    `targets` are the services, each as its kind and name, that a waypoint takes requests for; they are those of one
    namespace, which is its own where `targets_namespace` is empty.
    """

    namespace: str
    labels: Labels
    gateway: str = ""
    gateway_class: str = ""
    waypoint: bool = False
    targets: frozenset[tuple[str, str]] = frozenset()
    targets_namespace: str = ""

    @property
    def namespace_of_targets(self) -> str:
        """The namespace of the services, where policies that name one of them are too."""
        return self.targets_namespace or self.namespace


def attached(mesh: Snapshot, kind: Kind, proxy: ProxyIdentity) -> Sequence[Resource]:
    """The policies of a kind that a proxy is given, those of the root namespace first."""
    root = mesh_settings(mesh).root_namespace
    found = [
        policy
        for policy in mesh[kind]
        if policy.namespace in (root, proxy.namespace, proxy.namespace_of_targets)
        and _is_for(policy, proxy, at_root=policy.namespace == root)
    ]
    return sorted(found, key=lambda policy: policy.namespace != root)


def _is_for(policy: Resource, proxy: ProxyIdentity, *, at_root: bool) -> bool:
    if has_target_refs(policy):
        return any(_names(reference, proxy, policy.namespace, at_root=at_root) for reference in target_refs(policy))
    # Waypoints take only what names them or a service of theirs.
    return not proxy.waypoint and matches(match_labels(policy), proxy.labels)


def _names(reference: Field, proxy: ProxyIdentity, namespace: str, *, at_root: bool) -> bool:
    group, kind, name = reference["group"].text, reference["kind"].text, reference["name"].text
    if group == GROUP and kind == KUBERNETES_GATEWAY.name:
        return namespace == proxy.namespace and bool(name) and name == proxy.gateway
    if group == GROUP and kind == GATEWAY_CLASS.name:
        return at_root and bool(name) and name == proxy.gateway_class
    return namespace == proxy.namespace_of_targets and (kind, name) in proxy.targets
