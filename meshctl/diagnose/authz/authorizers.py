"""The external authorizers that the mesh config provides, as the filters that ask them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from meshctl.model.mesh_settings import MeshSettings
from meshctl.model.resource import Field
from meshctl.proxyconfig.rbac.stack import Filter

_HTTP, _GRPC = "envoyExtAuthzHttp", "envoyExtAuthzGrpc"
_HTTP_TYPE = "type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthz"
_TCP_TYPE = "type.googleapis.com/envoy.extensions.filters.network.ext_authz.v3.ExtAuthz"
_TIMEOUT = "600s"


def authorizer(settings: MeshSettings, name: str, *, http: bool) -> Filter | None:
    """The filter that asks a provider; None for a provider that is not defined or cannot be asked on this port.

    One that is asked over HTTP can be so about requests only, not about TCP connections.
    """
    for provider in settings.get("extensionProviders") or ():
        if provider["name"].text == name:
            if provider[_GRPC]:
                return _over_grpc(provider[_GRPC], http=http)
            if provider[_HTTP] and http:
                return _over_http(provider[_HTTP])
    return None


def _over_grpc(provider: Field, *, http: bool) -> Filter:
    host, port = _host(provider), provider["port"].number
    service = {
        "envoy_grpc": {
            "cluster_name": f"outbound|{port}||{host}",
            "authority": provider["authority"].text
            if "authority" in provider.mapping
            else f"outbound_.{port}_._.{host}",
        },
        "timeout": provider["timeout"].text or _TIMEOUT,
    }
    common = {"grpc_service": service, "transport_api_version": "V3", **_failing(provider)}
    if not http:
        del common["transport_api_version"]
        return Filter(
            "envoy.filters.network.ext_authz",
            {"@type": _TCP_TYPE, "stat_prefix": "tcp.", **common, "transport_api_version": "V3"},
            http=False,
        )
    return Filter("envoy.filters.http.ext_authz", {"@type": _HTTP_TYPE, **common, **_refused(provider)})


def _over_http(provider: Field) -> Filter:
    host, port = _host(provider), provider["port"].number
    server = {
        "uri": f"http://{host}",
        "cluster": f"outbound|{port}||{host}",
        "timeout": provider["timeout"].text or _TIMEOUT,
    }
    prefix = {"path_prefix": provider["pathPrefix"].text} if provider["pathPrefix"] else {}
    config = {
        "@type": _HTTP_TYPE,
        "http_service": {"server_uri": server, **prefix},
        "transport_api_version": "V3",
        **_failing(provider),
        **_refused(provider),
    }
    return Filter("envoy.filters.http.ext_authz", config)


def _host(provider: Field) -> str:
    return provider["service"].text.rpartition("/")[2]


def _failing(provider: Field) -> Mapping[str, Any]:
    return {"failure_mode_allow": True} if provider["failOpen"] else {}


def _refused(provider: Field) -> Mapping[str, Any]:
    status = provider["statusOnError"].number
    return {"status_on_error": {"code": status}} if status else {}
