"""Conditions on the metadata that filters set, such as the claims of a token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from meshctl.proxyconfig.judgement import Judgement, opposite, some, unknown
from meshctl.proxyconfig.rbac.scene import NOT_KNOWN, Scene
from meshctl.proxyconfig.trace.strings import judged

JWT = "envoy.filters.http.jwt_authn"
HTTP_RBAC = "envoy.filters.http.rbac"
NETWORK_RBAC = "envoy.filters.network.rbac"
ISTIO_AUTHN = "istio_authn"

_KNOWN = frozenset({JWT, HTTP_RBAC, NETWORK_RBAC, ISTIO_AUTHN})
"""Whose metadata is known here; that of others may hold anything."""

_ABSENT = object()


def metadata(scene: Scene, value: Any) -> Judgement:
    """A condition `{filter, path, value, invert}` on metadata of the request."""
    owner = value.get("filter", "")
    if owner not in _KNOWN:
        return unknown(f"the metadata of {owner} is not known")
    keys = [str(segment.get("key", "")) for segment in value.get("path", ())]
    found = _at(scene.metadata.get(owner, _ABSENT), keys)
    if found is NOT_KNOWN:
        return unknown(
            "what its token claims is not known" if owner == JWT else f"the metadata of {owner} is not known"
        )
    judgement = _value(found, _name(owner, keys), value.get("value", {}))
    return opposite(judgement) if value.get("invert") else judgement


def sourced_metadata(scene: Scene, value: Any) -> Judgement:
    """The same, where the metadata may also be that of the route."""
    if value.get("metadata_source", "DYNAMIC") != "DYNAMIC":
        return unknown("the metadata of the route is not known")
    return metadata(scene, value.get("metadata_matcher", {}))


def _at(found: Any, keys: list[str]) -> Any:
    for key in keys:
        if found is NOT_KNOWN:
            break
        found = found.get(key, _ABSENT) if isinstance(found, Mapping) else _ABSENT
    return found


def _name(owner: str, keys: list[str]) -> str:
    if owner in (JWT, ISTIO_AUTHN):
        return f"claim {'.'.join(keys[1:])}" if len(keys) > 1 else "the token"
    return f"metadata {'.'.join(keys)}"


def _value(found: Any, name: str, matcher: Any) -> Judgement:
    """Whether a value fits; one that is absent fits nothing."""
    kind = next(iter(matcher), "")
    wanted: Any = matcher.get(kind)
    given = f"there is no {name.removeprefix('the ')}" if found is _ABSENT else f"{name} is {found!r}"
    if kind == "or_match":
        return some(_value(found, name, one) for one in wanted.get("value_matchers", ()))
    if kind == "string_match":
        if isinstance(found, str):
            return judged(found, name, wanted)
        return Judgement(False, given, judged("", name, wanted).wanted)
    if kind == "list_match":
        if not isinstance(found, list):
            return Judgement(False, given, "is a list")
        one_of = wanted.get("one_of", {})
        judgement = some(_value(item, name, one_of) for item in found)
        return Judgement(judgement.fits, given, judgement.wanted) if judgement.fits is not None else judgement
    if kind == "present_match":
        # Envoy takes `false` not for the wish that it be absent: nothing fits that.
        return Judgement(found is not _ABSENT and bool(wanted), given, "is there" if wanted else "nothing at all")
    if kind == "null_match":
        return Judgement(found is None, given, "is null")
    if kind == "bool_match":
        return Judgement(isinstance(found, bool) and found == wanted, given, f"is {wanted!r}")
    if kind == "double_match":
        return _number(found, given, wanted)
    return unknown(f"the condition {kind} on {name} is not known")


def _number(found: Any, given: str, wanted: Any) -> Judgement:
    number = isinstance(found, int | float) and not isinstance(found, bool)
    if "range" in wanted:
        start, end = float(wanted["range"].get("start", 0)), float(wanted["range"].get("end", 0))
        return Judgement(number and start <= found < end, given, f"is from {start:g} to before {end:g}")
    exact = float(wanted.get("exact", 0))
    return Judgement(number and float(found) == exact, given, f"is {exact:g}")
