"""Resources in a form in which only what matters differs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from meshctl.proxyconfig.dump import ConfigDump, Entry
from meshctl.proxyconfig.secrets import Secret
from meshctl.proxyconfig.views.secret import rows
from meshctl.proxyconfig.views.whole import bootstrap_document

_OF_THE_POD = frozenset("ANNOTATIONS INSTANCE_IPS NAME NODE_NAME ENVOY_PROMETHEUS_PORT ENVOY_STATUS_PORT".split())
"""Metadata of a node that differs between the pods of one workload."""


def _named(item: Mapping[str, Any]) -> str:
    return str(item.get("name", ""))


def _locality(item: Mapping[str, Any]) -> str:
    place = _part(item, "locality")
    return "/".join([*(str(place.get(key, "")) for key in ("region", "zone", "subZone")), str(item.get("priority", 0))])


def _address(item: Mapping[str, Any]) -> str:
    address = _part(_part(item, "endpoint"), "address")
    socket = _part(address, "socketAddress")
    if socket:
        return f"{socket.get('address', '')}:{socket.get('portValue', 0)}"
    return str(_part(address, "pipe").get("path") or json.dumps(address, sort_keys=True))


def _part(item: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    found = item.get(field)
    return found if isinstance(found, dict) else {}


_KEYED: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "endpoints": _locality,
    "filterChains": _named,
    "lbEndpoints": _address,
    "virtualHosts": _named,
}
"""Lists in which a key says which item is which, and the order says nothing."""

_SETS = frozenset({"domains", "matchSubjectAltNames", "matchTypedSubjectAltNames", "serverNames"})
"""Lists in which the order says nothing."""


def order_free(data: Any, field: str = "") -> Any:
    """The data of a resource with lists whose order has no meaning as objects, or sorted."""
    return _ordered(data, field, keyed=True)


def in_order(data: Any) -> Any:
    """The data of a resource with lists whose order has no meaning sorted."""
    return _ordered(data, "", keyed=False)


def _ordered(data: Any, field: str, *, keyed: bool) -> Any:
    if isinstance(data, dict):
        return {key: _ordered(value, key, keyed=keyed) for key, value in data.items()}
    if not isinstance(data, list):
        return data
    items = [_ordered(item, "", keyed=keyed) for item in data]
    if field in _SETS:
        return sorted(items, key=lambda item: json.dumps(item, sort_keys=True))
    key = _KEYED.get(field)
    if key and all(isinstance(item, dict) for item in items):
        keys = [key(item) for item in data]
        if len(set(keys)) == len(keys) and all(keys):
            pairs = zip(keys, items, strict=True)
            return dict(pairs) if keyed else [item for _, item in sorted(pairs, key=lambda pair: pair[0])]
    return items


def secret_data(entry: Entry[Secret]) -> Any:
    """What a secret is good for: certificates are renewed all the time, so a workload's is told by its names."""
    found = []
    for row in rows([entry]):
        first = row.certificate
        found.append(
            {
                "trustDomain": row.trust_domain,
                "names": sorted(first.names) if first and not first.is_ca else [],
                "authorities": sorted(item.fingerprint for item in row.chain) if first and first.is_ca else [],
                "readable": first is not None,
            }
        )
    return {"state": str(entry.state), "certificates": found}


def bootstrap_data(dump: ConfigDump) -> Any:
    """What a proxy was started with, but for what names its pod."""
    bootstrap = bootstrap_document(dump).get("bootstrap")
    node = bootstrap.get("node") if isinstance(bootstrap, dict) else None
    if isinstance(node, dict):
        node.pop("id", None)
        metadata = node.get("metadata")
        if isinstance(metadata, dict):
            node["metadata"] = {key: value for key, value in metadata.items() if key not in _OF_THE_POD}
    return order_free(bootstrap)
