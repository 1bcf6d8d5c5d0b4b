"""What an RBAC filter decides by its rules, and which of its shadow rules fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from meshctl.proxyconfig.rbac.conditions import policy
from meshctl.proxyconfig.rbac.matcher_tree import Found, search
from meshctl.proxyconfig.rbac.metadata import HTTP_RBAC
from meshctl.proxyconfig.rbac.policy_keys import CUSTOM_PREFIX, parse
from meshctl.proxyconfig.rbac.scene import NOT_KNOWN, Scene
from meshctl.proxyconfig.rbac.verdict import Outcome, PolicyRule, Step

_FORBIDDEN = 403

_CUSTOM_METADATA = "istio_ext_authz_"
"""The prefix of metadata by which the rules of CUSTOM policies tell the external authorizer's filter that they fit."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What rules say of a request."""

    action: str
    allowed: bool | None
    reason: str
    matched: tuple[PolicyRule, ...] = ()
    unmatched: tuple[tuple[PolicyRule, str], ...] = ()
    doubtful: tuple[tuple[PolicyRule, str], ...] = ()

    @property
    def named(self) -> PolicyRule | None:
        """The rule that Envoy names: the first that fits."""
        return self.matched[0] if self.matched else None


def decide_access(scene: Scene, name: str, config: Mapping[str, Any], owner: str) -> Step | None:
    """The step of an RBAC filter, None where it has no rules at all; `owner` is the name that its metadata have."""
    shadow = ruling(scene, config.get("shadow_rules"), config.get("shadow_matcher"))
    prefix = str(config.get("shadow_rules_stat_prefix", ""))
    if shadow is not None:
        _leave_metadata(scene, owner, prefix, shadow)
    enforced = ruling(scene, config.get("rules"), config.get("matcher"))
    if enforced is None:
        return _shadow_step(name, prefix, shadow) if shadow is not None else None
    outcome = {True: None, False: Outcome.DENIED, None: Outcome.UNKNOWN}[enforced.allowed]
    if enforced.allowed and enforced.action == "ALLOW":
        outcome = Outcome.ALLOWED
    return Step(
        name,
        enforced.action,
        outcome,
        enforced.reason,
        enforced.matched,
        shadow.matched if shadow is not None else (),
        enforced.unmatched,
        enforced.doubtful,
        _FORBIDDEN if outcome is Outcome.DENIED and owner == HTTP_RBAC else 0,
    )


def _shadow_step(name: str, prefix: str, shadow: Ruling) -> Step:
    """A filter of nothing but shadow rules: of dry-run policies, or of those that select for an external authorizer."""
    rules = (*shadow.matched, *(rule for rule, _ in (*shadow.unmatched, *shadow.doubtful)))
    custom = prefix == _CUSTOM_METADATA or any(rule.key.startswith(CUSTOM_PREFIX) for rule in rules)
    if not custom:
        return Step(name, shadow.action, None, "its rules are a dry run", shadow=shadow.matched)
    if shadow.matched or shadow.doubtful:
        which = shadow.matched[0] if shadow.matched else shadow.doubtful[0][0]
        reason = f"{which} {'has' if shadow.matched else 'may have'} the external authorizer asked"
    else:
        reason = "no rule has the external authorizer asked"
    return Step(name, "CUSTOM", None, reason, shadow.matched, (), shadow.unmatched, shadow.doubtful)


def _leave_metadata(scene: Scene, owner: str, prefix: str, shadow: Ruling) -> None:
    found = scene.metadata.setdefault(owner, {})
    result = {True: "allowed", False: "denied", None: NOT_KNOWN}[shadow.allowed]
    found[f"{prefix}shadow_engine_result"] = result
    # A rule of which nothing is sure may still be the one that Envoy names, or there may be none.
    if shadow.doubtful and (shadow.named is None or shadow.doubtful[0][0].key < shadow.named.key):
        found[f"{prefix}shadow_effective_policy_id"] = NOT_KNOWN
    elif shadow.named is not None:
        found[f"{prefix}shadow_effective_policy_id"] = shadow.named.key


def ruling(scene: Scene, rules: Any, matcher: Any) -> Ruling | None:
    """What policies or a tree of matches say; None where there are neither."""
    if matcher:
        return _of_tree(search(scene, matcher))
    return _of_policies(scene, rules) if rules is not None else None


def _of_tree(found: Found) -> Ruling:
    if found.doubt:
        return Ruling("ALLOW", None, found.doubt)
    if not found.action:
        return Ruling("DENY", False, "nothing in the tree of matches fits")
    rule = parse(found.name)
    allowed = found.action != "DENY"
    return Ruling(found.action, allowed, f"{rule} {'fits' if allowed else 'denies it'}", (rule,))


def _of_policies(scene: Scene, rules: Mapping[str, Any]) -> Ruling:
    action = str(rules.get("action", "ALLOW"))
    matched: list[PolicyRule] = []
    others: dict[bool | None, list[tuple[PolicyRule, str]]] = {False: [], None: []}
    for key, message in sorted(rules.get("policies", {}).items()):
        judged = policy(scene, message)
        if judged.fits:
            matched.append(parse(key))
        else:
            others[judged.fits].append((parse(key), judged.reason))
    unmatched, doubtful = others[False], others[None]
    fits = True if matched else None if doubtful else False
    allowed = True if action == "LOG" else fits if fits is None else fits == (action == "ALLOW")
    if fits is None:
        rule, why = doubtful[0]
        reason = f"whether {rule} fits hangs on this: {why}"
    else:
        reason = _reason(action, matched)
    return Ruling(action, allowed, reason, tuple(matched), tuple(unmatched), tuple(doubtful))


def _reason(action: str, matched: list[PolicyRule]) -> str:
    if matched:
        return f"{matched[0]} {'denies it' if action == 'DENY' else 'fits'}"
    return "no rule allows it" if action == "ALLOW" else "no rule fits"
