"""Routes and matches that no request reaches, because earlier ones take them all (UN1-UN5).

Istio compares texts; here matches are compared by what they mean. One match covers another when each of its conditions
follows from a condition of the other. Earlier matches are found by hash, from one condition each, so that a virtual
service with thousands of routes costs no more than its size.
"""

from __future__ import annotations

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
_EVERYWHERE = ("", "present", None)


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
    known: dict[tuple[str, str, Any], list[_Match]] = {}
    equal: dict[Any, _Match] = {}
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
            match = _Match(_conditions(field), name, _name(field, number), final)
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
                known.setdefault(_anchor(match.conditions), []).append(match)
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


def _anchor(conditions: Mapping[str, Condition]) -> tuple[str, str, Any]:
    """The one condition by which a match is found again."""
    for name, (kind, value) in sorted(conditions.items()):
        if kind in ("exact", "prefix", "regex"):
            return (name, "regex", "") if kind == "regex" else (name, kind, _folded(name, value))
    return _EVERYWHERE


def _folded(name: str, value: Any) -> Any:
    return value.lower() if name == "uri (any case)" and type(value) is str else value


def _covering(known: Mapping[tuple[str, str, Any], list[_Match]], match: _Match) -> Iterator[_Match]:
    """The earlier matches that take everything that this one takes."""
    if not known:
        return
    for key in _keys(match.conditions):
        for earlier in known.get(key, ()):
            if all(_follows(name, condition, match.conditions) for name, condition in earlier.conditions.items()):
                yield earlier


def _keys(conditions: Mapping[str, Condition]) -> Iterator[tuple[str, str, Any]]:
    """The anchors that a covering match may have."""
    yield _EVERYWHERE
    if "uri" not in conditions:
        yield ("uri", "prefix", "/")
        yield ("uri", "regex", "")
    for name, (kind, value) in conditions.items():
        names = (name, "uri (any case)") if name == "uri" else (name,)
        for found in names:
            text = _folded(found, value)
            if kind == "exact":
                yield (found, "exact", text)
            if kind in ("exact", "prefix") and type(text) is str:
                for length in range(min(len(text), _LONGEST_PREFIX) + 1):
                    yield (found, "prefix", text[:length])
            yield (found, "regex", "")


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
        return other_kind in ("exact", "prefix") and _begins(other, value, path=name.startswith("uri"))
    return other_kind == "exact" and _matches(value, other)


def _begins(text: str, prefix: str, *, path: bool) -> bool:
    """Whether a text begins with a prefix; of a path, with whole steps of it: `/debugs` is not below `/debug`."""
    if not text.startswith(prefix):
        return False
    return not path or len(text) == len(prefix) or prefix.endswith("/") or text[len(prefix)] in "/?"


def _matches(expression: str, text: str) -> bool:
    if values.regex(expression):
        return False
    import re2

    return re2.fullmatch(expression, text) is not None
