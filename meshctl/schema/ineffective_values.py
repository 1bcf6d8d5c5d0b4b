"""Values that the installer takes although they do nothing, are better said elsewhere, or make the charts fail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from meshctl.messages import Message
from meshctl.model.resource import Field
from meshctl.schema.rules.reporting import doubtful, invalid

_SEE_COMPONENTS = "switch the entry of spec.components on or off"

NO_EFFECT: Mapping[str, str] = {
    "base.enableIstioConfigCRDs": "leave CRDs out by base.excludedCRDs",
    "base.validateGateway": "",
    "cni.ambient.configDir": "",
    "cni.enabled": _SEE_COMPONENTS,
    "cni.logLevel": "write cni.logging.level",
    "cni.privileged": "",
    "cni.pspClusterRole": "",
    "cni.psp_cluster_role": "",
    "cni.repair.createEvents": "",
    "cni.repair.hub": "",
    "cni.repair.image": "",
    "cni.repair.tag": "",
    "cni.rollingMaxUnavailable": "write cni.updateStrategy under spec.unvalidatedValues",
    "gateways.enabled": _SEE_COMPONENTS,
    "gateways.istio-egressgateway.memory": "write an overlay of the autoscaler",
    "gateways.istio-ingressgateway.memory": "write an overlay of the autoscaler",
    "global.jwtPolicy": "",
    "global.multiCluster.enabled": "",
    "global.multiCluster.globalDomainSuffix": "",
    "global.multiCluster.includeEnvoyFilter": "",
    "global.podDNSSearchNamespaces": "",
    "global.proxy.enableCoreDump": "write the annotation sidecar.istio.io/enableCoreDump",
    "global.proxy_init.resources": "init containers take global.proxy.resources",
    "global.waypoint.toleration": "write global.waypoint.tolerations under spec.unvalidatedValues",
    "istioCni": "write pilot.cni",
    "istio_cni": "write pilot.cni",
    "pilot.cni.chained": "write cni.chained",
    "sidecarInjectorWebhook.injectionURL": "write istiodRemote.injectionURL",
}
"""Values that no chart reads, with what to do instead where there is something."""

REPLACED: Mapping[str, str] = {
    "global.proxy.holdApplicationUntilProxyStarts": "defaultConfig.holdApplicationUntilProxyStarts",
    "global.tracer.datadog.address": "defaultConfig.tracing.datadog.address",
    "global.tracer.lightstep.accessToken": "defaultConfig.tracing.lightstep.accessToken",
    "global.tracer.lightstep.address": "defaultConfig.tracing.lightstep.address",
    "global.tracer.zipkin.address": "defaultConfig.tracing.zipkin.address",
}
"""Older names of mesh settings, which still work, and where they belong below `meshConfig`."""

_STACKDRIVER = ("debug", "maxNumberOfAttributes", "maxNumberOfAnnotations", "maxNumberOfMessageEvents")

REFUSED = tuple(
    f"{place}.stackdriver.{name}"
    for place in ("global.tracer", "meshConfig.defaultConfig.tracing")
    for name in _STACKDRIVER
)
"""Values with which the charts refuse to render."""


def ineffective_values(values: Field) -> Iterator[Message]:
    """Checks each value that is written for what becomes of it in the charts."""
    for path, instead in NO_EFFECT.items():
        found = _at(values, path)
        if found.value not in (None, {}, [], ""):
            yield doubtful(found, "has no effect: no chart reads it", instead)
    for path, instead in REPLACED.items():
        found = _at(values, path)
        if found:
            yield doubtful(found, "is an older name", f"write meshConfig.{instead}")
    for path in REFUSED:
        found = _at(values, path)
        if found:
            yield invalid(found, "is gone, and the charts refuse it", "leave it out")
    provider = values["global"]["pilotCertProvider"]
    if provider.text == "kubernetes":
        yield invalid(provider, "cannot be kubernetes any more: its signer is gone", "write istiod, or custom")


def _at(values: Field, path: str) -> Field:
    for step in path.split("."):
        values = values[step]
    return values
