"""What a proxy has against what istiod would send it now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from meshctl.cli.clusters import namespace, open_cluster
from meshctl.cli.istiods import istiods_of, istiods_of_address, seconds
from meshctl.cli.proxy_config import note, note_refused
from meshctl.cli.proxy_pages import page
from meshctl.errors import FINDING, UNREADABLE, UsageError

if TYPE_CHECKING:
    from meshctl.kube import Cluster
    from meshctl.proxyconfig.dump import ConfigDump

_DUMP = "config_dump"
_ZTUNNEL = "ztunnel"


def compare(pod: str, file: str, istiod_file: str, output: str, port: int) -> int:
    """Prints whether clusters, listeners and routes of a proxy are those that istiod would send, and what differs."""
    from meshctl.output.proxy_sync import KINDS, show_sync
    from meshctl.proxyconfig.comparison import compare_served
    from meshctl.proxyconfig.dump import read
    from meshctl.proxyconfig.saved import read_saved

    if not (pod or file):
        raise UsageError("--istiod-file says what istiod would send, but nothing says to which proxy",
                         hint="name a pod, or a saved config dump with --file")  # fmt: skip
    cluster = None if file and (istiod_file or not pod) else _cluster(needed="/" in pod or not file)
    name = _name(pod, cluster)
    if cluster is not None and not file and _is_ztunnel(cluster, name):
        note(f"{name} is a ztunnel, which has no configuration of Envoy to compare")
        return 0
    proxy = read(page("", file, _DUMP) if file else page(name, "", _DUMP, port=port))
    name = name or _node(proxy)
    istiod, source = (
        (read(read_saved(istiod_file, _DUMP), of_istiod=True), istiod_file) if istiod_file else _asked(name, cluster)
    )
    found = compare_served(istiod, proxy, KINDS)
    show_sync(istiod, proxy, found, (name, source), output)
    for kind in KINDS.values():
        if proxy.has(kind.section):
            entries = kind.entries(proxy)
            note_refused(entries)
            for entry in entries:
                if entry.state == "WARMING":
                    note(f"{entry.name} is warming in the proxy: it is there, but not in use yet")
    return FINDING if found.differences else UNREADABLE if found.uncompared else 0


def served_now(target: str, proxy: ConfigDump) -> ConfigDump:
    """What istiod would send the proxy of a dump, of which the target is a pod or a file."""
    from meshctl.cli.proxy_compare import is_file

    saved = is_file(target)
    cluster = _cluster(needed=not saved)
    return _asked(_node(proxy) if saved else _name(target, cluster), cluster, "&include_eds")[0]


def _asked(name: str, cluster: Cluster | None, more: str = "") -> tuple[ConfigDump, str]:
    """The dump that istiod makes for a proxy, and the name of that istiod."""
    from meshctl.diagnose.proxy_dump import dump_for
    from meshctl.proxyconfig.dump import read

    istiods = istiods_of_address()
    if not istiods:
        cluster = cluster or open_cluster(seconds())
        istiods = list(istiods_of(cluster))
    found = dump_for(istiods, name, seconds(), more=more)
    return read(found.content, of_istiod=True), found.istiod


def _cluster(*, needed: bool) -> Cluster | None:
    """The cluster; None where there is none and none is needed, as when istiod is asked by its address."""
    from meshctl.kube import KubeconfigError

    try:
        return open_cluster(seconds())
    except KubeconfigError:
        if needed:
            raise
        return None


def _name(pod: str, cluster: Cluster | None) -> str:
    """`NAME.NAMESPACE` of the pod that a target means; empty without a target."""
    if not pod:
        return ""
    from meshctl.kube.pods import pod_of

    if cluster is None:
        bare = pod.removeprefix("pod/")
        return bare if "." in bare else f"{bare}.{namespace()}"
    return str(pod_of(cluster, pod, namespace(cluster)))


def _node(proxy: ConfigDump) -> str:
    """The proxy that a dump is of: the third part of the name by which it introduces itself."""
    parts = proxy.bootstrap.node.id.split("~")
    if len(parts) < 3:
        raise UsageError("the dump does not say which proxy it is of", hint="name the pod too")
    return parts[2]


def _is_ztunnel(cluster: Cluster, name: str) -> bool:
    pod, _, where = name.rpartition(".")
    type_ = cluster.resource_types.find("", "Pod")
    found = cluster.get(type_, pod, where) if type_ is not None else None
    if found is None:
        from meshctl.kube import NoSuchPodError

        raise NoSuchPodError(f"there is no pod {pod} in namespace {where}", hint="kubectl get pods lists them")
    return ((found.get("metadata") or {}).get("labels") or {}).get("app") == _ZTUNNEL
