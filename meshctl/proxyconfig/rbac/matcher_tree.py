"""Access rules as a tree of matches (`matcher`) instead of policies."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any

from meshctl.proxyconfig.rbac.judgement import Judgement, every, opposite, some, unknown
from meshctl.proxyconfig.rbac.scene import Scene
from meshctl.proxyconfig.rbac.texts import string


@dataclass(frozen=True, slots=True)
class Found:
    """The action that the tree leads to; without one, why."""

    name: str = ""
    action: str = ""
    doubt: str = ""
    """What is not known, where the action hangs on it."""


_NOTHING = Found()


def search(scene: Scene, matcher: Any) -> Found:
    """The action for a request; an empty one where nothing fits."""
    for found in _matches(scene, matcher):
        if found != _NOTHING:
            return found
    return _follow(scene, matcher.get("on_no_match"))


def _matches(scene: Scene, matcher: Any) -> Iterator[Found]:
    for entry in matcher.get("matcher_list", {}).get("matchers", ()):
        judged = _predicate(scene, entry.get("predicate", {}))
        if judged.fits is None:
            yield Found(doubt=judged.reason)
        elif judged.fits:
            yield _follow(scene, entry.get("on_match"))
    tree = matcher.get("matcher_tree")
    if tree:
        yield _tree(scene, tree)


def _follow(scene: Scene, match: Any) -> Found:
    if not match:
        return _NOTHING
    if "matcher" in match:
        return search(scene, match["matcher"])
    config = match.get("action", {}).get("typed_config", {})
    if not str(config.get("@type", "")).endswith("envoy.config.rbac.v3.Action"):
        return Found(doubt="the tree of matches leads to an action that is not known")
    return Found(str(config.get("name", "")), str(config.get("action", "ALLOW")))


def _predicate(scene: Scene, predicate: Any) -> Judgement:
    if "or_matcher" in predicate:
        return some(_predicate(scene, one) for one in predicate["or_matcher"].get("predicate", ()))
    if "and_matcher" in predicate:
        return every(_predicate(scene, one) for one in predicate["and_matcher"].get("predicate", ()))
    if "not_matcher" in predicate:
        return opposite(_predicate(scene, predicate["not_matcher"]))
    single = predicate.get("single_predicate", {})
    text, doubt = _input(scene, single.get("input", {}))
    if doubt:
        return unknown(doubt)
    if text is None:
        return Judgement(False, "what is compared is not there")
    if "value_match" in single:
        return string(text, "the value", single["value_match"])
    custom = single.get("custom_match", {}).get("typed_config", {})
    if str(custom.get("@type", "")).endswith(".input_matchers.ip.v3.Ip"):
        ranges = [
            f"{one.get('address_prefix', '')}/{one.get('prefix_len', 0)}" for one in custom.get("cidr_ranges", ())
        ]
        return Judgement(any(_within(text, one) for one in ranges), f"address {text}", f"lies in {', '.join(ranges)}")
    return unknown("the tree of matches has an extension that is not known")


def _tree(scene: Scene, tree: Any) -> Found:
    text, doubt = _input(scene, tree.get("input", {}))
    if doubt:
        return Found(doubt=doubt)
    if text is None:
        return _NOTHING
    if "exact_match_map" in tree:
        return _follow(scene, tree["exact_match_map"].get("map", {}).get(text))
    if "prefix_match_map" in tree:
        entries = tree["prefix_match_map"].get("map", {})
        fitting = sorted((prefix for prefix in entries if text.startswith(prefix)), key=len, reverse=True)
        found = (_follow(scene, entries[prefix]) for prefix in fitting)
        return next((one for one in found if one != _NOTHING), _NOTHING)
    return _longest_range(scene, tree.get("custom_match", {}).get("typed_config", {}), text)


def _longest_range(scene: Scene, config: Any, text: str) -> Found:
    """A map by ranges of addresses: the longest that fits comes first; an exclusive one counts only if it is that."""
    if not str(config.get("@type", "")).endswith(".IPMatcher"):
        return Found(doubt="the tree of matches has an extension that is not known")
    fitting = [
        (int(one.get("prefix_len", 0)), entry)
        for entry in config.get("range_matchers", ())
        for one in entry.get("ranges", ())
        if _within(text, f"{one.get('address_prefix', '')}/{one.get('prefix_len', 0)}")
    ]
    for place, (_, entry) in enumerate(sorted(fitting, key=lambda pair: -pair[0])):
        if place == 0 or not entry.get("exclusive"):
            found = _follow(scene, entry.get("on_match"))
            if found != _NOTHING:
                return found
    return _NOTHING


def _within(text: str, network: str) -> bool:
    try:
        return ip_address(text) in ip_network(network, strict=False)
    except ValueError:
        return False


def _input(scene: Scene, wanted: Any) -> tuple[str | None, str]:
    """What a match looks at, None when it is not there; and why it is not known."""
    config = wanted.get("typed_config", {})
    kind = str(config.get("@type", "")).rpartition(".")[2]
    if kind == "HttpRequestHeaderMatchInput":
        name = str(config.get("header_name", ""))
        values = scene.values(name)
        if values is None:
            return None, f"header {name} is not known"
        return (",".join(values) if values else None), ""
    give = _INPUTS.get(kind)
    if give is None:
        return None, f"the tree of matches looks at {kind or 'something'}, which is not known"
    if kind == "UriSanInput" and not scene.attributes.peer_known:
        return None, "the client's identity is not known"
    text = give(scene)
    if not text and kind not in ("ServerNameInput", "UriSanInput"):
        return None, "the tree of matches looks at an address that is not known"
    return text or None, ""


_INPUTS: Mapping[str, Callable[[Scene], str]] = {
    "DestinationIPInput": lambda scene: scene.attributes.destination_ip,
    "DestinationPortInput": lambda scene: str(scene.attributes.destination_port or ""),
    "SourceIPInput": lambda scene: scene.attributes.remote_ip or scene.attributes.source_ip,
    "DirectSourceIPInput": lambda scene: scene.attributes.source_ip,
    "ServerNameInput": lambda scene: scene.attributes.server_name.lower(),
    "UriSanInput": lambda scene: scene.attributes.peer,
}
