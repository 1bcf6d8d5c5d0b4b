"""Rules about tokens that nobody reads."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import CLAIMS_WITHOUT_AUTHENTICATION, Message
from meshctl.model.kinds.authorization_policy import AUTHORIZATION_POLICY
from meshctl.model.kinds.request_authentication import REQUEST_AUTHENTICATION
from meshctl.model.mesh_settings import SETTINGS_KINDS, mesh_settings
from meshctl.model.policy_scope import has_target_refs, match_labels, target_refs
from meshctl.model.resource import Field, Resource
from meshctl.model.snapshot import Snapshot
from meshctl.model.workloads import WORKLOAD_KINDS, pods_by_label, pods_by_namespace

_Target = tuple[str, str, str]


@analyzer(
    "auth.RequestPrincipalAnalyzer",
    inputs={AUTHORIZATION_POLICY, REQUEST_AUTHENTICATION, *WORKLOAD_KINDS, *SETTINGS_KINDS},
    emits={CLAIMS_WITHOUT_AUTHENTICATION},
)
def request_principals(mesh: Snapshot) -> Iterator[Message]:
    """Checks that rules about tokens have a RequestAuthentication that reads the tokens."""
    readers = _Readers(mesh)
    for policy in mesh[AUTHORIZATION_POLICY]:
        asked = list(_asked(policy))
        if asked and not readers.cover(policy):
            for field, what in asked:
                yield CLAIMS_WITHOUT_AUTHENTICATION.at(field, needs=(REQUEST_AUTHENTICATION,), what=what)


def _asked(policy: Resource) -> Iterator[tuple[Field, str]]:
    """What only a token can satisfy. Conditions with a `not` are satisfied by a request without any token."""
    for rule in policy.spec["rules"]:
        for origin in rule["from"]:
            if origin["source"]["requestPrincipals"]:
                yield origin["source"]["requestPrincipals"], "a request principal"
        for condition in rule["when"]:
            if condition["key"].text.startswith("request.auth.") and condition["values"]:
                yield condition["key"], condition["key"].text


class _Readers:
    """The workloads and targets for which some RequestAuthentication reads tokens."""

    def __init__(self, mesh: Snapshot) -> None:
        self._mesh = mesh
        self._root = mesh_settings(mesh).root_namespace
        self._whole: set[str] = set()
        self._selecting: set[str] = set()
        self._targets: dict[str, set[_Target]] = {}
        self._pods: set[int] = set()
        for reader in mesh[REQUEST_AUTHENTICATION]:
            labels = match_labels(reader)
            if has_target_refs(reader):
                self._targets.setdefault(reader.namespace, set()).update(map(_target, target_refs(reader)))
            elif not labels:
                self._whole.add(reader.namespace)
            else:
                self._selecting.add(reader.namespace)
                self._pods.update(id(pod) for pod in self._select(reader))

    def _select(self, policy: Resource) -> Iterator[object]:
        labels = match_labels(policy)
        if policy.namespace == self._root:
            yield from pods_by_label(self._mesh).select(labels)
            return
        index = pods_by_namespace(self._mesh).get(policy.namespace)
        if index is not None:
            yield from index.select(labels)

    def cover(self, policy: Resource) -> bool:
        """Whether tokens are read for some of what a policy is for. Where no pod is known, any reader nearby counts."""
        if self._whole & {policy.namespace, self._root}:
            return True
        if has_target_refs(policy):
            known = self._targets.get(policy.namespace, set())
            # A waypoint named by a reader may serve any service that the policy names.
            return bool(known & set(map(_target, target_refs(policy)))) or any(
                kind == "Gateway" for _, kind, _ in known
            )
        if policy.namespace == self._root and not match_labels(policy):
            return bool(self._selecting or self._targets or self._whole)
        selected = list(self._select(policy))
        if selected:
            return any(id(pod) in self._pods for pod in selected)
        return bool(self._selecting & {policy.namespace, self._root})


def _target(reference: Field) -> _Target:
    return reference["group"].text, reference["kind"].text, reference["name"].text
