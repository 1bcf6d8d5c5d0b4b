"""Names that only a cluster, a kubeconfig or a saved dump can tell, for the completions of shells."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import click

from meshctl.cli import clusters as chosen
from meshctl.durations import nanoseconds

if TYPE_CHECKING:
    from meshctl.kube import Cluster, ResourceType
    from meshctl.proxyconfig.dump import ConfigDump

Names = Iterable[tuple[str, str]]
"""Names, each with what it is."""

TIMEOUT = "MESHCTL_COMPLETION_TIMEOUT"
"""The variable for who has a cluster that takes longer than `_SECONDS`: a duration such as `3s`."""

_SECONDS = 1.0
"""Time for all questions to the cluster: a person waits for the answer with the finger on the key."""

_SAFE = re.compile(r"[^\W_][\w.:/@|+=,%-]*")
"""What a name may hold. No shell takes any of it for a command, with quotes around `|`; others are not offered."""

_LONGEST = 253
_LONGEST_TEXT = 60

_KINDS = {
    ("deployment", "deployments", "deploy"): ("apps", "Deployment"),
    ("statefulset", "statefulsets", "sts"): ("apps", "StatefulSet"),
    ("daemonset", "daemonsets", "ds"): ("apps", "DaemonSet"),
    ("replicaset", "replicasets", "rs"): ("apps", "ReplicaSet"),
    ("job", "jobs"): ("batch", "Job"),
    ("service", "services", "svc"): ("", "Service"),
    ("pod", "pods", "po"): ("", "Pod"),
}
"""Words for kinds that are known without asking the cluster what it serves."""


def names(source: str, context: click.Context, begin: str) -> list[tuple[str, str]]:
    """The names of one source that begin so, by name, and nothing that a shell or a terminal could stumble over."""
    with context.scope(cleanup=False):
        found = dict(_SOURCES[source](context, begin))
    return sorted((name, _plain(text)) for name, text in found.items() if name.startswith(begin) and _is_safe(name))


def _is_safe(name: str) -> bool:
    return len(name) <= _LONGEST and _SAFE.fullmatch(name) is not None


def _plain(text: str) -> str:
    """A text of a cluster without what would break a line or move the cursor."""
    return "".join(sign for sign in text if sign.isprintable())[:_LONGEST_TEXT]


def _cluster() -> Cluster:
    wish = nanoseconds(os.environ.get(TIMEOUT, ""))
    return chosen.open_cluster(_SECONDS if wish is None else wish / 1e9)


def _namespace(context: click.Context, cluster: Cluster) -> str:
    return str(context.params.get("namespace") or chosen.namespace(cluster))


def _contexts(_context: click.Context, _begin: str) -> Names:
    from meshctl.kube.contexts import contexts

    return contexts(chosen.settings()).items()


def _namespaces(_context: click.Context, _begin: str) -> Names:
    with _cluster() as cluster:
        return [(name, status) for name, status in _rows(cluster, _type("", "Namespace"), "")]


def _pods(context: click.Context, begin: str) -> Names:
    if "/" in begin:
        return _typed(context, begin)
    with _cluster() as cluster:
        found = _rows(cluster, _type("", "Pod"), _namespace(context, cluster))
    named = context.params.get("pods") or ()
    return [*(row for row in found if row[0] not in named), *_kind_words(begin, but="pod")]


def _istiod_pods(context: click.Context, _begin: str) -> Names:
    with _cluster() as cluster:
        labels = str(context.params.get("selector") or "app=istiod")
        return _rows(cluster, _type("", "Pod"), chosen.istio_namespace(), labels)


def _workloads(context: click.Context, begin: str) -> Names:
    if "/" in begin:
        return _typed(context, begin)
    with _cluster() as cluster:
        where = _namespace(context, cluster)
        types = [_type(group, kind) for group, kind in _KINDS.values() if kind not in ("ReplicaSet", "Pod", "Service")]
        found = cluster.each(lambda type_: _rows(cluster, type_, where), types)
    of_all = [(name, type_.kind) for type_, rows in zip(types, found, strict=True) for name, _ in rows]
    return [*of_all, *_kind_words(begin)]


def _services(context: click.Context, _begin: str) -> Names:
    with _cluster() as cluster:
        return _rows(cluster, _type("", "Service"), _namespace(context, cluster))


def _typed(context: click.Context, begin: str) -> Names:
    """Names behind a kind, as `deployment/reviews`."""
    word = begin.rpartition("/")[0]
    with _cluster() as cluster:
        known = next((_type(*kind) for spellings, kind in _KINDS.items() if word.lower() in spellings), None)
        type_ = known or cluster.resource_types.named(word)
        if type_ is None:
            return []
        return [(f"{word}/{name}", "") for name, _ in _rows(cluster, type_, _namespace(context, cluster))]


def _kind_words(begin: str, but: str = "") -> Names:
    """The kinds that may stand before a name; only when one begins so, as most people want a pod."""
    return [(f"{words[0]}/", "") for words in _KINDS if begin and words[0] != but and words[0].startswith(begin)]


def _revisions(_context: click.Context, _begin: str) -> Names:
    return [(labels["istio.io/rev"], "revision") for labels in _webhook_labels() if "istio.io/tag" not in labels]


def _tags(_context: click.Context, _begin: str) -> Names:
    return [
        (labels["istio.io/tag"], f"revision {labels['istio.io/rev']}")
        for labels in _webhook_labels()
        if "istio.io/tag" in labels
    ]


def _revisions_and_tags(context: click.Context, begin: str) -> Names:
    return [*_tags(context, begin), *_revisions(context, begin)]


def _webhook_labels() -> list[Mapping[str, str]]:
    """The labels of the webhook configurations of revisions and tags."""
    type_ = _type("admissionregistration.k8s.io", "MutatingWebhookConfiguration")
    with _cluster() as cluster:
        found = cluster.objects(type_, labels="istio.io/rev", metadata_only=True)
    return [item["metadata"]["labels"] for item in found]


def _type(group: str, kind: str) -> ResourceType:
    from meshctl.kube import ResourceType

    namespaced = kind not in ("Namespace", "MutatingWebhookConfiguration")
    return ResourceType(group, "v1", kind, f"{kind.lower()}s", namespaced)


def _rows(cluster: Cluster, type_: ResourceType, namespace: str, labels: str = "") -> list[tuple[str, str]]:
    """Names, and the status where the server tells one."""
    return [(row.get("Name", ""), row.get("Status", "")) for row in cluster.rows(type_, namespace, labels=labels)]


def _clusters(context: click.Context, _begin: str) -> Names:
    return ((head.name, "") for _, head in _heads(context))


def _cluster_hosts(context: click.Context, _begin: str) -> Names:
    return ((parsed.fqdn, "") for parsed in _parsed(context))


def _subsets(context: click.Context, _begin: str) -> Names:
    return ((parsed.subset, parsed.fqdn) for parsed in _parsed(context) if parsed.subset)


def _routes(context: click.Context, _begin: str) -> Names:
    found = _dump(context)
    return ((entry.name, "") for entry in found.routes) if found else ()


def _hosts(context: click.Context, _begin: str) -> Names:
    found = _dump(context)
    if found is None:
        return ()
    hosts = [host for entry in found.routes for host in entry.resource.virtual_hosts]
    return ((domain, host.name) for host in hosts for domain in host.domains)


def _parsed(context: click.Context) -> Iterable[Any]:
    from meshctl.proxyconfig.names import ClusterName

    return filter(None, (ClusterName.parse(head.name) for _, head in _heads(context)))


def _heads(context: click.Context) -> Iterable[Any]:
    found = _dump(context)
    return found.cluster_heads() if found else ()


def _dump(context: click.Context) -> ConfigDump | None:
    """The dump that `--file` names; a pod is not asked for the sake of a completion."""
    from meshctl.proxyconfig.dump import read
    from meshctl.proxyconfig.saved import read_saved

    file = str(context.params.get("file") or "")
    if not file or file == "-" or not os.path.exists(os.path.expanduser(file)):
        return None
    return read(read_saved(os.path.expanduser(file), proxy=str(context.params.get("pod") or "")))


_SOURCES: Mapping[str, Callable[[click.Context, str], Names]] = {
    "contexts": _contexts,
    "namespaces": _namespaces,
    "pods": _pods,
    "istiod_pods": _istiod_pods,
    "workloads": _workloads,
    "services": _services,
    "revisions": _revisions_and_tags,
    "tags": _tags,
    "clusters": _clusters,
    "cluster_hosts": _cluster_hosts,
    "subsets": _subsets,
    "routes": _routes,
    "hosts": _hosts,
}
