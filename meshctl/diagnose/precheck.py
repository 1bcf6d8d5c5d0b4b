"""Whether Istio can be installed in a cluster, or upgraded: asked of the cluster before anything is changed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from meshctl.analysis.analyzers.webhook.webhook import webhook as webhook_analyzer
from meshctl.analysis.run import analyze, in_order
from meshctl.charts.target import KUBE_VERSION
from meshctl.diagnose.live import live
from meshctl.kube import Cluster, ClusterError, ForbiddenError
from meshctl.messages import (
    AGEING_GATEWAY_API,
    ALPHA_ANNOTATION,
    LEFTOVER_DEFINITION,
    OLD_GATEWAY_API,
    OLD_KUBERNETES,
    PERMISSION_MISSING,
    UNKNOWN_STORAGE,
    UPGRADE_CHANGE,
    Message,
)
from meshctl.model.istio_metadata import istio_annotations
from meshctl.model.kind import Kind, kind_of
from meshctl.model.kinds.custom_resource_definition import CUSTOM_RESOURCE_DEFINITION
from meshctl.model.kinds.deployment import DEPLOYMENT
from meshctl.model.kinds.mutating_webhook_configuration import MUTATING_WEBHOOK_CONFIGURATION
from meshctl.model.kinds.namespace import NAMESPACE
from meshctl.model.kinds.pod import POD
from meshctl.model.kinds.service import SERVICE
from meshctl.model.resource import Resource
from meshctl.model.snapshot import Snapshot
from meshctl.schema.crds import ISTIO_GROUPS
from meshctl.sources.objects import REMOVED_GROUPS
from meshctl.sources.versions import read_versions

_CREATED = (
    ("", "namespaces", False),
    ("rbac.authorization.k8s.io", "clusterroles", False),
    ("rbac.authorization.k8s.io", "clusterrolebindings", False),
    ("apiextensions.k8s.io", "customresourcedefinitions", False),
    ("admissionregistration.k8s.io", "mutatingwebhookconfigurations", False),
    ("admissionregistration.k8s.io", "validatingwebhookconfigurations", False),
    ("rbac.authorization.k8s.io", "roles", True),
    ("rbac.authorization.k8s.io", "rolebindings", True),
    ("", "serviceaccounts", True),
    ("", "services", True),
    ("apps", "deployments", True),
    ("", "configmaps", True),
    ("policy", "poddisruptionbudgets", True),
    ("autoscaling", "horizontalpodautoscalers", True),
)
"""What an installation creates: group, resource, and whether it lies in the namespace of the control plane."""

_GATEWAY_API = "gateway.networking.k8s.io"
_NEEDED = ("v1beta1", ("Gateway", "GatewayClass", "HTTPRoute", "ReferenceGrant"))
_EXPECTED = ("v1", ("Gateway", "GatewayClass", "HTTPRoute", "GRPCRoute"))
"""Versions of the Gateway API that istiod reads now, and those that it will want, with their kinds."""

_BUNDLE = "gateway.networking.k8s.io/bundle-version"

_OLD_GROUPS = {
    **REMOVED_GROUPS,
    "install.istio.io": "the operator that reads it in the cluster is gone since Istio 1.24",
}
"""API groups that no control plane of this release reads."""

_TRACER_CHANGED = 21
"""The last minor version that had a Zipkin server as the default tracer."""


@dataclass(slots=True)
class Findings:
    """What the checks say; `unread` are the kinds that the user may not read, as `pods` or `deployments.apps`."""

    messages: list[Message] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


def precheck(
    cluster: Cluster,
    istio_namespace: str,
    *,
    from_minor: int | None = None,
    revision: str = "",
    control_plane: bool = True,
) -> Findings:
    """Runs all checks, those of the control plane only on request.

    `from_minor` is the minor version of Istio that is to be upgraded; without it, the control planes are asked, or that
    of the `revision`. Raises a `ClusterError` when the cluster does not
    answer; what the user may not read is named among the findings.
    """
    version = cluster.server_version
    checks: list[Callable[[], Iterable[Message]]] = []
    if control_plane:
        checks += [
            lambda: _kubernetes(version),
            lambda: _permissions(cluster, istio_namespace),
            lambda: _definitions(cluster),
            lambda: _webhooks(cluster),
        ]
    checks += [
        lambda: _annotated(cluster, NAMESPACE),
        lambda: _annotated(cluster, SERVICE),
        lambda: _annotated(cluster, POD),
        lambda: _annotated(cluster, DEPLOYMENT),
        lambda: _changed_defaults(cluster, istio_namespace, from_minor, revision),
    ]
    _ = cluster.resource_types  # asked for once, before the checks need it at the same time
    findings = Findings()
    for result in cluster.each(_tried, checks):
        if isinstance(result, _UnreadError):
            findings.unread.append(str(result))
        else:
            findings.messages += result
    findings.messages = in_order(findings.messages)
    findings.unread = sorted(set(findings.unread))
    return findings


class _UnreadError(Exception):
    """The user may not read this, or not ask about it."""


def _tried(check: Callable[[], Iterable[Message]]) -> list[Message] | _UnreadError:
    try:
        return list(check())
    except _UnreadError as error:
        return error


def _kubernetes(version: Mapping[str, str]) -> Iterator[Message]:
    found = [int(digits.group()) for key in ("major", "minor") if (digits := re.match(r"\d+", version.get(key, "")))]
    needed = [int(part) for part in KUBE_VERSION.removeprefix("v").split(".")[:2]]
    if len(found) == 2 and found < needed:
        yield OLD_KUBERNETES.alone(
            version=version.get("gitVersion") or ".".join(map(str, found)), minimum=".".join(map(str, needed))
        )


def _permissions(cluster: Cluster, namespace: str) -> Iterator[Message]:
    """All permissions that are missing, each found out by asking the API server about it."""

    def ask(entry: tuple[str, str, bool]) -> str:
        group, resource, namespaced = entry
        attributes = {"verb": "create", "group": group, "resource": resource}
        if namespaced:
            attributes["namespace"] = namespace
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": attributes},
        }
        try:
            status = cluster.create(review, again=True).get("status") or {}
        except ForbiddenError as error:
            raise _UnreadError("selfsubjectaccessreviews.authorization.k8s.io") from error
        if status.get("allowed"):
            return ""
        reason = status.get("reason") or status.get("evaluationError")
        where = f"in namespace {namespace}" if namespaced else "in the whole cluster"
        return f"the user may not create it {where}" + (f" ({reason})" if reason else "")

    for (group, resource, _), problem in zip(_CREATED, cluster.each(ask, _CREATED), strict=True):
        if problem:
            yield PERMISSION_MISSING.alone(resource=f"{resource}.{group}" if group else resource, error=problem)


def _definitions(cluster: Cluster) -> Iterator[Message]:
    """The CRDs of the Gateway API by the versions that they serve, Istio's by those in which objects are stored, and
    CRDs that older releases left behind."""
    own = []
    for resource in _resources(cluster, CUSTOM_RESOURCE_DEFINITION, metadata_only=True):
        _, _, group = resource.name.partition(".")
        if group == _GATEWAY_API:
            yield from _gateway_api(cluster, resource)
        elif group in _OLD_GROUPS:
            yield LEFTOVER_DEFINITION.on(resource, name=resource.name, reason=_OLD_GROUPS[group])
        elif group in ISTIO_GROUPS:
            own.append(resource)
    for found in cluster.each(lambda resource: _unknown_storage(cluster, resource), own):
        yield from found


def _unknown_storage(cluster: Cluster, definition: Resource) -> list[Message]:
    """Versions in which objects may be stored and that this release does not have: the server keeps such a CRD."""
    type_ = cluster.resource_types.find(CUSTOM_RESOURCE_DEFINITION.group, CUSTOM_RESOURCE_DEFINITION.name)
    live = cluster.get(type_, definition.name) if type_ is not None else None
    spec = (live or {}).get("spec") or {}
    kind = kind_of(str(spec.get("group", "")), str((spec.get("names") or {}).get("kind", "")))
    stored = ((live or {}).get("status") or {}).get("storedVersions") or ()
    unknown = [str(version) for version in stored if kind is not None and version not in kind.versions]
    return [UNKNOWN_STORAGE.on(definition, name=definition.name, versions=", ".join(unknown))] if unknown else []


def _gateway_api(cluster: Cluster, definition: Resource) -> Iterator[Message]:
    plural = definition.name.partition(".")[0]
    kind = next((found.kind for found in cluster.resource_types if found.group == _GATEWAY_API
                 and found.plural == plural), "")  # fmt: skip
    served = cluster.resource_types.versions(_GATEWAY_API, kind)
    for type_, (needed, kinds) in ((OLD_GATEWAY_API, _NEEDED), (AGEING_GATEWAY_API, _EXPECTED)):
        if kind in kinds and needed not in served:
            bundle = definition.annotations.get(_BUNDLE)
            version = f"{', '.join(served)} of {kind}" + (f" ({bundle})" if bundle else "")
            yield type_.on(definition, version=version, minimum=needed)
            return


def _webhooks(cluster: Cluster) -> Iterator[Message]:
    """Webhooks that an installation left behind, so that pods are injected twice or refused."""
    mesh = Snapshot(
        [*_resources(cluster, MUTATING_WEBHOOK_CONFIGURATION), *_resources(cluster, SERVICE, metadata_only=True)],
        strict=True,
    )
    yield from analyze(mesh, [webhook_analyzer]).messages


def _annotated(cluster: Cluster, kind: Kind) -> Iterator[Message]:
    """Annotations of alpha features that people set: on pods only where no template says the same."""
    for resource in _resources(cluster, kind, metadata_only=kind is not DEPLOYMENT):
        if kind is POD and resource.metadata.get("ownerReferences"):
            continue
        found: dict[str, None] = dict.fromkeys(resource.annotations)
        if kind is DEPLOYMENT:
            found |= dict.fromkeys(resource.at("spec", "template", "metadata", "annotations").mapping)
        for name in found:
            known = istio_annotations().get(name)
            if known is not None and known.status == "Alpha" and not known.hidden:
                yield ALPHA_ANNOTATION.on(resource, annotation=name)


def _changed_defaults(cluster: Cluster, istio_namespace: str, minor: int | None, revision: str) -> Iterator[Message]:
    for resource in _resources(cluster, SERVICE, istio_namespace, metadata_only=True):
        if resource.name != "zipkin":
            continue
        installed = _installed_minor(cluster, istio_namespace, revision) if minor is None else minor
        if installed is not None and installed <= _TRACER_CHANGED:
            yield UPGRADE_CHANGE.on(
                resource,
                field="meshConfig.defaultConfig.tracing",
                release="1.22",
                info=f"proxies do not send traces to zipkin.{istio_namespace}:9411 any more unless they are told to",
            )


def _installed_minor(cluster: Cluster, istio_namespace: str, revision: str) -> int | None:
    """The oldest minor version among the control planes; None when none of them tells."""
    try:
        found = read_versions(cluster, istio_namespace, revision)
    except ClusterError:
        return None
    minors = (re.match(r"1\.(\d+)", plane.build.version) for plane in found.control_planes)
    return min((int(minor.group(1)) for minor in minors if minor), default=None)


def _resources(cluster: Cluster, kind: Kind, namespace: str = "", *, metadata_only: bool = False) -> Sequence[Resource]:
    try:
        return live(cluster, kind, namespace, metadata_only=metadata_only)
    except ForbiddenError as error:
        raise _UnreadError(str(cluster.resource_types.find(kind.group, kind.name))) from error
