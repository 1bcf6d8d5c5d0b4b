"""Several destination rules of one namespace for one host."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import TypeAlias

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import RULE_CONFLICT, Message
from meshctl.model.hosts import fqdn
from meshctl.model.kinds.destination_rule import DESTINATION_RULE
from meshctl.model.resource import Resource
from meshctl.model.selectors import selector_text
from meshctl.model.snapshot import Snapshot
from meshctl.model.visibility import exported_to

_Key: TypeAlias = tuple[str, str, str, str]
_ALL = "*"
_POLICY = "trafficPolicy"
_SHOWN = 5


@analyzer("destinationrule.ConflictingRulesAnalyzer", inputs={DESTINATION_RULE}, emits={RULE_CONFLICT})
def conflicting_rules(mesh: Snapshot) -> Iterator[Message]:
    """Checks that destination rules for one host do not set the same things.

    Istio merges the rules of a namespace for one host: different subsets are all used, but a subset that stands twice,
    and a second traffic policy, are dropped.
    """
    owners: dict[_Key, dict[str, list[Resource]]] = {}
    for rule in mesh[DESTINATION_RULE]:
        scopes = exported_to(rule)
        for key in _keys(rule):
            for scope in (_ALL,) if scopes is None else sorted(scopes):
                owners.setdefault(key, {}).setdefault(scope, []).append(rule)
    for rule in mesh[DESTINATION_RULE]:
        twice = {key[-1]: found for key in _keys(rule) if (found := _others(rule, owners[key]))}
        if twice:
            others = dict.fromkeys(other for rules in twice.values() for other in rules)
            # In files an object may be defined twice.
            names = ["its other definition" if other.same_object(rule) else other.full_name for other in others]
            yield RULE_CONFLICT.at(
                rule.spec["host"],
                related=[other.spec["host"] for other in others],
                others=names if len(names) <= _SHOWN else [*names[:_SHOWN], "others"],
                host=rule.spec["host"].text,
                what=[what if what == _POLICY else f"subset {what}" for what in twice],
            )


def _others(rule: Resource, places: Mapping[str, list[Resource]]) -> list[Resource]:
    """The other rules that some namespace sees together with this one, up to as many as a message can show."""
    scopes = exported_to(rule)
    groups = places.values() if scopes is None else [places.get(scope, []) for scope in (_ALL, *sorted(scopes))]
    return list(islice((other for group in groups for other in group if other is not rule), _SHOWN + 1))


def _keys(rule: Resource) -> list[_Key]:
    """What the rule sets, each with the place that only one rule can set it for."""
    spec = rule.spec
    place = (
        rule.namespace,
        fqdn(spec["host"].text, rule.namespace),
        selector_text(spec["workloadSelector"]["matchLabels"].mapping),
    )
    names = dict.fromkeys(subset["name"].text for subset in spec["subsets"])
    return [(*place, name) for name in ((_POLICY,) if spec[_POLICY] else ()) + tuple(names)]
