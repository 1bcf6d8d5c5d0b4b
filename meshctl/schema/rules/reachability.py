"""Routes and matches that no request reaches, because earlier ones take them all (UN1-UN5).

Istio compares texts; here matches are compared by what they mean. One match covers another when each of its conditions
follows from a condition of the other. Earlier matches are found by hash, from the rarest condition of each, so that a
virtual service with thousands of routes costs no more than its size.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from meshctl.messages import INEFFECTIVE_MATCH, UNREACHABLE_RULE, Message
from meshctl.model.resource import Field
from meshctl.schema.grammars import values

Condition: TypeAlias = tuple[str, Any]
"""How a part of a request is compared (`exact`, `prefix`, `regex`, `present`, `within`, `not`), and with what."""

_ANYTHING = frozenset({".*", "^.*$", "/.*", "^/.*", "^/.*$", "(.*)", "/(.*)"})
"""Regular expressions that every path matches."""

_LONGEST_PREFIX = 512
_MOST_EXPRESSIONS = 64
"""Earlier regular expressions that an exact text is tried against: each try costs more than all look-ups together."""

Anchor: TypeAlias = tuple[str, str, Any]
"""A part of a request, a way to compare it, and with what: matches are filed under one of theirs."""

_EVERYWHERE: Anchor = ("", "present", None)
_ANY_PATH: Anchor = ("uri", "anything", None)


@dataclass(frozen=True, slots=True)
class _Match:
    conditions: Mapping[str, Condition]
    route: str
    name: str
    covers: bool
    """Whether what it matches goes no further; a route that delegates may leave requests to later ones."""


def unreachable(routes: Field) -> Iterator[Message]:
    """What no request reaches in the routes of one protocol."""
    written = [len(route["match"]) for route in routes]
    if sum(written) < 2 and 0 not in written[:-1]:
        return  # nothing stands behind anything that could take it
    catch_all = ""
    known: dict[Anchor, list[_Match]] = {}
    equal: dict[Any, _Match] = {}
    conditions = [[_conditions(field) for field in route["match"]] for route in routes]
    counts = Counter(pair for route_conditions in conditions for found in route_conditions for pair in found.items())
    for index, route in enumerate(routes):
        name = _name(route, index)
        matches = route["match"]
        final = not route["delegate"].present
        if catch_all:
            reason = f"route {catch_all} in front of it has no matches and takes everything"
            for field in matches if matches else (route,):
                yield UNREACHABLE_RULE.at(field, rule=name, reason=reason)
        repeated = 0
        for number, field in enumerate(matches):
            match = _Match(conditions[index][number], name, _name(field, number), final)
            same = equal.get(_frozen(match.conditions))
            if same is not None:
                repeated += 1
            earlier = same or next(_covering(known, match), None)
            # Behind a route that takes everything, only the same match once more is worth a second message.
            if earlier is not None and (same or not catch_all):
                yield INEFFECTIVE_MATCH.at(
                    field, match=match.name, rule=name, other=earlier.name, earlier=earlier.route
                )
            if final and same is None:
                equal[_frozen(match.conditions)] = match
                for anchor in _anchors(match.conditions, counts):
                    known.setdefault(anchor, []).append(match)
        if matches and repeated == len(matches):
            yield UNREACHABLE_RULE.at(route, rule=name, reason="earlier routes have each of its matches already")
        if not matches and final:
            catch_all = catch_all or name


def _name(field: Field, index: int) -> str:
    name = field["name"].text
    return f'"{name}"' if name else f"#{index}"


def _conditions(match: Field) -> dict[str, Condition]:
    """The conditions of a match by what they look at; a part that is not looked at is missing."""
    found: dict[str, Condition] = {}
    folds = match["ignoreUriCase"].value is True
    for name in ("uri", "scheme", "method", "authority"):
        condition = _text(match[name])
        if condition is not None and condition != ("prefix", ""):
            found["uri (any case)" if name == "uri" and folds else name] = condition
    for name in ("headers", "queryParams"):
        for key, field in match[name].items():
            found[f"{name}.{key}"] = _text(field) or ("present", None)
    for key, field in match["withoutHeaders"].items():
        found[f"withoutHeaders.{key}"] = ("not", _text(field))
    for key, field in match["sourceLabels"].items():
        found[f"sourceLabels.{key}"] = ("exact", field.text)
    for name in ("sourceNamespace", "port", "sourceSubnet"):
        if match[name]:
            found[name] = ("exact", match[name].number or match[name].text)
    for name in ("gateways", "sniHosts", "destinationSubnets"):
        if match[name]:
            found[name] = ("within", frozenset(match[name].texts))
    return found


def _text(field: Field) -> Condition | None:
    for kind in ("exact", "prefix", "regex"):
        if field[kind].present:
            return (kind, field[kind].text)
    return None


def _frozen(conditions: Mapping[str, Condition]) -> frozenset[tuple[str, Condition]]:
    return frozenset(conditions.items())


def _anchors(conditions: Mapping[str, Condition], counts: Counter[tuple[str, Condition]]) -> list[Anchor]:
    """Where a match is found again: under the one of its conditions that fewest matches share."""
    if not conditions:
        return [_EVERYWHERE]
    name, condition = min(conditions.items(), key=counts.__getitem__)
    kind, value = condition
    if kind == "within":
        return [(name, kind, item) for item in value]
    if kind == "regex":
        if name == "uri" and value in _ANYTHING:
            return [_ANY_PATH]
        return [(name, kind, value), (name, "regexes", None)]
    return [(name, kind, None if kind == "present" else _folded(name, value))]


def _folded(name: str, value: Any) -> Any:
    return value.lower() if name == "uri (any case)" and type(value) is str else value


def _covering(known: Mapping[Anchor, list[_Match]], match: _Match) -> Iterator[_Match]:
    """The earlier matches that take everything that this one takes."""
    if not known:
        return
    for key in _keys(match.conditions):
        found = known.get(key, ())
        for earlier in found[:_MOST_EXPRESSIONS] if key[1] == "regexes" else found:
            if all(_follows(name, condition, match.conditions) for name, condition in earlier.conditions.items()):
                yield earlier


def _keys(conditions: Mapping[str, Condition]) -> Iterator[Anchor]:
    """The anchors that a covering match may have."""
    yield _EVERYWHERE
    yield _ANY_PATH
    yield ("uri", "prefix", "/")
    for name, (kind, value) in conditions.items():
        if kind == "within":
            yield from ((name, kind, item) for item in sorted(value)[:1])
            continue
        if kind in ("not", "regex"):
            yield (name, kind, value)
        if kind != "not":
            yield (name, "present", None)
        for found in (name, "uri (any case)") if name == "uri" else (name,):
            text = _folded(found, value)
            if kind == "exact":
                yield (found, "exact", text)
                yield (found, "regexes", None)
            if kind in ("exact", "prefix") and type(text) is str:
                for length in range(min(len(text), _LONGEST_PREFIX) + 1):
                    yield (found, "prefix", text[:length])


def _follows(name: str, wide: Condition, narrow: Mapping[str, Condition]) -> bool:
    """Whether a condition holds for every request that meets all of the narrow ones."""
    folds = name == "uri (any case)"
    found = narrow.get(name)
    if found is None and folds:
        found = narrow.get("uri")
    kind, value = wide
    if kind == "regex" and name == "uri" and value in _ANYTHING:
        return True
    if kind == "prefix" and value == "/" and name == "uri":
        # Every path begins with it, however the other match looks at it.
        return True
    if found is None:
        return False
    if wide == found or kind == "present":
        return True
    other_kind, other = found
    if kind == "within":
        return other_kind == "within" and other <= value
    if kind == "not" or type(value) is not str or type(other) is not str:
        return False
    if folds:
        value, other = value.lower(), other.lower()
    if kind == "exact":
        return other_kind == "exact" and value == other
    if kind == "prefix":
        # Of a path too, the letters count and not the steps: Envoy takes /debugs for what begins with /debug.
        return other_kind in ("exact", "prefix") and other.startswith(value)
    return other_kind == "exact" and _matches(value, other)


def _matches(expression: str, text: str) -> bool:
    if values.regex(expression):
        return False
    import re2

    return re2.fullmatch(expression, text) is not None
