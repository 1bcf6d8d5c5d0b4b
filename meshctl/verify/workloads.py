"""Whether the workloads of a mesh run: control planes, gateways, and the agents on the nodes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from meshctl.install.identity import Identity, Object, identity, labels
from meshctl.install.ownership import COMPONENT
from meshctl.install.readiness import NeverReadyError, missing, reasons
from meshctl.kube import Cluster, ClusterError, ForbiddenError, NoSuchPodError, ResourceType
from meshctl.model.injectors import DEFAULT_REVISION
from meshctl.model.membership import REVISION
from meshctl.sources.control_plane import control_plane_pods
from meshctl.sources.versions import read_build
from meshctl.verify.checks import Check, good, off, unknown

TOPIC = "workload"
VERSION = "version"

_KINDS = (("apps", "Deployment"), ("apps", "DaemonSet"), ("apps", "StatefulSet"))
_PART_OF = "app.kubernetes.io/part-of=istio"
_RELEASE = re.compile(r"\d+\.\d+\.\d+")


def workloads(cluster: Cluster, namespace: str, revision: str, known: Iterable[Object]) -> list[Check]:
    """A check for each workload that belongs to a revision, or to none, by its labels or as one of those `known`.

    A user who may not look everywhere sees those in the `namespace` of the control plane.
    """
    found: dict[Identity, Object] = {
        identity(item): item for item in known if item.get("kind") in dict(_KINDS).values()
    }
    checks = []
    for group, kind in _KINDS:
        type_ = cluster.resource_types.find(group, kind)
        if type_ is None:
            continue
        try:
            items = _labelled(cluster, type_)
        except ForbiddenError:
            try:
                items = _labelled(cluster, type_, namespace) if namespace else []
                allowed = f"the user may read those in {namespace} only" if namespace else "the user may not read them"
            except ForbiddenError:
                items, allowed = [], "the user may not read them"
            checks.append(unknown(TOPIC, str(type_), allowed))
        found |= {identity(item): item for item in items if _concerns(item, revision)}
    return [*checks, *cluster.each(lambda key: _judged(cluster, found[key]), sorted(found))]


def _labelled(cluster: Cluster, type_: ResourceType, namespace: str = "") -> list[Object]:
    return [item for selector in (_PART_OF, COMPONENT) for item in cluster.objects(type_, namespace, labels=selector)]


def _concerns(item: Object, revision: str) -> bool:
    """Whether a workload matters to a revision: gateways and agents belong to all of them, control planes to one."""
    own = labels(item).get(REVISION, revision)
    return not revision or own == revision or (own == DEFAULT_REVISION and not _is_istiod(item))


def _judged(cluster: Cluster, item: Object) -> Check:
    subject = str(identity(item))
    try:
        lacking = missing(item)
    except NeverReadyError as error:
        lacking = error.message
    if not lacking:
        status = item.get("status") or {}
        ready = status.get("readyReplicas") or status.get("numberReady") or 0
        return good(TOPIC, subject, f"{ready} ready")
    why = reasons(cluster, item)
    return off(TOPIC, subject, f"{lacking}: {why[0]}" if why else lacking, "\n".join(why[1:]))


def versions(cluster: Cluster, namespace: str, revision: str, deployments: Sequence[Object]) -> list[Check]:
    """Whether each istiod is of the release that its Deployment wants."""
    wanted = {str(labels(item).get(REVISION, "")): _release(item) for item in deployments if _is_istiod(item)}
    try:
        pods = control_plane_pods(cluster, namespace, revision)
    except ClusterError as error:
        return [unknown(VERSION, f"pods of istiod in {namespace}", error.message)]
    checks = []
    for pod in pods:
        subject = f"Pod {pod.namespace}/{pod.name}"
        try:
            build = read_build(pod.get(cluster, "/version"))
        except NoSuchPodError:
            continue  # an old pod that a roll-out has just taken away
        except ClusterError as error:
            checks.append(unknown(VERSION, subject, error.message))
            continue
        release = wanted.get(pod.revision, "")
        if release and _RELEASE.match(build.version) and not build.version.startswith(release):
            checks.append(off(VERSION, subject, f"it runs {build.version}, but its Deployment wants {release}"))
        else:
            checks.append(good(VERSION, subject, build.version))
    return checks


def _is_istiod(item: Object) -> bool:
    return item.get("kind") == "Deployment" and labels(item).get("app") == "istiod"


def _release(deployment: Object) -> str:
    """The release in the tag of istiod's image; empty for a tag that is none."""
    template = (deployment.get("spec") or {}).get("template") or {}
    for container in (template.get("spec") or {}).get("containers") or ():
        if container.get("name") == "discovery":
            found = _RELEASE.match(str(container.get("image", "")).rpartition(":")[2])
            return found.group() if found else ""
    return ""
