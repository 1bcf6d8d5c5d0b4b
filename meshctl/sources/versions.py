"""Which versions of Istio run in a cluster: those of its control planes, and those of the proxies connected to them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from meshctl.kube import Cluster, ClusterError
from meshctl.model.versions import UNKNOWN, BuildInfo, ControlPlane, Proxy, Versions
from meshctl.sources.control_plane import ControlPlanePod, control_plane_pods

_TYPES = {"router": "gateway"}
"""Node types that are called otherwise for users."""


def read_versions(cluster: Cluster, namespace: str, revision: str = "") -> Versions:
    """Asks every ready istiod; raises a `ClusterError` when the cluster itself does not answer."""
    pods = [pod for pod in control_plane_pods(cluster, namespace, revision) if pod.ready]
    answers = cluster.each(lambda pod: _ask(cluster, pod), pods)
    proxies = {proxy.name: proxy for answer in answers for proxy in answer.proxies}
    return Versions(
        tuple(plane for answer in answers for plane in answer.control_planes),
        tuple(proxies[name] for name in sorted(proxies)),
        tuple(line for answer in answers for line in answer.unread),
    )


def read_build(text: bytes) -> BuildInfo:
    """What `/version` answers: JSON with `clientVersion`, or a text `<version>-<git revision>-<status>`."""
    plain = text.decode("utf-8", "replace").strip()
    try:
        found = json.loads(plain)
    except ValueError:
        found = None
    if isinstance(found, dict):
        client = found.get("clientVersion")
        known = client if isinstance(client, dict) else {}
        return BuildInfo(
            **{
                key: str(known.get(key) or UNKNOWN)
                for key in ("version", "revision", "status", "golang_version", "tag")
            }
        )
    version, *rest = plain.rsplit("-", 2)
    if len(rest) < 2:
        return BuildInfo(plain or UNKNOWN)
    return BuildInfo(version or UNKNOWN, rest[0] or UNKNOWN, rest[1] or UNKNOWN)


def _ask(cluster: Cluster, pod: ControlPlanePod) -> Versions:
    planes: tuple[ControlPlane, ...] = ()
    unread = []
    try:
        build = read_build(pod.get(cluster, "/version"))
        planes = (ControlPlane(pod.labels.get("istio", "istiod"), pod.revision, build),)
    except ClusterError as error:
        unread.append(error.message)
    try:
        return Versions(planes, tuple(_proxies(pod.get_json(cluster, "/debug/syncz"))), tuple(unread))
    except ClusterError as error:
        return Versions(planes, (), (*unread, error.message))


def _proxies(syncz: Any) -> Iterator[Proxy]:
    for item in syncz if isinstance(syncz, list) else ():
        if isinstance(item, Mapping) and item.get("proxy"):
            type_ = str(item.get("proxy_type") or "sidecar")
            yield Proxy(str(item["proxy"]), str(item.get("istio_version") or UNKNOWN), _TYPES.get(type_, type_))
