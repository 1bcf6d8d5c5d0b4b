"""Whether a filter asks an external authorizer (`ext_authz`), whose answer nobody else knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from meshctl.proxyconfig.envoy import decode
from meshctl.proxyconfig.judgement import Judgement, every, unknown
from meshctl.proxyconfig.matchers import RuntimeFraction
from meshctl.proxyconfig.names import ClusterName
from meshctl.proxyconfig.rbac.metadata import metadata
from meshctl.proxyconfig.rbac.scene import Scene
from meshctl.proxyconfig.rbac.verdict import Outcome, Step


def decide_by_authorizer(scene: Scene, name: str, config: Mapping[str, Any]) -> Step:
    """The step of such a filter."""
    asked = every([_share(config.get("filter_enabled")), _selected(scene, config.get("filter_enabled_metadata"))])
    who = f"the external authorizer {authorizer(config)}"
    if asked.fits:
        return Step(name, "CUSTOM", Outcome.UNKNOWN, f"{who} decides")
    if asked.fits is None:
        return Step(name, "CUSTOM", Outcome.UNKNOWN, f"{who} may be asked: {asked.reason}")
    if config.get("deny_at_disable", {}).get("default_value"):
        status = 0 if ".network." in name else 403
        return Step(name, "CUSTOM", Outcome.DENIED, f"{who} is not asked, and then the filter denies", status=status)
    return Step(name, "CUSTOM", None, f"{who} is not asked")


def authorizer(config: Mapping[str, Any]) -> str:
    """Where the authorizer is: host and port of its cluster."""
    grpc, http = config.get("grpc_service", {}), config.get("http_service", {})
    cluster = (
        grpc.get("envoy_grpc", {}).get("cluster_name")
        or grpc.get("google_grpc", {}).get("target_uri")
        or http.get("server_uri", {}).get("cluster", "")
    )
    found = ClusterName.parse(str(cluster))
    return f"{found.fqdn}:{found.port}" if found is not None else str(cluster)


def _share(enabled: Any) -> Judgement:
    percent = decode(msgspec.json.encode(enabled), RuntimeFraction).default_value.percent if enabled else 100
    if 0 < percent < 100:
        return unknown(f"it is for {percent:g} % of the requests")
    return Judgement(percent > 0, "it is switched off")


def _selected(scene: Scene, matcher: Any) -> Judgement:
    return metadata(scene, matcher) if matcher else Judgement(True, "")
