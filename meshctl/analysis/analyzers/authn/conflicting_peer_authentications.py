"""PeerAuthentications that contradict each other."""

from __future__ import annotations

from collections.abc import Hashable, Iterator

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import MTLS_CONTRADICTION, Message
from meshctl.model.kinds.peer_authentication import PEER_AUTHENTICATION
from meshctl.model.policy_scope import match_labels
from meshctl.model.resource import Resource
from meshctl.model.selectors import SelectorIndex
from meshctl.model.snapshot import Snapshot
from meshctl.model.workloads import WORKLOAD_KINDS, pods


@analyzer(
    "authn.ConflictingPeerAuthenticationsAnalyzer",
    inputs={PEER_AUTHENTICATION, *WORKLOAD_KINDS},
    emits={MTLS_CONTRADICTION},
)
def conflicting_peer_authentications(mesh: Snapshot) -> Iterator[Message]:
    """Checks that PeerAuthentications for the same workloads agree."""
    conflicts: dict[Resource, dict[Resource, None]] = {}
    for group in _groups(mesh):
        if len({_settings(policy) for policy in group}) > 1:
            for policy in group:
                others = conflicts.setdefault(policy, {})
                others.update((other, None) for other in group if _settings(other) != _settings(policy))
    for policy, found in conflicts.items():
        field = policy.spec["selector"] if match_labels(policy) else policy.at("metadata", "name")
        yield MTLS_CONTRADICTION.at(
            field,
            related=[other.at("metadata", "name") for other in found],
            others=[other.full_name for other in found],
            modes=sorted({_mode(policy), *map(_mode, found)}),
        )


def _groups(mesh: Snapshot) -> Iterator[tuple[Resource, ...]]:
    """Sets of policies with the same scope: no selector, equal selectors, or selectors that meet on a pod."""
    scopes: dict[tuple[str, Hashable], list[Resource]] = {}
    indexes: dict[str, SelectorIndex[tuple[str, Hashable]]] = {}
    for policy in mesh[PEER_AUTHENTICATION]:
        labels = match_labels(policy)
        scope = (policy.namespace, frozenset((key, str(value)) for key, value in labels.items()))
        if labels and scope not in scopes:
            indexes.setdefault(policy.namespace, SelectorIndex()).add(labels, scope)
        scopes.setdefault(scope, []).append(policy)
    meeting = {frozenset([scope]) for scope in scopes}
    for pod in pods(mesh):
        if pod.namespace in indexes:
            meeting.add(frozenset(indexes[pod.namespace].matching(pod.labels)))
    for group in meeting:
        members = [policy for scope in group for policy in scopes[scope]]
        if len(members) > 1:
            yield tuple(sorted(members, key=lambda policy: policy.full_name))


def _mode(policy: Resource) -> str:
    return policy.spec["mtls"]["mode"].text or "UNSET"


def _settings(policy: Resource) -> Hashable:
    ports = frozenset((str(port), found["mode"].text) for port, found in policy.spec["portLevelMtls"].items())
    return _mode(policy), ports
