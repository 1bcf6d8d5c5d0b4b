"""What is in the cluster already: the objects of all installations, and those that have a wanted object's name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from meshctl.install.identity import Identity, Object, identity, labels, metadata
from meshctl.install.ownership import COMPONENT, KINDS, REVISION, TAG, is_derived
from meshctl.install.webhook_defaults import MUTATING, VALIDATING
from meshctl.kube import ApiError, Cluster, ClusterError, ForbiddenError, ResourceType

_WEBHOOKS = "admissionregistration.k8s.io"
_SERVICE = ResourceType("", "v1", "Service", "services", True)


@dataclass(slots=True)
class State:
    """Objects that the cluster has; kinds that could not be listed, with the refusal."""

    objects: dict[Identity, Object] = field(default_factory=dict)
    unreadable: dict[str, ClusterError] = field(default_factory=dict)
    namespaces: dict[str, Object] = field(default_factory=dict)

    def default_revision(self, namespace: str) -> Object | None:
        """The injection webhooks of the default tag of the mesh whose control planes are in a namespace."""
        for key, item in self.objects.items():
            if key.kind == MUTATING and labels(item).get(TAG) == "default":
                clients = [webhook.get("clientConfig") or {} for webhook in item.get("webhooks") or ()]
                if all((client.get("service") or {}).get("namespace", namespace) == namespace for client in clients):
                    return item
        return None

    def revisions(self) -> list[str]:
        """The revisions of which there is something."""
        return sorted({labels(item)[REVISION] for item in self.objects.values() if labels(item).get(REVISION)})


def read_state(cluster: Cluster, selector: str = COMPONENT) -> State:
    """Lists the objects of every installation, by the label that all of them have; webhooks whatever their labels.

    Kinds that the user may not list are left out and named; anything else that fails is raised.
    """
    state = State()
    types = [found for group, kind in KINDS if (found := cluster.resource_types.find(group, kind)) is not None]

    def listed(type_: ResourceType) -> Iterable[dict[str, Any]] | ForbiddenError:
        try:
            return cluster.objects_if_served(type_, labels="" if type_.kind == MUTATING else selector)
        except ForbiddenError as error:
            return error

    for type_, items in zip(types, cluster.each(listed, types), strict=True):
        if isinstance(items, ForbiddenError):
            state.unreadable[str(type_)] = items
        else:
            state.objects |= {identity(item): item for item in items if not is_derived(item)}
    return state


def read_tags(cluster: Cluster, state: State) -> None:
    """Adds the objects of tags that users made, which have none of an installation's labels."""
    types = [_SERVICE]
    validating = cluster.resource_types.find(_WEBHOOKS, VALIDATING)
    types += [validating] if validating else []
    for _, found in cluster.objects_each(types, labels=TAG):
        if not isinstance(found, ClusterError):
            state.objects |= {identity(item): item for item in found}


def calls(item: Object, namespace: str) -> bool:
    """Whether a tag's object belongs to the control plane of a namespace."""
    webhooks = item.get("webhooks")
    if not webhooks:
        return metadata(item).get("namespace") in (namespace, None)
    service = (webhooks[0].get("clientConfig") or {}).get("service")
    return service is None or service.get("namespace") == namespace


def read_missing(cluster: Cluster, state: State, wanted: Mapping[Identity, Object], namespaces: Iterable[str]) -> None:
    """Adds the namespaces, and the wanted objects that are there without labels of an installation."""
    namespace_type = ResourceType("", "v1", "Namespace", "namespaces", False)
    names = list(namespaces)
    found = cluster.each(lambda name: cluster.get(namespace_type, name), names)
    state.namespaces |= {name: item for name, item in zip(names, found, strict=True) if item is not None}
    unknown = [
        (key, type_)
        for key, item in wanted.items()
        if key not in state.objects
        and (not key.namespace or key.namespace in state.namespaces)
        and (type_ := served(cluster, item)) is not None
    ]
    live = cluster.each(lambda pair: cluster.get(pair[1], pair[0].name, pair[0].namespace), unknown)
    state.objects |= {key: item for (key, _), item in zip(unknown, live, strict=True) if item is not None}


def served(cluster: Cluster, item: Object) -> ResourceType | None:
    """The type of an object; None when the server does not serve its kind."""
    try:
        return cluster.type_of(item)
    except ApiError:
        return None
