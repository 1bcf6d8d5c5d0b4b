"""Several destination rules of one namespace for one host."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import RULE_CONFLICT, Message
from meshctl.model.hosts import fqdn
from meshctl.model.kinds.destination_rule import DESTINATION_RULE
from meshctl.model.resource import Resource
from meshctl.model.selectors import selector_text
from meshctl.model.snapshot import Snapshot

_POLICY = "trafficPolicy"
_SHOWN = 5


@analyzer("destinationrule.ConflictingRulesAnalyzer", inputs={DESTINATION_RULE}, emits={RULE_CONFLICT})
def conflicting_rules(mesh: Snapshot) -> Iterator[Message]:
    """Checks that destination rules for one host do not set the same things.

    Istio merges the rules of a namespace for one host: different subsets are all used, but a subset that stands twice,
    and a second traffic policy, are dropped.
    """
    owners: dict[tuple[str, str, str, str], list[Resource]] = {}
    for rule in mesh[DESTINATION_RULE]:
        for key in _keys(rule):
            owners.setdefault(key, []).append(rule)
    for rule in mesh[DESTINATION_RULE]:
        twice = {key[-1]: owners[key] for key in _keys(rule) if len(owners[key]) > 1}
        if twice:
            others = {other: None for rules in twice.values() for other in rules[: _SHOWN + 1] if other is not rule}
            # In files an object may be defined twice.
            names = [
                "its other definition" if other.full_name == rule.full_name else other.full_name for other in others
            ]
            yield RULE_CONFLICT.at(
                rule.spec["host"],
                related=[other.spec["host"] for other in others],
                others=names if len(names) <= _SHOWN else [*names[:_SHOWN], "others"],
                host=rule.spec["host"].text,
                what=[what if what == _POLICY else f"subset {what}" for what in twice],
            )


def _keys(rule: Resource) -> list[tuple[str, str, str, str]]:
    """What the rule sets, each with the place that only one rule can set it for."""
    spec = rule.spec
    place = (
        rule.namespace,
        fqdn(spec["host"].text, rule.namespace),
        selector_text(spec["workloadSelector"]["matchLabels"].mapping),
    )
    names = dict.fromkeys(subset["name"].text for subset in spec["subsets"])
    return [(*place, name) for name in ((_POLICY,) if spec[_POLICY] else ()) + tuple(names)]
