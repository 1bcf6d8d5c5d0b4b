"""Resources that are exported to namespaces which do not exist."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import EXPORT_TO_NOWHERE, Message
from meshctl.model.kinds.destination_rule import DESTINATION_RULE
from meshctl.model.kinds.namespace import NAMESPACE
from meshctl.model.kinds.service import SERVICE
from meshctl.model.kinds.service_entry import SERVICE_ENTRY
from meshctl.model.kinds.virtual_service import VIRTUAL_SERVICE
from meshctl.model.mesh_settings import ROOT_NAMESPACE
from meshctl.model.snapshot import Snapshot, derived
from meshctl.model.visibility import EXPORT_TO, service_exported_to

_EVERYWHERE = frozenset({".", "*", "~", "default", ROOT_NAMESPACE})


@derived
def _namespaces(mesh: Snapshot) -> frozenset[str]:
    """The namespaces that exist for sure: those that are defined, and those that something lies in."""
    found = {namespace.name for namespace in mesh[NAMESPACE]}
    for kind in (SERVICE, VIRTUAL_SERVICE, DESTINATION_RULE, SERVICE_ENTRY):
        found |= {resource.namespace for resource in mesh[kind]}
    return frozenset(found) | _EVERYWHERE


@analyzer(
    "visibility.ExportToAnalyzer",
    inputs={NAMESPACE, SERVICE, VIRTUAL_SERVICE, DESTINATION_RULE, SERVICE_ENTRY},
    emits={EXPORT_TO_NOWHERE},
)
def export_to(mesh: Snapshot) -> Iterator[Message]:
    """Checks that resources are exported to namespaces that exist."""
    namespaces = _namespaces(mesh)
    for kind in (VIRTUAL_SERVICE, DESTINATION_RULE, SERVICE_ENTRY):
        for resource in mesh[kind]:
            for item in resource.spec["exportTo"]:
                if item.text and item.text not in namespaces:
                    yield EXPORT_TO_NOWHERE.at(item, needs=(NAMESPACE,), namespace=item.text)
    for service in mesh[SERVICE]:
        for name in sorted((service_exported_to(service) or frozenset()) - namespaces):
            annotation = service.at("metadata", "annotations", EXPORT_TO)
            yield EXPORT_TO_NOWHERE.at(annotation, needs=(NAMESPACE,), namespace=name)
