"""Features that Istio has replaced."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import DEPRECATED, Message
from meshctl.model.kinds.custom_resource_definition import CUSTOM_RESOURCE_DEFINITION
from meshctl.model.kinds.sidecar import SIDECAR
from meshctl.model.kinds.virtual_service import VIRTUAL_SERVICE
from meshctl.model.snapshot import Snapshot

_FIRST_AUTHORIZATION = {"ClusterRbacConfig", "RbacConfig", "ServiceRole", "ServiceRoleBinding"}


@analyzer(
    "deprecation.DeprecationAnalyzer",
    inputs={VIRTUAL_SERVICE, SIDECAR, CUSTOM_RESOURCE_DEFINITION},
    emits={DEPRECATED},
)
def deprecation(mesh: Snapshot) -> Iterator[Message]:
    """Checks for fields and kinds that Istio has replaced by others."""
    for virtual_service in mesh[VIRTUAL_SERVICE]:
        for rule in virtual_service.spec["http"]:
            percent = rule["fault"]["delay"]["percent"]
            if percent.number > 0:
                yield DEPRECATED.at(
                    percent,
                    problem="fault.delay.percent is replaced by fault.delay.percentage",
                    hint=f"write percentage.value: {percent.number}",
                )
    for sidecar in mesh[SIDECAR]:
        proxy = sidecar.spec["outboundTrafficPolicy"]["egressProxy"]
        if proxy.present:
            yield DEPRECATED.at(
                proxy,
                problem="outboundTrafficPolicy.egressProxy is deprecated",
                hint="route the hosts through an egress gateway with a virtual service",
            )
    for definition in mesh[CUSTOM_RESOURCE_DEFINITION]:
        kind = definition.spec["names"]["kind"]
        if definition.spec["group"].value == "rbac.istio.io" and kind.text in _FIRST_AUTHORIZATION:
            yield DEPRECATED.at(
                kind,
                problem=f"{kind.text} of rbac.istio.io has no effect any more",
                hint="write AuthorizationPolicy resources of security.istio.io, and delete the CRD",
            )
