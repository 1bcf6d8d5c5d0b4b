"""The table of the authorization policies that a proxy applies, out of the rules of its filters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from meshctl.proxyconfig.dump import ConfigDump, State
from meshctl.proxyconfig.envoy import plain_data
from meshctl.proxyconfig.json_names import with_field_names
from meshctl.proxyconfig.rbac.policy_keys import CUSTOM_PREFIX, parse
from meshctl.proxyconfig.rbac.stacks import filters_of
from meshctl.proxyconfig.rbac.verdict import PolicyRule
from meshctl.proxyconfig.view import Shown, Table

NOTHING = "_anonymous_match_nothing_"
"""The name of rules without any policy: as ALLOW they deny everything."""

_COLUMNS = ("ACTION", "AuthorizationPolicy", "RULES")
_WIDE_COLUMNS = ("DRY RUN", "FILTER CHAINS", "LISTENERS")
_ORDER = ("DENY", "ALLOW", "LOG", "CUSTOM")
_RBAC = ("envoy.filters.http.rbac", "envoy.filters.network.rbac")


@dataclass(slots=True)
class Applied:
    """A policy as the filters have it."""

    action: str
    name: str
    namespace: str
    dry_run: bool
    rules: set[int] = field(default_factory=set)
    """The numbers of its rules, counted from 0."""
    chains: set[tuple[str, int]] = field(default_factory=set)
    """The filter chains that have it: the listener of each, and the place there."""

    @property
    def full_name(self) -> str:
        """Name and namespace: `orders-deny.held`."""
        return f"{self.name}.{self.namespace}" if self.namespace else self.name

    @property
    def listeners(self) -> list[str]:
        """The names of the listeners."""
        return sorted({listener for listener, _ in self.chains})


def applied(dump: ConfigDump, *, dry_run: bool = False) -> tuple[list[Applied], list[str]]:
    """The policies in the order of the table, and keys of rules that are not istiod's."""
    found: dict[tuple[str, str, bool], Applied] = {}
    strange: dict[str, None] = {}
    for entry in dump.listeners:
        # Most listeners of a large dump have no such filter: their text says so, without reading it all.
        if entry.state is not State.ACTIVE or b".rbac" not in bytes(memoryview(entry.raw)):
            continue
        for number, chain in enumerate(entry.resource.filter_chains):
            for one in filters_of(dump, chain).filters:
                if one.name not in _RBAC:
                    continue
                with plain_data(f"Listener {entry.resource.name}, filter {one.name}"):
                    rules = list(_rules(with_field_names(one.config)))
                for action, rule, shadow in rules:
                    if shadow and not dry_run:
                        continue
                    if not rule.policy and rule.key != NOTHING:
                        strange[rule.key] = None
                    name = NOTHING if rule.key == NOTHING else rule.policy
                    key = action, f"{name}.{rule.namespace}", shadow
                    policy = found.setdefault(key, Applied(action, name, rule.namespace, shadow))
                    policy.rules.add(rule.rule)
                    policy.chains.add((entry.resource.name, number))
    ordered = sorted(found.values(), key=lambda one: (_place(one.action), one.full_name, one.dry_run))
    return ordered, list(strange)


def _place(action: str) -> int:
    """The place of policies of an action; one that Envoy may get later, or a damaged one, comes last."""
    return _ORDER.index(action) if action in _ORDER else len(_ORDER)


def _rules(config: Mapping[str, Any]) -> Iterator[tuple[str, PolicyRule, bool]]:
    """Action and rule of each policy of a filter, and whether it is a dry run."""
    if "rules" in config:
        rules = config["rules"]
        action = rules.get("action", "ALLOW")
        for key in rules.get("policies", {}) or (NOTHING,):
            yield action, parse(key), False
    shadow = config.get("shadow_rules", {})
    for key in shadow.get("policies", {}):
        if key.startswith(CUSTOM_PREFIX):
            yield "CUSTOM", parse(key), False
        else:
            yield shadow.get("action", "ALLOW"), parse(key), True


def shown(policies: list[Applied]) -> Shown:
    """What can be printed about policies."""
    return Shown(
        table=lambda wide: table(policies, wide=wide),
        document=lambda: [_data(one) for one in policies],
        names=lambda: [f"authorizationpolicy/{one.full_name}" for one in policies],
    )


def table(policies: list[Applied], *, wide: bool = False) -> Table:
    """The table; with `wide`, also where each policy is applied."""
    rules: dict[tuple[str, bool], set[int]] = {}
    for one in policies:  # as istioctl counts: those of a policy under all of its actions together
        rules.setdefault((one.full_name, one.dry_run), set()).update(one.rules)
    rows = [
        (one.action, one.full_name, str(len(rules[one.full_name, one.dry_run])), *(_wide_cells(one) if wide else ()))
        for one in policies
    ]
    return Table(_COLUMNS + (_WIDE_COLUMNS if wide else ()), rows, 3)


def _wide_cells(one: Applied) -> tuple[str, str, str]:
    return "yes" if one.dry_run else "no", str(len(one.chains)), ",".join(one.listeners)


def _data(one: Applied) -> dict[str, Any]:
    return {
        "action": one.action,
        "name": one.name,
        "namespace": one.namespace,
        "dryRun": one.dry_run,
        "rules": sorted(one.rules),
        "filterChains": len(one.chains),
        "listeners": one.listeners,
    }
