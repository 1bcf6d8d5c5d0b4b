"""What the control plane serves a proxy: in a dump of istiod, what it would send now; in one of Envoy, what came."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from meshctl.proxyconfig import sections
from meshctl.proxyconfig.documents import document
from meshctl.proxyconfig.dump import ConfigDump, Entry, State

_SERVED_SECRET = "://"  # noqa: S105 - not a password
"""Names of secrets that istiod serves say where it has them from: `kubernetes://shop-cert`.

The certificate of the workload itself and its authorities come from the agent beside the proxy.
"""

_PULL_SECRET = "ISTIO_META_WASM_IMAGE_PULL_SECRET"  # noqa: S105 - its name only

_DEFAULT_OVERPROVISIONING = 140

SERVED: Mapping[str, str] = {
    "cluster": sections.CLUSTERS,
    "listener": sections.LISTENERS,
    "route": sections.ROUTES,
    "endpoint": sections.ENDPOINTS,
    "secret": sections.SECRETS,
    "ecds": sections.ECDS,
}
"""The section of each kind of resource that istiod serves."""


def served(dump: ConfigDump, kind: str) -> dict[str, Any]:
    """The resources of a kind as data, by name and sorted; what is static, warming or draining is not among them.

    Raises `DumpError` where the dump does not have the section.
    """
    found = {entry.name: document(entry.raw) for entry in _OF_KIND[kind](dump) if entry.state is State.ACTIVE}
    plain = {name: _plain(found[name]) for name in sorted(found)}
    if kind == "ecds":
        for filter_ in plain.values():
            _leave_out_code(filter_)
    return plain


def _leave_out_code(filter_: Any) -> None:
    """Takes the module out of a Wasm filter: the agent beside the proxy fetches it, and gives Envoy the file instead.

    The variable with the secret for fetching ends at the agent too.
    """
    config = filter_.get("typedConfig")
    machine = (config.get("config") or {}).get("vmConfig") if isinstance(config, dict) else None
    if isinstance(machine, dict):
        machine.pop("code", None)
        variables = machine.get("environmentVariables", {}).get("keyValues")
        if isinstance(variables, dict):
            variables.pop(_PULL_SECRET, None)
            if not variables:
                del machine["environmentVariables"]


def _endpoints(dump: ConfigDump) -> Iterable[Entry[Any]]:
    """Envoy also lists the endpoints that stand in clusters; only those of EDS clusters are served by themselves."""
    if not dump.has(sections.CLUSTERS):
        return dump.endpoints
    wanted = {head.name for _, head in dump.cluster_heads() if head.type == "EDS"}
    return [entry for entry in dump.endpoints if entry.name in wanted]


def _secrets(dump: ConfigDump) -> Iterable[Entry[Any]]:
    return [entry for entry in dump.secrets if _SERVED_SECRET in entry.name]


_OF_KIND: Mapping[str, Callable[[ConfigDump], Iterable[Entry[Any]]]] = {
    "cluster": lambda dump: dump.clusters,
    "listener": lambda dump: dump.listeners,
    "route": lambda dump: dump.routes,
    "endpoint": _endpoints,
    "secret": _secrets,
    "ecds": lambda dump: dump.extensions,
}


def _plain(data: Any) -> Any:
    """Data without what only one of istiod and Envoy writes: numbers with a point, and defaults of endpoints."""
    if isinstance(data, list):
        return [_plain(item) for item in data]
    if isinstance(data, dict):
        return {key: _plain(value) for key, value in data.items() if not _is_default(key, value)}
    return int(data) if isinstance(data, float) and data.is_integer() else data


def _is_default(key: str, value: Any) -> bool:
    return (key == "healthCheckConfig" and value == {}) or (
        key == "policy" and value == {"overprovisioningFactor": _DEFAULT_OVERPROVISIONING}
    )
