"""Matches on claims of tokens that nobody reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import CLAIM_WITHOUT_AUTHENTICATION, Message
from meshctl.model.gateway_pods import gateway_pods, selector
from meshctl.model.kinds.gateway import GATEWAY
from meshctl.model.kinds.request_authentication import REQUEST_AUTHENTICATION
from meshctl.model.kinds.virtual_service import MESH_GATEWAY, VIRTUAL_SERVICE, gateway_name
from meshctl.model.membership import GATEWAY_NAME
from meshctl.model.mesh_settings import SETTINGS_KINDS, mesh_settings
from meshctl.model.resource import Field, Resource
from meshctl.model.selectors import SelectorIndex, selector_text
from meshctl.model.snapshot import Snapshot, derived
from meshctl.model.workloads import WORKLOAD_KINDS, Workload

_PREFIX = "@request.auth.claims"


@derived
def _authentications(mesh: Snapshot) -> Mapping[str, SelectorIndex[Resource]]:
    """RequestAuthentications of each namespace by their selectors; those with targets by the label of their gateway."""
    found: dict[str, SelectorIndex[Resource]] = {}
    for authentication in mesh[REQUEST_AUTHENTICATION]:
        spec = authentication.spec
        index = found.setdefault(authentication.namespace, SelectorIndex())
        targets = [spec["targetRef"], *spec["targetRefs"]]
        if not any(targets):
            index.add(spec["selector"]["matchLabels"].mapping, authentication)
        for target in targets:
            if target["kind"].value == "Gateway" and target["name"].text:
                index.add({GATEWAY_NAME: target["name"].text}, authentication)
    return found


@analyzer(
    "virtualservice.JWTClaimRouteAnalyzer",
    inputs={VIRTUAL_SERVICE, GATEWAY, REQUEST_AUTHENTICATION, *WORKLOAD_KINDS, *SETTINGS_KINDS},
    emits={CLAIM_WITHOUT_AUTHENTICATION},
)
def jwt_claim_route(mesh: Snapshot) -> Iterator[Message]:
    """Checks that tokens are read at gateways whose routes match on claims."""
    unread: dict[str, Workload | None] = {}
    for virtual_service in mesh[VIRTUAL_SERVICE]:
        claim = next(_claims(virtual_service), None)
        if claim is None:
            continue
        for reference in virtual_service.spec["gateways"]:
            gateway = mesh.find(GATEWAY, *gateway_name(reference)) if reference.value != MESH_GATEWAY else None
            if gateway is None or not selector(gateway):
                continue  # an empty selector matches pods that are no gateways
            text = selector_text(selector(gateway))
            if text not in unread:
                unread[text] = next((pod for pod in gateway_pods(mesh)[text] if not _reads(mesh, pod)), None)
            pod = unread[text]
            if pod is not None:
                yield CLAIM_WITHOUT_AUTHENTICATION.at(
                    claim,
                    key=True,
                    related=[reference],
                    needs=(REQUEST_AUTHENTICATION,),
                    claim=claim.key,
                    gateway=gateway.full_name,
                    pod=pod.resource.name,
                )


def _reads(mesh: Snapshot, pod: Workload) -> bool:
    for namespace in (pod.namespace, mesh_settings(mesh).root_namespace):
        index = _authentications(mesh).get(namespace)
        if index is not None and next(index.matching(pod.labels), None) is not None:
            return True
    return False


def _claims(virtual_service: Resource) -> Iterator[Field]:
    """The matches on claims, which are written as headers with a name like `@request.auth.claims.group`."""
    for rule in virtual_service.spec["http"]:
        for match in rule["match"]:
            for headers in (match["headers"], match["withoutHeaders"]):
                for name, header in headers.items():
                    rest = name[len(_PREFIX) :] if name.lower().startswith(_PREFIX) else ""
                    if (rest.startswith(".") and len(rest) > 1) or (
                        rest.startswith("[") and rest.endswith("]") and len(rest) > 2
                    ):
                        yield header
