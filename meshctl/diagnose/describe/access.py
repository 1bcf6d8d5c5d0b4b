"""Which authorization policies decide about requests to a port of a pod."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from meshctl.diagnose.authz.policy_stack import policy_stack
from meshctl.model.attached_policies import ProxyIdentity
from meshctl.model.membership import GATEWAY_CLASS_NAME, GATEWAY_NAME
from meshctl.model.snapshot import Snapshot
from meshctl.model.workloads import Workload
from meshctl.proxyconfig.rbac import policy_keys
from meshctl.proxyconfig.rbac.stack import Filter


@dataclass(frozen=True, slots=True)
class AppliedRule:
    """A rule of an authorization policy that a proxy applies."""

    key: str
    """What the proxy calls it: `ns[shop]-policy[allow-web]-rule[0]`."""
    action: str
    """As Envoy has it: ALLOW, DENY, LOG; or CUSTOM where an authorizer is asked."""
    policy: str
    namespace: str
    dry_run: bool = False
    """Whether the rule is only tried."""


def rules_in(filters: Iterable[Filter]) -> tuple[AppliedRule, ...]:
    """The rules in filters of access control, in the order of the filters and of their keys, each once."""
    return tuple(dict.fromkeys(rule for one in filters if one.name.endswith(".rbac") for rule in _rules(one.config)))


def derived_rules(mesh: Snapshot, pod: Workload, *, http: bool) -> tuple[AppliedRule, ...]:
    """The rules that the control plane would send to the proxy of a pod, for a port that speaks HTTP or not."""
    labels = pod.labels
    identity = ProxyIdentity(
        pod.namespace,
        labels,
        gateway=str(labels.get(GATEWAY_NAME, "")),
        gateway_class=str(labels.get(GATEWAY_CLASS_NAME, "")),
    )
    return rules_in(policy_stack(mesh, identity, http=http).filters)


def _rules(config: Mapping[str, Any]) -> Iterator[AppliedRule]:
    for field, tried in (("rules", False), ("shadow_rules", True)):
        rules = config.get(field)
        if not isinstance(rules, dict):
            continue
        policies = rules.get("policies")
        for key in sorted(policies) if isinstance(policies, dict) else ():
            found = policy_keys.parse(key)
            custom = key.startswith(policy_keys.CUSTOM_PREFIX)
            # An authorizer is asked about what the shadow rules note: these are no dry run.
            action = "CUSTOM" if custom else str(rules.get("action", "ALLOW"))
            yield AppliedRule(key, action, found.policy, found.namespace, tried and not custom)
