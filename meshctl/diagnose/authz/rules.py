"""A rule of an AuthorizationPolicy as a policy of Envoy's role-based access control."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from meshctl.diagnose.authz.attributes import OPERATION, PRINCIPAL, SOURCE, Attribute, attribute
from meshctl.diagnose.authz.matchers import Json
from meshctl.diagnose.authz.trust_domains import in_all_domains
from meshctl.model.resource import Field

MATCHES_NOTHING: Json = {
    "permissions": [{"not_rule": {"any": True}}],
    "principals": [{"not_id": {"any": True}}],
}


@dataclass(frozen=True, slots=True)
class Reader:
    """How rules are read: for which namespace and trust domains, and for a port that speaks HTTP or does not."""

    namespace: str
    domains: Sequence[str]
    http: bool
    allow: bool
    """Whether the action is ALLOW: then a condition that cannot be checked makes the whole rule void, so that nothing
    is let in by mistake. For every other action it is left out, so that the rule fits more than is written."""

    def policy(self, rule: Field) -> dict[str, Any] | None:
        """Envoy's policy for a rule; None for a rule that is void."""
        try:
            target, sender = self._conditions(rule)
            permissions = [
                self._joined([*_lists(to["operation"], OPERATION), *target], "rules") for to in _or_none(rule["to"])
            ]
            principals = [
                self._joined([*self._source(origin["source"]), *sender], "ids") for origin in _or_none(rule["from"])
            ]
        except _VoidRuleError:
            return None
        return {"permissions": permissions, "principals": principals}

    def _conditions(self, rule: Field) -> tuple[list[_Condition], list[_Condition]]:
        """The conditions of `when` that look at the target, and those that look at the sender."""
        target: list[_Condition] = []
        sender: list[_Condition] = []
        for when in rule["when"]:
            found = attribute(when["key"].text, self.namespace)
            if found is None:
                raise _VoidRuleError
            (target if found.of_target else sender).append(_Condition(found, when["values"], when["notValues"]))
        return target, sender

    def _source(self, source: Field) -> Iterator[_Condition]:
        known = {name: attribute(key, self.namespace) for name, key in SOURCE.items()}
        return _lists(source, {name: found for name, found in known.items() if found is not None})

    def _joined(self, conditions: Sequence[_Condition], items: str) -> Json:
        """All conditions together; `items` is `rules` for permissions and `ids` for principals."""
        word = items[:-1]
        every: list[Json] = []
        for condition in conditions:
            if matched := self._matchers(condition.attribute, condition.values):
                every.append(_any(matched, items, condition.attribute))
            if matched := self._matchers(condition.attribute, condition.not_values):
                every.append({f"not_{word}": _any(matched, items, condition.attribute)})
        return {f"and_{items}": {items: every or [{"any": True}]}}

    def _matchers(self, found: Attribute, values: Field) -> list[Json]:
        texts = values.texts
        if not texts:
            return []
        if found.key == PRINCIPAL:
            texts = in_all_domains(texts, self.domains)
        if found.http and not self.http:
            texts = self._void(texts)
        matched: list[Json] = []
        for text in texts:
            try:
                matched.append(found.match(text))
            except ValueError:
                self._void([text])
        return matched

    def _void(self, texts: list[str]) -> list[str]:
        """What is left of values that cannot be compared."""
        if self.allow:
            raise _VoidRuleError
        return []


@dataclass(frozen=True, slots=True)
class _Condition:
    attribute: Attribute
    values: Field
    not_values: Field


class _VoidRuleError(Exception):
    """A rule that fits nothing."""


def _lists(holder: Field, known: Mapping[str, Attribute]) -> Iterator[_Condition]:
    for name, found in known.items():
        yield _Condition(found, holder[name], holder[f"not{name[0].upper()}{name[1:]}"])


def _or_none(items: Field) -> Sequence[Field]:
    """The items, or a single empty one, which asks for nothing."""
    return tuple(items) or (items[0],)


def _any(matched: Sequence[Json], items: str, found: Attribute) -> Json:
    if found.whole and len(matched) == 1:
        return matched[0]
    return {f"or_{items}": {items: list(matched)}}
