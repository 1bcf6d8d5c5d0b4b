"""AuthorizationPolicies as the filters that istiod makes of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from meshctl.diagnose.authz.authorizers import authorizer
from meshctl.diagnose.authz.matchers import Json
from meshctl.diagnose.authz.rules import MATCHES_NOTHING, Reader
from meshctl.model.kinds.authorization_policy import action, is_dry_run
from meshctl.model.mesh_settings import MeshSettings
from meshctl.model.resource import Resource
from meshctl.proxyconfig.rbac.policy_keys import BAD_CUSTOM_SUFFIX, CUSTOM_PREFIX
from meshctl.proxyconfig.rbac.stack import Filter

_NAMES = {True: "envoy.filters.http.rbac", False: "envoy.filters.network.rbac"}
_TYPES = {
    True: "type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC",
    False: "type.googleapis.com/envoy.extensions.filters.network.rbac.v3.RBAC",
}
_ASK_STATISTICS = "istio_ext_authz_"

_ACTIONS = {"AUDIT": "LOG", "DENY": "DENY", "ALLOW": "ALLOW"}
"""Istio's actions in the order of their filters, and those of Envoy."""


@dataclass(frozen=True, slots=True)
class Translation:
    """How policies become filters: for which trust domains and providers, and for a port that speaks HTTP or not."""

    settings: MeshSettings
    domains: Sequence[str]
    http: bool

    def filters(self, policies: Iterable[Resource]) -> Iterator[Filter]:
        """A filter for each action, as far as there are policies with it: AUDIT, DENY, ALLOW."""
        every = list(policies)
        for name, envoy_action in _ACTIONS.items():
            of_action = [policy for policy in every if action(policy) == name]
            enforced = [policy for policy in of_action if not is_dry_run(policy)]
            tried = [policy for policy in of_action if is_dry_run(policy)]
            if of_action:
                yield self._filter(
                    {
                        **({"rules": self._rules(enforced, envoy_action)} if enforced else {}),
                        **({"shadow_rules": self._rules(tried, envoy_action)} if tried else {}),
                    },
                    "istio_dry_run_deny_" if name == "DENY" else "istio_dry_run_allow_",
                )

    def asking(self, policies: Iterable[Resource]) -> Iterator[Filter]:
        """The filters that have an external authorizer decide, for policies with the action CUSTOM.

        The first one only notes that a rule fits, the second one asks then. Rules whose provider is not defined, or
        beside which there are rules for another one, deny what they fit.
        """
        custom = [policy for policy in policies if action(policy) == "CUSTOM" and not is_dry_run(policy)]
        if not custom:
            return
        rules = self._rules(custom, "DENY", prefix=CUSTOM_PREFIX)
        names = sorted({policy.spec["provider"]["name"].text for policy in custom})
        asked = authorizer(self.settings, names[0], http=self.http) if len(names) == 1 else None
        if asked is None:
            bad = {f"{key}{BAD_CUSTOM_SUFFIX}": policy for key, policy in rules.get("policies", {}).items()}
            yield self._filter({"rules": {"action": "DENY", "policies": bad}}, "")
            return
        yield self._filter({"shadow_rules": rules}, _ASK_STATISTICS)
        noted = {
            "filter": _NAMES[self.http],
            "path": [{"key": f"{_ASK_STATISTICS}shadow_effective_policy_id"}],
            "value": {"string_match": {"prefix": CUSTOM_PREFIX.removesuffix("-")}},
        }
        yield Filter(asked.name, {**asked.config, "filter_enabled_metadata": noted}, http=self.http)

    def _rules(self, policies: Sequence[Resource], envoy_action: str, prefix: str = "") -> dict[str, Any]:
        made: dict[str, Json] = {}
        for policy in policies:
            reader = Reader(policy.namespace, self.domains, self.http, allow=envoy_action == "ALLOW")
            rules = policy.spec["rules"]
            for index, rule in enumerate(rules):
                if (found := reader.policy(rule)) is not None:
                    made[_key(policy, index, prefix)] = found
            if not rules:
                made[_key(policy, 0, prefix)] = MATCHES_NOTHING
        # ALLOW is the default, which Envoy leaves out when it writes a configuration.
        return {
            **({} if envoy_action == "ALLOW" else {"action": envoy_action}),
            **({"policies": made} if made else {}),
        }

    def _filter(self, rules: Mapping[str, Any], statistics: str) -> Filter:
        config = {
            "@type": _TYPES[self.http],
            **rules,
            **({} if self.http else {"stat_prefix": "tcp."}),
            **({"shadow_rules_stat_prefix": statistics} if statistics else {}),
        }
        return Filter(_NAMES[self.http], config, http=self.http)


def _key(policy: Resource, rule: int, prefix: str) -> str:
    return f"{prefix}ns[{policy.namespace}]-policy[{policy.name}]-rule[{rule}]"
