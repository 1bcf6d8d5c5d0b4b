"""Certificates of gateways in namespaces that do not allow it."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import REFERENCE_NOT_GRANTED, Message
from meshctl.model.gateway_api import granted, reference
from meshctl.model.kinds.kubernetes_gateway import KUBERNETES_GATEWAY
from meshctl.model.kinds.listener_set import LISTENER_SET
from meshctl.model.kinds.reference_grant import REFERENCE_GRANT
from meshctl.model.kinds.secret import SECRET
from meshctl.model.snapshot import Snapshot


@analyzer(
    "gatewayapi.CertificateReferenceAnalyzer",
    inputs={KUBERNETES_GATEWAY, LISTENER_SET, REFERENCE_GRANT},
    emits={REFERENCE_NOT_GRANTED},
)
def certificate_reference(mesh: Snapshot) -> Iterator[Message]:
    """Checks that gateways may use the certificates of other namespaces."""
    for kind in (KUBERNETES_GATEWAY, LISTENER_SET):
        for gateway in mesh[kind]:
            for listener in gateway.spec["listeners"]:
                for field in listener["tls"]["certificateRefs"]:
                    found = reference(field, "", SECRET.name)
                    if found.name and found.crosses and not granted(mesh, found):
                        yield REFERENCE_NOT_GRANTED.at(
                            field["namespace"],
                            needs=(REFERENCE_GRANT,),
                            kind=found.kind_name,
                            name=found.full_name,
                            namespace=found.namespace,
                            origin=gateway.kind.name,
                            origin_namespace=gateway.namespace,
                        )
