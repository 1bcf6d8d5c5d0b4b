"""Trees of matches (`xds.type.matcher.v3.Matcher`): of filter chains, of routes and of access rules.

What a match looks at is for the caller to tell, and so is what the action at the end of the way means.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from meshctl.proxyconfig.envoy import plain_data
from meshctl.proxyconfig.judgement import Judgement, every, opposite, some, unknown
from meshctl.proxyconfig.trace.connection import address, lies_in
from meshctl.proxyconfig.trace.strings import judged

_NO_EXTENSION = "the tree of matches has an extension that is not known"


@dataclass(frozen=True, slots=True)
class Looked:
    """What a match looks at."""

    what: str
    text: str | None = None
    """None when it is not there."""
    doubt: str = ""
    """Why it is not known."""


Look: TypeAlias = "Callable[[Mapping[str, Any]], Looked]"
"""What the input with that configuration gives."""


@dataclass(frozen=True, slots=True)
class Found:
    """The action that the tree leads to; without one, why."""

    action: Mapping[str, Any] | None = None
    """Its configuration, with `@type`."""
    doubt: str = ""
    """What is not known, where the action hangs on it."""
    way: tuple[str, ...] = ()
    """What led there."""


_NOTHING = Found()


def kind_of(config: Mapping[str, Any]) -> str:
    """The last word of the type of an input: `DestinationPortInput`."""
    return str(config.get("@type", "")).rpartition(".")[2]


def search(matcher: Mapping[str, Any], look: Look) -> Found:
    """The action that a tree leads to; an empty one where nothing fits. Raises `DumpError`."""
    with plain_data("a tree of matches"):
        return _search(matcher, look)


def _search(matcher: Mapping[str, Any], look: Look) -> Found:
    for found in _matches(matcher, look):
        if found != _NOTHING:
            return found
    return _by("nothing else fits", _follow(matcher.get("on_no_match"), look))


def _by(text: str, found: Found) -> Found:
    return found if found == _NOTHING else replace(found, way=(text, *found.way))


def _matches(matcher: Mapping[str, Any], look: Look) -> Iterator[Found]:
    for entry in matcher.get("matcher_list", {}).get("matchers", ()):
        judgement = _predicate(entry.get("predicate", {}), look)
        if judgement.fits is None:
            yield Found(doubt=judgement.reason)
        elif judgement.fits:
            yield _by(judgement.given, _follow(entry.get("on_match"), look))
    tree = matcher.get("matcher_tree")
    if tree:
        yield _tree(tree, look)


def _follow(match: Mapping[str, Any] | None, look: Look) -> Found:
    if not match or match.get("keep_matching"):
        return _NOTHING
    if "matcher" in match:
        return _search(match["matcher"], look)
    return Found(dict(match.get("action", {}).get("typed_config", {})))


def _predicate(predicate: Mapping[str, Any], look: Look) -> Judgement:
    if "or_matcher" in predicate:
        return some(_predicate(one, look) for one in predicate["or_matcher"].get("predicate", ()))
    if "and_matcher" in predicate:
        return every(_predicate(one, look) for one in predicate["and_matcher"].get("predicate", ()))
    if "not_matcher" in predicate:
        return opposite(_predicate(predicate["not_matcher"], look))
    single = predicate.get("single_predicate", {})
    looked = look(single.get("input", {}).get("typed_config", {}))
    if looked.doubt:
        return unknown(looked.doubt)
    if looked.text is None:
        return Judgement(False, "what is compared is not there")
    if "value_match" in single:
        return judged(looked.text, looked.what, single["value_match"])
    custom = single.get("custom_match", {}).get("typed_config", {})
    if str(custom.get("@type", "")).endswith(".input_matchers.ip.v3.Ip"):
        ranges = [_range(one) for one in custom.get("cidr_ranges", ())]
        fits = any(_within(looked.text, one) for one in ranges)
        return Judgement(fits, f"{looked.what} is {looked.text}", f"lies in {', '.join(ranges)}")
    return unknown(_NO_EXTENSION)


def _tree(tree: Mapping[str, Any], look: Look) -> Found:
    looked = look(tree.get("input", {}).get("typed_config", {}))
    if looked.doubt:
        return Found(doubt=looked.doubt)
    text = looked.text
    if text is None:
        return _NOTHING
    if "exact_match_map" in tree:
        found = _follow(tree["exact_match_map"].get("map", {}).get(text), look)
        return _by(f"{looked.what} is {text}", found)
    if "prefix_match_map" in tree:
        entries = tree["prefix_match_map"].get("map", {})
        fitting = sorted((prefix for prefix in entries if text.startswith(prefix)), key=len, reverse=True)
        every_one = (_by(f"{looked.what} begins with {prefix}", _follow(entries[prefix], look)) for prefix in fitting)
        return next((one for one in every_one if one != _NOTHING), _NOTHING)
    return _longest_range(tree.get("custom_match", {}).get("typed_config", {}), looked.what, text, look)


def _longest_range(config: Mapping[str, Any], what: str, text: str, look: Look) -> Found:
    """A map by ranges of addresses: the longest that fits comes first; an exclusive one counts only if it is that."""
    if kind_of(config) != "IPMatcher":
        return Found(doubt=_NO_EXTENSION)
    fitting = [
        (int(one.get("prefix_len", 0)), _range(one), entry)
        for entry in config.get("range_matchers", ())
        for one in entry.get("ranges", ())
        if _within(text, _range(one))
    ]
    for place, (_, shown, entry) in enumerate(sorted(fitting, key=lambda one: -one[0])):
        if place == 0 or not entry.get("exclusive"):
            found = _by(f"{what} lies in {shown}", _follow(entry.get("on_match"), look))
            if found != _NOTHING:
                return found
    return _NOTHING


def _range(one: Mapping[str, Any]) -> str:
    return f"{one.get('address_prefix', '')}/{one.get('prefix_len', 0)}"


def _within(text: str, network: str) -> bool:
    ip = address(text)
    return ip is not None and lies_in(ip, network)
