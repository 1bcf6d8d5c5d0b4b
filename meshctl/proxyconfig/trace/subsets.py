"""Subsets of a cluster's endpoints, by metadata that a route asks for and endpoints have.

Istio makes a cluster of each subset; an EnvoyFilter may ask for subsets of Envoy's own kind. See
https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/load_balancing/subsets.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

import msgspec
from msgspec import Struct

from meshctl.proxyconfig.clusters import Cluster
from meshctl.proxyconfig.envoy import Extension, Metadata, decode

_LOAD_BALANCING = "envoy.lb"
_POLICY = "envoy.extensions.load_balancing_policies.subset.v3.Subset"

Wanted: TypeAlias = Mapping[str, Any]
"""The values that an endpoint must have, by their keys."""

T = TypeVar("T")


class Selector(Struct, frozen=True):
    """Keys by which a subset can be asked for, and what is taken where it has no endpoint."""

    keys: list[str] = []
    fallback_policy: str = "NOT_DEFINED"
    fallback_keys_subset: list[str] = []


class SubsetConfig(Struct, frozen=True):
    """Which subsets a cluster has, and what is taken for requests that ask for none of them."""

    fallback_policy: str = "NO_FALLBACK"
    default_subset: dict[str, Any] = {}
    subset_selectors: list[Selector] = []
    locality_weight_aware: bool = False
    panic_mode_any: bool = False
    list_as_any: bool = False


class _Policy(Struct, frozen=True):
    typed_extension_config: Extension = Extension()


class _Policies(Struct, frozen=True):
    policies: list[_Policy] = []


def subset_config(cluster: Cluster) -> SubsetConfig | None:
    """How the cluster is cut into subsets; None where it is not."""
    if cluster.load_balancing_policy:
        # The first policy that Envoy knows counts, and it knows this one.
        for policy in decode(cluster.load_balancing_policy, _Policies).policies[:1]:
            if policy.typed_extension_config.type == _POLICY:
                return decode(policy.typed_extension_config.typed_config, SubsetConfig)
        return None
    found = decode(cluster.lb_subset_config, SubsetConfig) if cluster.lb_subset_config else SubsetConfig()
    return found if found.subset_selectors else None


def wanted_by(*matches: msgspec.Raw) -> Wanted:
    """What routes ask of endpoints; what a later one says of a key counts."""
    found: dict[str, Any] = {}
    for raw in matches:
        values = decode(raw, Metadata).filter_metadata.get(_LOAD_BALANCING) if raw else None
        found |= values if isinstance(values, dict) else {}
    return found


def of_subset(
    config: SubsetConfig, members: Sequence[T], metadata: Callable[[T], Metadata], wanted: Wanted
) -> Sequence[T]:
    """The endpoints among which the load of requests is spread that ask for these values."""

    def fitting(values: Wanted) -> Sequence[T]:
        return [one for one in members if _fits(config, metadata(one), values)]

    selector = next((one for one in config.subset_selectors if wanted and set(one.keys) == wanted.keys()), None)
    policy = "NOT_DEFINED"
    if selector is not None:
        found = fitting(wanted)
        if found:
            return found
        policy = selector.fallback_policy
        fewer = {key: value for key, value in wanted.items() if key in selector.fallback_keys_subset}
        if policy == "KEYS_SUBSET" and len(fewer) < len(wanted):  # no Envoy takes a fallback to all of the keys
            return of_subset(config, members, metadata, fewer)
    whole = policy == "NOT_DEFINED"
    policy = config.fallback_policy if whole else policy
    if policy == "ANY_ENDPOINT":
        return members
    found = fitting(config.default_subset) if policy == "DEFAULT_SUBSET" else []
    return found or (members if whole and policy == "DEFAULT_SUBSET" and config.panic_mode_any else [])


def _fits(config: SubsetConfig, metadata: Metadata, wanted: Wanted) -> bool:
    own = metadata.filter_metadata.get(_LOAD_BALANCING)
    own = own if isinstance(own, dict) else {}
    return all(key in own and _is(own[key], value, as_any=config.list_as_any) for key, value in wanted.items())


def _is(own: Any, wanted: Any, *, as_any: bool) -> bool:
    """Whether two values of JSON are the same; a list of an endpoint may stand for each of its values."""
    if as_any and isinstance(own, list):
        return any(_is(one, wanted, as_any=False) for one in own)
    return msgspec.json.encode(own) == msgspec.json.encode(wanted)
