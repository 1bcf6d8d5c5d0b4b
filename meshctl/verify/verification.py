"""All checks of an installation, one after the other, and again until nothing is off when that is wanted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from meshctl.charts.target import Target, target_of
from meshctl.errors import UnreadableError
from meshctl.install.identity import labels, metadata
from meshctl.install.revisions import client_config, read_revisions
from meshctl.kube import Cluster, ClusterError, ForbiddenError, TimedOutError
from meshctl.model.membership import REVISION
from meshctl.verify.certificates import certificates
from meshctl.verify.checks import Check, Status, unknown
from meshctl.verify.definitions import definitions
from meshctl.verify.expected import Expected, from_files, installed
from meshctl.verify.objects import compare
from meshctl.verify.webhooks import webhooks
from meshctl.verify.workloads import versions, workloads

_PAUSE = 2.0
_DEFINITION = "CustomResourceDefinition"


class NothingInstalledError(UnreadableError):
    """There is no control plane to verify."""


@dataclass(frozen=True, slots=True)
class Request:
    """What to verify: an installation by files and settings, else what is installed, of one revision on request."""

    istio_namespace: str
    files: Sequence[str] = ()
    sets: Sequence[str] = ()
    revision: str = ""
    package: str = ""


@dataclass(frozen=True, slots=True)
class Verification:
    """The installations that were looked at, by their titles, and all checks."""

    titles: tuple[str, ...]
    checks: tuple[Check, ...]


def verify(cluster: Cluster, request: Request, *, wait: bool = False) -> Verification:
    """Checks an installation; with `wait` until nothing is off, or the cluster's deadline has come.

    Raises `NothingInstalledError`, `InstallationError` for what cannot be read, or a `ClusterError`.
    """
    target = target_of(cluster)
    last: Verification | NothingInstalledError | None = None
    while True:
        try:
            last = _once(cluster, request, target)
            if not wait or all(check.status is not Status.OFF for check in last.checks):
                return last
        except NothingInstalledError as error:
            if not wait:
                raise
            last = error
        except TimedOutError:
            if last is None:
                raise
            break
        try:
            cluster.deadline.sleep(_PAUSE)
        except TimedOutError:
            break
        cluster.forget_resource_types()
    if isinstance(last, NothingInstalledError):
        raise last
    return last


def _once(cluster: Cluster, request: Request, target: Target) -> Verification:
    _ = cluster.resource_types  # asked for once, before several checks need it at the same time
    expected = _expected(cluster, request, target)
    now = datetime.now(UTC)
    wanted = [item for one in expected for item in one.objects if item.get("kind") == _DEFINITION]
    foreign = all(one.problem for one in expected)
    namespaces = dict.fromkeys(one.namespace for one in expected if one.namespace)
    tasks: list[Callable[[], list[Check]]] = [
        lambda: _tried(lambda: definitions(cluster, wanted, other_release=foreign), "definition"),
        *(partial(_installation, cluster, one, now) for one in expected),
        *(partial(certificates, cluster, namespace, now) for namespace in namespaces),
    ]
    checks = [check for found in cluster.each(_run, tasks) for check in found]
    return Verification(tuple(one.title for one in expected), tuple(dict.fromkeys(checks)))


def _installation(cluster: Cluster, one: Expected, now: datetime) -> list[Check]:
    """The objects, workloads and webhooks of one installation."""
    checks, live = compare(cluster, one)
    tasks = [lambda: _tried(lambda: workloads(cluster, one.namespace, one.revision, live), "workload")]
    if one.revision:
        tasks.append(lambda: _tried(lambda: versions(cluster, one.namespace, one.revision, live), "version"))
        tasks.append(lambda: _tried(lambda: _webhooks(cluster, one, now), "webhook"))
    return [*checks, *(check for found in cluster.each(_run, tasks) for check in found)]


def _webhooks(cluster: Cluster, one: Expected, now: datetime) -> list[Check]:
    return webhooks(cluster, read_revisions(cluster, one.namespace), one.revision, now)


def _run(task: Callable[[], list[Check]]) -> list[Check]:
    return task()


def _tried(check: Callable[[], list[Check]], topic: str) -> list[Check]:
    """The checks, or one that says why they were not possible."""
    try:
        return check()
    except TimedOutError:
        raise
    except ClusterError as error:
        return [unknown(topic, f"all {topic}s", error.message, error.hint)]


def _expected(cluster: Cluster, request: Request, target: Target) -> list[Expected]:
    if request.files or request.sets or request.package:
        return [
            from_files(
                request.files,
                request.sets,
                revision=request.revision,
                package=request.package,
                target=target,
            )
        ]
    found = installed(cluster, request.istio_namespace, revision=request.revision, target=target)
    found += _left_behind(cluster, request, {one.revision for one in found})
    if not found:
        of_revision = f" of revision {request.revision}" if request.revision else ""
        raise NothingInstalledError(
            f"there is no control plane{of_revision} in namespace {request.istio_namespace}",
            hint="name its namespace with -i, or what should be there with -f",
        )
    return found


def _left_behind(cluster: Cluster, request: Request, known: Collection[str]) -> list[Expected]:
    """Revisions that have webhooks but no Deployment of istiod: these refuse pods, or let them go without a sidecar.

    Those outside of the cluster, by a URL or a Service without a selector, need no Deployment.
    """
    try:
        found = read_revisions(cluster, request.istio_namespace)
    except ForbiddenError:
        return []  # the checks of the webhooks tell
    outside = {metadata(item).get("name") for item in found.services if not (item.get("spec") or {}).get("selector")}
    names = {
        str(labels(item)[REVISION])
        for item in (*found.mutating, *found.validating)
        if (service := client_config(item).get("service")) and service.get("name") not in outside
    }
    wanted = names - set(known) if not request.revision else {request.revision} & names - set(known)
    return [Expected(f"revision {name}", name, request.istio_namespace) for name in sorted(wanted)]
