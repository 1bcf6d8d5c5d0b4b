"""Whether a pod gets a proxy: the rules of the injector itself, in the order in which it asks them.

The rules of the API server, which calls the injector or does not, are in `webhooks.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from meshctl.model.selectors import matches_label_selector

INJECT = "sidecar.istio.io/inject"

SYSTEM_NAMESPACES = frozenset({"kube-system", "kube-public", "kube-node-lease", "local-path-storage"})
"""Namespaces whose pods are never injected."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What the injector's configuration says: `enabled` injects pods that say nothing, `disabled` leaves them."""

    mode: str = "enabled"
    never: Sequence[Mapping[str, Any]] = ()
    always: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome, the rule that decided (a stable word for reports), and the reason as a sentence part."""

    inject: bool
    rule: str
    reason: str
    warning: str = ""


def decide(pod: Mapping[str, Any], namespace: str, policy: Policy) -> Decision:
    """Whether a pod of that namespace is injected."""
    spec, metadata = _mapping(pod, "spec"), _mapping(pod, "metadata")
    if spec.get("hostNetwork") is True:
        return Decision(False, "host-network", "it uses the network of its node")
    if namespace in SYSTEM_NAMESPACES:
        return Decision(False, "system-namespace", f"{namespace} is a namespace of the system")
    labels, annotations = _mapping(metadata, "labels"), _mapping(metadata, "annotations")
    place, value = "", ""
    # A label counts even when it is empty: the annotation is then not looked at.
    if INJECT in labels:
        place, value = "label", _text(labels[INJECT])
    elif INJECT in annotations:
        place, value = "annotation", _text(annotations[INJECT])
    if value in ("true", "false"):
        found = Decision(value == "true", place, f"its {place} {INJECT} is {value}")
    else:
        warning = f"its {place} {INJECT} is {value!r}, neither true nor false: it does not count" if value else ""
        found = _by_selector(labels, policy, warning) or _by_default(policy, warning)
    if policy.mode not in ("enabled", "disabled"):
        return Decision(False, "policy", f"the policy of the configuration is {policy.mode!r}, which injects nothing")
    return found


def _by_selector(labels: Mapping[str, Any], policy: Policy, warning: str) -> Decision | None:
    for inject, rule, selectors in ((False, "never-selector", policy.never), (True, "always-selector", policy.always)):
        for index, selector in enumerate(selectors):
            if is_selective(selector) and matches_label_selector(selector, labels):
                name = "alwaysInjectSelector" if inject else "neverInjectSelector"
                return Decision(inject, rule, f"{name} {index + 1} of the configuration matches its labels", warning)
    return None


def _by_default(policy: Policy, warning: str) -> Decision:
    inject = policy.mode == "enabled"
    return Decision(inject, "policy", f"the policy of the configuration is {policy.mode}", warning)


def is_selective(selector: Any) -> bool:
    """Whether a label selector has any condition: the injector ignores those without."""
    return isinstance(selector, dict) and bool(selector.get("matchLabels") or selector.get("matchExpressions"))


def _mapping(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = data.get(key)
    return found if isinstance(found, dict) else {}


def _text(value: Any) -> str:
    """A value that should be a text, as Kubernetes reads it into one."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else "" if value is None else str(value)
