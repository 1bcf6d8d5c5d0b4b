"""Reads a live cluster: the kinds that are asked for, and of secrets no more than the checks need."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from meshctl.kube import ApiError, Cluster, ForbiddenError, ResourceType
from meshctl.model.kind import Kind
from meshctl.model.kinds.config_map import CONFIG_MAP
from meshctl.model.kinds.gateway import GATEWAY
from meshctl.model.kinds.job import JOB
from meshctl.model.kinds.kubernetes_gateway import KUBERNETES_GATEWAY
from meshctl.model.kinds.listener_set import LISTENER_SET
from meshctl.model.kinds.namespace import NAMESPACE
from meshctl.model.kinds.pod import POD
from meshctl.model.kinds.replica_set import REPLICA_SET
from meshctl.model.kinds.secret import SECRET
from meshctl.model.membership import IGNORED_NAMESPACES
from meshctl.model.resource import IN_CLUSTER
from meshctl.sources.files import Reading
from meshctl.sources.objects import Document, Objects

REVISION = "istio.io/rev"

_OWN_CONTROLLERS = {REPLICA_SET: "Deployment", JOB: "CronJob"}
"""Kinds of which there are many, made by another kind that says the same."""

_MULTICLUSTER = "istio/multiCluster"
_UNREAD_SECRETS = "type!=helm.sh/release.v1,type!=kubernetes.io/service-account-token"

_ISTIO_GROUPS = frozenset({"networking.istio.io", "security.istio.io", "telemetry.istio.io", "extensions.istio.io"})
"""Groups whose objects a control plane leaves alone when they are labelled with another revision."""

Object = Mapping[str, Any]


@dataclass(slots=True)
class ClusterReading(Reading):
    """What was read from a cluster; `unread` are the kinds that the user may not read, at least not all of them."""

    unread: list[Kind] = field(default_factory=list)
    namespaces: frozenset[str] = frozenset()
    """All namespaces; none when they may not be read."""


def read_cluster(
    cluster: Cluster,
    kinds: Iterable[Kind],
    *,
    namespace: str,
    istio_namespace: str,
    revision: str = "",
    everywhere: bool = True,
) -> ClusterReading:
    """The objects of these kinds, in all namespaces or in one; of kinds that the cluster does not serve, none.

    Objects of other revisions than `revision` are left out where it is their control plane that reads them. A kind
    that the user may not read everywhere is read in `namespace` and `istio_namespace` alone and stands in `unread`.

    Raises `ForbiddenError` when nothing may be read, and other `ClusterError`s when the cluster does not answer.
    """
    wanted = _served(cluster, kinds)
    places = tuple(dict.fromkeys((namespace, istio_namespace)))
    reading = ClusterReading()
    objects = Objects(namespace or "default")
    refusals: list[ForbiddenError] = []

    def read(kind: Kind) -> tuple[Sequence[Object], ForbiddenError | None]:
        if everywhere or not wanted[kind].namespaced:
            return _read_kind(cluster, kind, wanted[kind], places, istio_namespace)
        return _objects(cluster, kind, wanted[kind], namespace), None

    for kind, (found, refusal) in zip(wanted, cluster.each(read, wanted), strict=True):
        if refusal is not None:
            refusals.append(refusal)
            reading.unread.append(kind)
        if kind is NAMESPACE and refusal is None:
            reading.namespaces = frozenset(_name(item) for item in found)
        for item in found:
            if _belongs(item, kind, revision):
                reading.documents += 1
                objects.add(Document(item, IN_CLUSTER))
    if refusals and len(refusals) == len(wanted) and not objects.resources:
        first = refusals[0]
        raise ForbiddenError(first.status, first.reason, f"nothing may be read: {first.message}", hint=first.hint)
    if SECRET in wanted and SECRET not in reading.unread:
        for item in _certificates(cluster, wanted[SECRET], objects):
            objects.add(Document(item, IN_CLUSTER))
    reading.resources = objects.resources
    reading.messages = objects.messages
    return reading


def _served(cluster: Cluster, kinds: Iterable[Kind]) -> Mapping[Kind, ResourceType]:
    found = {kind: cluster.resource_types.find(kind.group, kind.name, kind.versions[0]) for kind in kinds}
    found |= {kind: cluster.resource_types.find(kind.group, kind.name) for kind, type_ in found.items() if not type_}
    return {kind: type_ for kind, type_ in found.items() if type_ is not None}


def _read_kind(
    cluster: Cluster, kind: Kind, type_: ResourceType, places: Collection[str], istio_namespace: str
) -> tuple[Sequence[Object], ForbiddenError | None]:
    if kind is CONFIG_MAP:
        places = (istio_namespace,)
    try:
        found = _objects(cluster, kind, type_, istio_namespace if kind is CONFIG_MAP else "")
    except ForbiddenError as error:
        if not type_.namespaced or kind is CONFIG_MAP:
            return [], error
        found = []
        for place in places:
            try:
                found += _objects(cluster, kind, type_, place)
            except ForbiddenError:
                continue
        return found, error
    except ApiError as error:
        if error.status in (404, 405):  # gone since the server was asked what it serves, or never to be listed
            return [], None
        raise
    return found, None


def _objects(cluster: Cluster, kind: Kind, type_: ResourceType, namespace: str) -> list[Object]:
    if kind is SECRET:
        # Here only that they exist, and under which labels; the contents follow for those that gateways name.
        return list(cluster.objects(type_, namespace, fields=_UNREAD_SECRETS, metadata_only=True))
    if kind in _OWN_CONTROLLERS:
        return list(_standalone(cluster, kind, type_, namespace))
    key = "metadata.name" if kind is NAMESPACE else "metadata.namespace"
    ignored = ",".join(f"{key}!={name}" for name in sorted(IGNORED_NAMESPACES))
    return list(cluster.objects(type_, namespace, fields=ignored if type_.namespaced or kind is NAMESPACE else ""))


def _standalone(cluster: Cluster, kind: Kind, type_: ResourceType, namespace: str) -> Iterator[Object]:
    """The objects of a kind that no other controller made: few, so that they are read one by one."""
    maker = _OWN_CONTROLLERS[kind]
    for item in cluster.objects(type_, namespace, metadata_only=True):
        metadata = item["metadata"]
        owners = metadata.get("ownerReferences") or ()
        if metadata.get("namespace") in IGNORED_NAMESPACES or any(owner.get("kind") == maker for owner in owners):
            continue
        found = cluster.get(type_, metadata["name"], metadata.get("namespace", ""))
        if found is not None:
            yield found


def _belongs(item: Object, kind: Kind, revision: str) -> bool:
    metadata = item.get("metadata") or {}
    labels = metadata.get("labels") or {}
    if kind is CONFIG_MAP:
        name = _name(item)
        if not name.startswith("istio"):
            return False
        # One mesh config counts: that of the revision. What the injectors of others say, their namespaces need.
        mesh = "istio" if revision in ("", "default") else f"istio-{revision}"
        return name == mesh or "mesh" not in (item.get("data") or {})
    if kind is POD and (item.get("status") or {}).get("phase") in ("Succeeded", "Failed"):
        return False  # it serves nobody any more
    if kind.group in _ISTIO_GROUPS and labels.get(REVISION):
        return not revision or labels[REVISION] == revision
    return True


def _certificates(cluster: Cluster, type_: ResourceType, objects: Objects) -> list[Object]:
    """The secrets that gateways name, and those with the credentials of other clusters, with their contents.

    They take the place of the same secrets without contents.
    """
    names = set(_credential_names(objects))
    wanted = [
        secret
        for secret in objects.resources
        if secret.kind is SECRET and (secret.name in names or secret.labels.get(_MULTICLUSTER) == "true")
    ]

    def read(place: tuple[str, str]) -> Object | None:
        try:
            return cluster.get(type_, place[1], place[0])
        except ForbiddenError:
            return None

    found = cluster.each(read, [(secret.namespace, secret.name) for secret in wanted])
    read_anew = {id(secret) for secret, item in zip(wanted, found, strict=True) if item is not None}
    objects.resources = [resource for resource in objects.resources if id(resource) not in read_anew]
    return [item for item in found if item is not None]


def _credential_names(objects: Objects) -> Iterator[str]:
    """The names of the secrets with the certificates of gateways, in whatever namespace they lie."""
    for resource in objects.resources:
        if resource.kind is GATEWAY:
            for server in resource.spec["servers"]:
                tls = server["tls"]
                for field_ in (tls["credentialName"], *tls["credentialNames"], tls["caCertCredentialName"]):
                    name = field_.text.rpartition("/")[2]
                    yield from (name, f"{name.removesuffix('-cacert')}-cacert")
        elif resource.kind in (KUBERNETES_GATEWAY, LISTENER_SET):
            for listener in resource.spec["listeners"]:
                for reference in listener["tls"]["certificateRefs"]:
                    yield reference["name"].text


def _name(item: Object) -> str:
    return str((item.get("metadata") or {}).get("name", ""))
