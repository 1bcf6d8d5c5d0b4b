"""Authorization policies that select nothing, and rules for namespaces that do not exist."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import NO_MATCHING_WORKLOADS, NOT_FOUND, Message
from meshctl.model.kinds.authorization_policy import AUTHORIZATION_POLICY
from meshctl.model.kinds.istio_operator import ISTIO_OPERATOR
from meshctl.model.kinds.mesh_config import MESH_CONFIG
from meshctl.model.kinds.namespace import NAMESPACE
from meshctl.model.known_namespaces import known_namespaces
from meshctl.model.mesh_settings import mesh_settings
from meshctl.model.policy_scope import (
    SCOPE_KINDS,
    SELECTABLE_KINDS,
    has_target_refs,
    match_labels,
    peopled_namespaces,
    selectable,
)
from meshctl.model.resource import Resource
from meshctl.model.selectors import selector_text
from meshctl.model.snapshot import Snapshot


@analyzer(
    "auth.AuthorizationPoliciesAnalyzer",
    inputs={AUTHORIZATION_POLICY, MESH_CONFIG, ISTIO_OPERATOR, *SCOPE_KINDS},
    emits={NOT_FOUND, NO_MATCHING_WORKLOADS},
)
def authorization_policies(mesh: Snapshot) -> Iterator[Message]:
    """Checks the workloads that authorization policies select, and the namespaces in their rules."""
    root = mesh_settings(mesh).root_namespace
    workloads = selectable(mesh)
    for policy in mesh[AUTHORIZATION_POLICY]:
        selector = policy.spec["selector"]
        labels = match_labels(policy)
        if has_target_refs(policy) or (policy.namespace == root and not selector.present):
            found = True  # a policy of the root namespace without a selector is for the whole mesh
        elif policy.namespace == root:
            found = workloads.everywhere.any(labels)
        else:
            found = workloads.within(policy.namespace).any(labels)
        if not found:
            proven = policy.namespace in peopled_namespaces(mesh)
            text = selector_text(labels)
            if selector.present:
                yield NO_MATCHING_WORKLOADS.at(
                    selector, needs=SELECTABLE_KINDS, proven=proven, labels=text or "any labels"
                )
            else:
                yield NO_MATCHING_WORKLOADS.on(
                    policy,
                    needs=SELECTABLE_KINDS,
                    proven=proven,
                    labels=f"all pods of namespace {policy.namespace}",
                )
        yield from _namespaces(mesh, policy)


def _namespaces(mesh: Snapshot, policy: Resource) -> Iterator[Message]:
    known = known_namespaces(mesh)
    for rule in policy.spec["rules"]:
        for origin in rule["from"]:
            for key in ("namespaces", "notNamespaces"):
                for namespace in origin["source"][key]:
                    if namespace.text and not known.match(namespace.text):
                        yield NOT_FOUND.at(
                            namespace,
                            needs=(NAMESPACE,),
                            reftype="namespace",
                            refval=namespace.text,
                            hint="rules compare this text with the namespace of the client's certificate",
                        )
