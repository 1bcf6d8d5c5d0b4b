"""Whether the API server calls an injector for a pod: the selectors of the MutatingWebhookConfigurations.

They look at the labels of the pod and of its namespace only. What the injector itself decides afterwards, knowing the
whole pod, is in `decision.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from meshctl.model.injectors import DEACTIVATED
from meshctl.model.resource import Resource
from meshctl.model.selectors import matches_label_selector

Labels = Mapping[str, Any]

_SUFFIX = "istio.io"
_REVISION = "istio.io/rev"
_INJECTION = "istio-injection"
_NAME_LABEL = "kubernetes.io/metadata.name"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a webhook configuration does with a pod, and why."""

    webhook: str
    revision: str
    called: bool
    reason: str


def is_injector(configuration: Resource) -> bool:
    """Whether a MutatingWebhookConfiguration belongs to an injector."""
    return any(str(entry.get("name", "")).endswith(_SUFFIX) for entry in _entries(configuration))


def verdict(configuration: Resource, namespace_labels: Labels, pod_labels: Labels) -> Verdict:
    """What a configuration does with a pod of those labels in a namespace of those labels."""
    called, reason = _decide(list(_entries(configuration)), namespace_labels, pod_labels)
    return Verdict(configuration.name, str(configuration.labels.get(_REVISION, "")), called, reason)


def _entries(configuration: Resource) -> Iterator[Mapping[str, Any]]:
    found = configuration.data.get("webhooks")
    for entry in found if isinstance(found, list) else ():
        if isinstance(entry, dict):
            yield entry


def _decide(entries: Sequence[Mapping[str, Any]], namespace: Labels, pod: Labels) -> tuple[bool, str]:
    for entry in entries:
        in_namespace, in_pod = entry.get("namespaceSelector"), entry.get("objectSelector")
        namespace_fits = matches_label_selector(in_namespace, namespace)
        pod_fits = matches_label_selector(in_pod, pod)
        if namespace_fits and pod_fits:
            by_namespace, by_pod = _deciding(in_namespace, namespace), _deciding(in_pod, pod)
            found = [f"namespace label {by_namespace}"] if by_namespace else []
            found += [f"pod label {by_pod}"] if by_pod else []
            if found:
                everywhere = by_namespace.startswith(f"{_NAME_LABEL}=")
                return True, " and ".join(found) + (", which every namespace has" if everywhere else "")
        elif namespace_fits:
            preventing = _preventing(in_pod, pod)
            if preventing:
                return False, f"pod label {preventing} prevents it"
        elif pod_fits and namespace.get(_INJECTION, "enabled") != "enabled":
            return False, f"namespace label {_INJECTION}={namespace[_INJECTION]} prevents it"
    for entry in entries:
        if entry.get("namespaceSelector") == DEACTIVATED and entry.get("objectSelector") == DEACTIVATED:
            return False, "the webhook is deactivated"
    return False, _wanted(entries)


def _expressions(selector: Any) -> Iterator[Mapping[str, Any]]:
    found = selector.get("matchExpressions") if isinstance(selector, dict) else None
    for expression in found if isinstance(found, list) else ():
        if isinstance(expression, dict) and isinstance(expression.get("key"), str):
            yield expression


def _deciding(selector: Any, labels: Labels) -> str:
    """The first label that an expression about values looks at, `key=value`; empty without one."""
    for expression in _expressions(selector):
        key = expression["key"]
        if expression.get("operator") in ("In", "NotIn") and key in labels:
            return f"{key}={labels[key]}"
    return ""


def _preventing(selector: Any, labels: Labels) -> str:
    for expression in _expressions(selector):
        key, operator = expression["key"], expression.get("operator")
        if key in labels and (
            operator == "DoesNotExist" or (operator == "NotIn" and labels[key] in (expression.get("values") or ()))
        ):
            return f"{key}={labels[key]}"
    return ""


def _wanted(entries: Sequence[Mapping[str, Any]]) -> str:
    parts = []
    for what, key in (("namespace", "namespaceSelector"), ("pod", "objectSelector")):
        pairs: dict[str, None] = {}
        for entry in entries:
            for expression in _expressions(entry.get(key)):
                if expression.get("operator") == "In":
                    pairs |= {f"{expression['key']}={value}": None for value in expression.get("values") or ()}
        if pairs:
            parts.append(f"{what} label {', '.join(pairs)}")
    return f"no label matches; wanted: {'; or '.join(parts)}" if parts else "no label matches"
