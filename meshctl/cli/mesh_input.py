"""What `analyze` looks at: files, standard input, a cluster, or files as they will be in a cluster."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from meshctl import sources
from meshctl.errors import UnreadableError, UsageError
from meshctl.messages import FORBIDDEN_KIND, Message
from meshctl.model.kind import Kind
from meshctl.model.resource import Resource
from meshctl.model.snapshot import Snapshot

if TYPE_CHECKING:
    from meshctl.sources.cluster import ClusterReading


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user wants looked at.

    `use_kube` is None unless the user says whether the cluster counts: it does when no files are named. `kinds` are
    those that the checks read of a cluster, `timeout` the seconds for reading it, `contexts` those of other clusters
    of the mesh.
    """

    names: Sequence[str]
    use_kube: bool | None
    kinds: Collection[Kind]
    namespace: str
    istio_namespace: str
    all_namespaces: bool
    strict: bool
    revision: str
    timeout: float
    mesh_config_file: str
    contexts: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class MeshInput:
    """What there is to look at. `namespace` is the only one of the cluster to report on; empty for all of them."""

    reading: sources.Reading
    mesh: Snapshot
    cluster: str = ""
    namespace: str = ""

    def concerns(self, message: Message) -> bool:
        """Whether a message is about something that the user asked for: a file, or the namespace of the cluster."""
        found = message.resource
        if not self.namespace or found is None or found.source.chunk is not None:
            return True
        own = found.name if found.kind.name == "Namespace" else found.namespace
        return own in ("", self.namespace)


def mesh_input(wish: Wish) -> MeshInput:
    """Reads what is wanted; raises a `MeshctlError`."""
    if wish.use_kube or (wish.use_kube is None and not wish.names):
        return _with_cluster(wish)
    if wish.contexts:
        raise UsageError("--remote-contexts goes with a cluster", hint="--use-kube reads it beside the files")
    reading = sources.read(wish.names or _standard_input(), namespace=wish.namespace or "default")
    _add_mesh_config(reading, wish)
    return MeshInput(reading, Snapshot(reading.resources, strict=wish.strict))


def _with_cluster(wish: Wish) -> MeshInput:
    from meshctl.cli.clusters import open_cluster
    from meshctl.kube import NoKubeconfigError
    from meshctl.sources.cluster import read_cluster

    try:
        cluster = open_cluster(wish.timeout)
    except NoKubeconfigError:
        if wish.use_kube:
            raise
        # Without any cluster, something that is piped in can only be meant as the input.
        return mesh_input(_offline(wish))
    with cluster:
        namespace = wish.namespace or cluster.namespace
        own = read_cluster(
            cluster,
            wish.kinds,
            namespace=namespace,
            istio_namespace=wish.istio_namespace,
            revision=wish.revision,
        )
    if not wish.all_namespaces and own.namespaces and namespace not in own.namespaces:
        raise UnreadableError(f"the cluster has no namespace {namespace}", hint="-A looks at all of them")
    reading: sources.Reading = sources.read(wish.names, namespace=namespace) if wish.names else sources.Reading()
    _add_mesh_config(reading, wish)
    reading.resources = [*_not_replaced(own.resources, reading.resources), *reading.resources]
    reading.messages += own.messages
    if own.unread:
        reading.messages.append(FORBIDDEN_KIND.alone(kinds=sorted(kind.name for kind in own.unread)))
    return MeshInput(
        reading,
        Snapshot(
            reading.resources,
            strict=not any(kind.name == "Pod" for kind in own.unread),
            unread=own.unread,
            remotes=_remotes(wish),
        ),
        cluster.transport.connection.context or "this one",
        "" if wish.all_namespaces else namespace,
    )


def _remotes(wish: Wish) -> dict[str, Snapshot]:
    """The other clusters, by context: the kinds that istioctl reads of them, which make up one mesh."""
    from meshctl.cli.clusters import settings
    from meshctl.kube import Deadline, connect
    from meshctl.sources.cluster import read_cluster

    found: dict[str, Snapshot] = {}
    kinds = [kind for kind in wish.kinds if kind.name in ("Service", "Namespace", "Node", "Pod", "Secret")]
    for context in wish.contexts:
        with connect(settings(context=context), Deadline(wish.timeout)) as cluster:
            other: ClusterReading = read_cluster(
                cluster, kinds, namespace=wish.namespace or cluster.namespace, istio_namespace=wish.istio_namespace
            )
        found[context] = Snapshot(other.resources, strict=True, unread=other.unread)
    return found


def _offline(wish: Wish) -> Wish:
    from dataclasses import replace

    return replace(wish, use_kube=False)


def _not_replaced(live: Sequence[Resource], files: Sequence[Resource]) -> list[Resource]:
    """The objects of the cluster but for those that a file has: the file is what will be there."""
    replaced = {(resource.kind, resource.namespace, resource.name) for resource in files}
    return [resource for resource in live if (resource.kind, resource.namespace, resource.name) not in replaced]


def _add_mesh_config(reading: sources.Reading, wish: Wish) -> None:
    if wish.mesh_config_file:
        reading.resources.insert(0, sources.read_mesh_config(wish.mesh_config_file, wish.istio_namespace))


def _is_piped() -> bool:
    """Whether standard input is a pipe or a file, so that it can hold manifests."""
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (AttributeError, OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode)


def _standard_input() -> list[str]:
    if not _is_piped():
        raise UsageError(
            "there is nothing to analyze",
            hint="name files or directories, - for standard input, or a cluster with --kubeconfig",
        )
    return [sources.STANDARD_INPUT]
