"""Policies that select the pods of a Gateway instead of naming it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import SELECTOR_IGNORED_BY_GATEWAY, Message
from meshctl.model.kinds.authorization_policy import AUTHORIZATION_POLICY
from meshctl.model.kinds.request_authentication import REQUEST_AUTHENTICATION
from meshctl.model.kinds.telemetry import TELEMETRY
from meshctl.model.kinds.wasm_plugin import WASM_PLUGIN
from meshctl.model.membership import GATEWAY_NAME, is_waypoint_pod
from meshctl.model.policy_scope import has_target_refs, match_labels
from meshctl.model.selectors import LabelIndex
from meshctl.model.snapshot import Snapshot
from meshctl.model.workloads import WORKLOAD_KINDS, Workload, pods

_POLICIES = (AUTHORIZATION_POLICY, REQUEST_AUTHENTICATION, TELEMETRY, WASM_PLUGIN)


@analyzer("k8sgateway.SelectorAnalyzer", inputs={*_POLICIES, *WORKLOAD_KINDS}, emits={SELECTOR_IGNORED_BY_GATEWAY})
def gateway_selector(mesh: Snapshot) -> Iterator[Message]:
    """Checks that policies for a Gateway of the Gateway API name it in targetRefs."""
    gateways = _gateway_pods(mesh)
    for kind in _POLICIES:
        for policy in mesh[kind]:
            selector = policy.spec["selector"]
            here = gateways.get(policy.namespace)
            if here is None or not selector.present or has_target_refs(policy):
                continue
            for name in dict.fromkeys(str(pod.labels[GATEWAY_NAME]) for pod in here.select(match_labels(policy))):
                yield SELECTOR_IGNORED_BY_GATEWAY.at(selector, gateway=name)


def _gateway_pods(mesh: Snapshot) -> Mapping[str, LabelIndex[Workload]]:
    found: dict[str, LabelIndex[Workload]] = {}
    for pod in pods(mesh):
        if GATEWAY_NAME in pod.labels and not is_waypoint_pod(pod):
            found.setdefault(pod.namespace, LabelIndex()).add(pod.labels, pod)
    return found
