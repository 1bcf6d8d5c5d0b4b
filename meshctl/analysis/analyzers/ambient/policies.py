"""Policies about HTTP in ambient namespaces that no waypoint enforces."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import NO_WAYPOINT, Message
from meshctl.model.kinds.authorization_policy import AUTHORIZATION_POLICY
from meshctl.model.kinds.namespace import NAMESPACE
from meshctl.model.kinds.request_authentication import REQUEST_AUTHENTICATION
from meshctl.model.kinds.service import SERVICE
from meshctl.model.kinds.service_entry import SERVICE_ENTRY
from meshctl.model.kinds.wasm_plugin import WASM_PLUGIN
from meshctl.model.membership import (
    DATAPLANE_MODE,
    GATEWAY_NAME,
    INJECT,
    PROXY_CONTAINER,
    USE_WAYPOINT,
    is_ambient,
    namespace_labels,
)
from meshctl.model.policy_scope import has_target_refs, match_labels, target_refs
from meshctl.model.resource import Field, Resource
from meshctl.model.snapshot import Snapshot
from meshctl.model.workloads import WORKLOAD_KINDS, Workload, pods_by_namespace

_OPERATION = ("methods", "notMethods", "paths", "notPaths", "hosts", "notHosts")
_SOURCE = ("requestPrincipals", "notRequestPrincipals")

_OTHERS = {REQUEST_AUTHENTICATION: "reading tokens", WASM_PLUGIN: "a Wasm extension"}


@analyzer(
    "ambient.PolicyAnalyzer",
    inputs={AUTHORIZATION_POLICY, *_OTHERS, NAMESPACE, SERVICE, SERVICE_ENTRY, *WORKLOAD_KINDS},
    emits={NO_WAYPOINT},
)
def ambient_policies(mesh: Snapshot) -> Iterator[Message]:
    """Checks that policies which need to see HTTP are attached to a waypoint where ambient mode is on."""
    for policy in mesh[AUTHORIZATION_POLICY]:
        http = next(_http_conditions(policy), None)
        if http is not None:
            yield from _check(mesh, policy, http, "a rule about HTTP")
    for kind, what in _OTHERS.items():
        for policy in mesh[kind]:
            yield from _check(mesh, policy, policy.at("metadata", "name"), what)


def _http_conditions(policy: Resource) -> Iterator[Field]:
    for rule in policy.spec["rules"]:
        for target in rule["to"]:
            yield from (target["operation"][key] for key in _OPERATION if target["operation"][key])
        for origin in rule["from"]:
            yield from (origin["source"][key] for key in _SOURCE if origin["source"][key])
        for condition in rule["when"]:
            if condition["key"].text.startswith("request."):
                yield condition["key"]


def _check(mesh: Snapshot, policy: Resource, place: Field, what: str) -> Iterator[Message]:
    namespace = policy.namespace
    if not is_ambient(namespace_labels(mesh, namespace)):
        return
    if not has_target_refs(policy):
        if _reaches_ambient_pods(mesh, policy):
            reason = "no waypoint takes a policy without targetRefs"
            if policy.kind is AUTHORIZATION_POLICY:
                reason += ", and ztunnel, which takes it, sees no HTTP and denies more than is written"
            yield NO_WAYPOINT.at(place, what=what, namespace=namespace, reason=reason)
        return
    for reference in target_refs(policy):
        kind = {"Service": SERVICE, "ServiceEntry": SERVICE_ENTRY}.get(reference["kind"].text)
        target = mesh.find(kind, namespace, reference["name"].text) if kind else None
        if target is not None and not _behind_waypoint(mesh, target):
            reason = f"{target.kind.name} {target.name} uses none"
            yield NO_WAYPOINT.at(reference["name"], what=what, namespace=namespace, reason=reason)


def _behind_waypoint(mesh: Snapshot, target: Resource) -> bool:
    name = target.labels.get(USE_WAYPOINT, namespace_labels(mesh, target.namespace).get(USE_WAYPOINT))
    return bool(name) and name != "none"


def _reaches_ambient_pods(mesh: Snapshot, policy: Resource) -> bool:
    """Whether pods that ztunnel serves are meant, or pods of which nothing is known."""
    index = pods_by_namespace(mesh).get(policy.namespace)
    known = False
    for pod in index.select(match_labels(policy)) if index is not None else ():
        if _in_ambient(pod):
            return True
        known = True
    return not known


def _in_ambient(pod: Workload) -> bool:
    """Whether a pod of an ambient namespace keeps out neither by a label nor by having a proxy of its own."""
    labels = pod.labels
    if labels.get(DATAPLANE_MODE) == "none" or labels.get(INJECT) == "true" or GATEWAY_NAME in labels:
        return False
    return not any(found["name"].value == PROXY_CONTAINER for found in pod.containers(init=True))
