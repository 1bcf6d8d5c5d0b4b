"""Filters and policies as istiod and others write them."""

from __future__ import annotations

from typing import Any

from meshctl.proxyconfig.rbac.stack import Filter, FilterStack

Json = dict[str, Any]

_HTTP = "type.googleapis.com/envoy.extensions.filters.http."
_NETWORK = "type.googleapis.com/envoy.extensions.filters.network."
ANY: Json = {"any": True}


def policy(permission: Json = ANY, principal: Json = ANY) -> Json:
    """A policy of one permission and one principal."""
    return {"permissions": [permission], "principals": [principal]}


def rules(action: str, **policies: Json) -> Json:
    """Rules, each with the key that a policy of that name in namespace shop has."""
    return {"action": action, "policies": {f"ns[shop]-policy[{name}]-rule[0]": one for name, one in policies.items()}}


def http_rbac(**fields: Any) -> Json:
    """An RBAC filter among the HTTP filters."""
    return {"name": "envoy.filters.http.rbac", "typed_config": {"@type": f"{_HTTP}rbac.v3.RBAC", **fields}}


def network_rbac(**fields: Any) -> Json:
    """An RBAC filter in front of a connection manager or TCP proxy."""
    config = {"@type": f"{_NETWORK}rbac.v3.RBAC", "stat_prefix": "tcp.", **fields}
    return {"name": "envoy.filters.network.rbac", "typed_config": config}


def jwt_authn(**fields: Any) -> Json:
    """A filter that checks tokens."""
    config = {"@type": f"{_HTTP}jwt_authn.v3.JwtAuthentication", **fields}
    return {"name": "envoy.filters.http.jwt_authn", "typed_config": config}


def ext_authz(**fields: Any) -> Json:
    """A filter that asks an external authorizer."""
    config = {"@type": f"{_HTTP}ext_authz.v3.ExtAuthz", **fields}
    return {"name": "envoy.filters.http.ext_authz", "typed_config": config}


def stack(*filters: Json, http: bool = True) -> FilterStack:
    """The filters as one request meets them; those of the network are told by their type."""
    found = tuple(
        Filter(one["name"], one["typed_config"], _NETWORK not in one["typed_config"]["@type"]) for one in filters
    )
    return FilterStack(found, http)
