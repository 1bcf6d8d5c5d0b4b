"""Rules about tokens that nobody reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import CLAIMS_WITHOUT_AUTHENTICATION, Message
from meshctl.model.kinds.authorization_policy import AUTHORIZATION_POLICY
from meshctl.model.kinds.request_authentication import REQUEST_AUTHENTICATION
from meshctl.model.mesh_settings import SETTINGS_KINDS, mesh_settings
from meshctl.model.policy_scope import has_target_refs, match_labels, target_refs
from meshctl.model.resource import Field, Resource
from meshctl.model.selectors import LabelIndex, Labels, selector_text
from meshctl.model.snapshot import Snapshot
from meshctl.model.workloads import WORKLOAD_KINDS, Workload, pods_by_label, pods_by_namespace

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
        self._everywhere = pods_by_label(mesh)
        self._by_namespace = pods_by_namespace(mesh)
        self._root = mesh_settings(mesh).root_namespace
        self._whole: set[str] = set()
        self._targets: dict[str, set[_Target]] = {}
        self._selectors: dict[tuple[str, str], Labels] = {}
        for reader in mesh[REQUEST_AUTHENTICATION]:
            labels = match_labels(reader)
            if has_target_refs(reader):
                self._targets.setdefault(reader.namespace, set()).update(map(_target, target_refs(reader)))
            elif labels:
                self._selectors[reader.namespace, selector_text(labels)] = labels
            else:
                self._whole.add(reader.namespace)
        self._selecting = {namespace for namespace, _ in self._selectors}
        self._read: LabelIndex[Workload] = LabelIndex()
        self._read_in: dict[str, LabelIndex[Workload]] = {}
        for pod in self._pods_read():
            self._read.add(pod.labels, pod)
            self._read_in.setdefault(pod.namespace, LabelIndex()).add(pod.labels, pod)

    def _pods_read(self) -> Iterable[Workload]:
        """Every pod that a selector of a reader selects, once."""
        found: dict[Workload, None] = {}
        for (namespace, _), labels in self._selectors.items():
            index = self._everywhere if namespace == self._root else self._by_namespace.get(namespace)
            if index is not None:
                found.update(dict.fromkeys(index.select(labels)))
        return found

    def cover(self, policy: Resource) -> bool:
        """Whether tokens are read for some of what a policy is for. Where no pod is known, any reader nearby counts."""
        namespace, labels = policy.namespace, match_labels(policy)
        if self._whole & {namespace, self._root}:
            return True
        if has_target_refs(policy):
            known = self._targets.get(namespace, set())
            # A waypoint named by a reader may serve any service that the policy names.
            return bool(known & set(map(_target, target_refs(policy)))) or any(
                kind == "Gateway" for _, kind, _ in known
            )
        if namespace == self._root:
            if not labels:
                return bool(self._selectors or self._targets or self._whole)
            pods, read = self._everywhere, self._read
        else:
            pods = self._by_namespace.get(namespace, LabelIndex())
            read = self._read_in.get(namespace, LabelIndex())
        if pods.any(labels):
            return read.any(labels)
        return bool(self._selecting & {namespace, self._root})


def _target(reference: Field) -> _Target:
    return reference["group"].text, reference["kind"].text, reference["name"].text
