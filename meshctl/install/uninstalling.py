"""What an uninstallation takes away, and what it leaves: planning it changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from meshctl.errors import MeshctlError
from meshctl.install.identity import Identity, Object, identity, labels, metadata
from meshctl.install.outcome import Account, Progress, Status
from meshctl.install.ownership import COMPONENT, DEFAULT_REVISION, OWNER, OWNER_NAMESPACE, REVISION, TAG
from meshctl.install.readiness import POD
from meshctl.install.removal import defined_by, remove
from meshctl.install.revisions import is_deactivated
from meshctl.install.state import State, calls, read_state, read_tags
from meshctl.install.webhook_defaults import MUTATING
from meshctl.kube import ApiError, Cluster, ClusterError, ForbiddenError, ResourceType, TimedOutError

_REVISIONED = frozenset({"Pilot", "IngressGateways", "EgressGateways", "Cni", "Ztunnel"})
"""Components that belong to one revision; the others are shared, and go only with everything."""

_CONFIG_MAP = ResourceType("", "v1", "ConfigMap", "configmaps", True)
_DEFINITION = "CustomResourceDefinition"

_ROOT_CERTIFICATE = "istio-ca-root-cert"
_LEADERS = frozenset(
    {
        "istio-leader",
        "istio-namespace-controller-election",
        "istio-serviceexport-controller-election",
        "istio-status-leader",
        "istio-analyze-leader",
        "istio-gateway-status-leader",
    }
)
"""ConfigMaps that replicas of istiod agree by on who does what."""

_LEASE = ResourceType("coordination.k8s.io", "v1", "Lease", "leases", True)
_GATEWAY_LEASE = "istio-gateway-deployment"
"""What the names of the Leases begin with by which the replicas of a revision agree on who makes gateways."""

_RELEASE = "meta.helm.sh/release-name"
_SIDECAR = "sidecar.istio.io/status"
_MOST = 30


class UnknownRevisionError(MeshctlError):
    """There is nothing of the revision that is to be removed."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What is to be removed: a revision (of the IstioOperator `name`, if given), or everything with `purge`."""

    namespace: str
    revision: str = DEFAULT_REVISION
    name: str = ""
    purge: bool = False
    delete_definitions: bool = False


@dataclass(frozen=True, slots=True)
class Removal:
    """What is removed, what only istiod made and goes after it, what stays and why, and what to think of before."""

    objects: tuple[tuple[Identity, Object], ...]
    made_by_istiod: tuple[tuple[Identity, Object], ...] = ()
    kept: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def plan_removal(cluster: Cluster, scope: Scope) -> Removal:
    """Finds what belongs to a scope; raises `UnknownRevisionError`, and `ClusterError` when it cannot be read."""
    state = read_state(cluster)
    read_tags(cluster, state)
    chosen = {key: item for key, item in state.objects.items() if _is_chosen(scope, item)}
    if not chosen and state.unreadable:
        raise next(iter(state.unreadable.values()))
    if not chosen and not scope.purge:
        known = sorted(
            revision
            for revision in state.revisions()
            if any(_is_chosen(replace(scope, revision=revision), item) for item in state.objects.values())
        )
        raise UnknownRevisionError(
            f"there is nothing of revision {scope.revision!r} in {scope.namespace}",
            hint=f"the revisions are {', '.join(known)}" if known else "no control plane is installed",
        )
    kept: list[str] = []
    definitions = [key for key in chosen if key.kind == _DEFINITION]
    if definitions and not scope.delete_definitions:
        for key, number in _instances(cluster, {key: chosen[key] for key in definitions}, chosen).items():
            del chosen[key]
            kept.append(f"{key}: {_objects(number)} of this kind; --delete-crds removes both")
    warnings = [f"{kind} cannot be listed, so that ones of it stay: {error.message}"
                for kind, error in state.unreadable.items()]  # fmt: skip
    if chosen:
        warnings += [*_warnings(cluster, scope, chosen), *_switched_off(state, chosen)]
    if definitions and scope.delete_definitions:
        lost = _instances(cluster, {key: chosen[key] for key in definitions}, chosen)
        warnings += [
            f"{_objects(number)} of {key.name} {'is' if number == 1 else 'are'} lost" for key, number in lost.items()
        ]
    made = _made_by_istiod(cluster, scope, warnings) if scope.purge else []
    if scope.purge and chosen:
        kept.append("Secret istio-ca-secret, the key of the mesh's own authority, where there is one")
    return Removal(tuple(chosen.items()), tuple(made), tuple(kept), tuple(warnings))


def carry_out(cluster: Cluster, removal: Removal, progress: Progress) -> Account:
    """Removes what was planned and waits until it is gone; what became of it, without raising."""
    account = Account()
    try:
        remove(cluster, removal.objects, account, progress, removal.made_by_istiod)
    except TimedOutError:
        account.failure = f"not gone within {cluster.deadline.seconds:g} s"
    except ClusterError as error:
        account.failure = error.message
    except KeyboardInterrupt:
        account.failure = "interrupted"
    for key, _ in (*removal.objects, *removal.made_by_istiod):
        if key not in account.outcomes:
            account.note(key, Status.NOT_REACHED)
    return account


def _is_installed(item: Object) -> bool:
    return COMPONENT in labels(item) or TAG in labels(item)


def _is_chosen(scope: Scope, item: Object) -> bool:
    found = labels(item)
    if not _is_installed(item):
        return False
    if scope.purge:
        return True
    if found.get(REVISION) != scope.revision:
        return False
    if TAG in found:
        return calls(item, scope.namespace)  # a tag of what is gone would stop pods from being created
    return (
        found.get(COMPONENT) in _REVISIONED
        and found.get(OWNER_NAMESPACE) == scope.namespace
        and (not scope.name or found.get(OWNER) == scope.name)
    )


def _instances(
    cluster: Cluster, definitions: Mapping[Identity, Object], chosen: Mapping[Identity, Object]
) -> dict[Identity, int | None]:
    """How many objects there are of each kind, without those that are removed themselves; None where it is unknown."""
    counted = cluster.each(lambda item: _count(cluster, item), definitions.values())
    found: dict[Identity, int | None] = {}
    for (key, item), number in zip(definitions.items(), counted, strict=True):
        if number is None:
            found[key] = None
            continue
        kind = defined_by(item)
        number -= sum((other.group, other.kind) == kind for other in chosen)
        if number > 0:
            found[key] = number
    return found


def _objects(number: int | None) -> str:
    if number is None:
        return "an unknown number of objects (the user may not list them)"
    return f"{number} object{'s' * (number != 1)}"


def _count(cluster: Cluster, definition: Object) -> int | None:
    type_ = cluster.resource_types.find(*defined_by(definition))
    if type_ is None:
        return 0
    try:
        return cluster.count(type_)
    except ForbiddenError:
        return None
    except ApiError as error:
        if error.status == 404:
            return 0
        raise


def _warnings(cluster: Cluster, scope: Scope, chosen: Mapping[Identity, Object]) -> Iterable[str]:
    revisions = {labels(item).get(REVISION) for item in chosen.values()}
    gateways = [str(key) for key in chosen if key.kind == "Deployment" and "gateway" in key.name]
    if gateways:
        yield f"traffic through gateways stops: {', '.join(gateways)}"
    releases = {
        str((metadata(item).get("annotations") or {}).get(_RELEASE))
        for item in chosen.values()
        if (metadata(item).get("annotations") or {}).get(_RELEASE)
    }
    if releases:
        yield f"parts belong to Helm releases, for which `helm uninstall` is made: {', '.join(sorted(releases))}"
    try:
        pods = cluster.objects(POD, labels="security.istio.io/tlsMode", metadata_only=True)
    except ClusterError as error:
        yield f"pods with a sidecar cannot be listed: {error.message}"
        return
    attached = [f"{metadata(pod)['namespace']}/{metadata(pod)['name']}" for pod in pods
                if scope.purge or _revision_of_sidecar(pod) in revisions]  # fmt: skip
    if attached:
        more = f" and {len(attached) - _MOST} more" if len(attached) > _MOST else ""
        yield f"pods lose the control plane of their sidecar: {', '.join(attached[:_MOST])}{more}"


def _switched_off(state: State, chosen: Mapping[Identity, Object]) -> Iterable[str]:
    """Injectors that stay, and that are switched off for a default tag which goes."""
    if not any(labels(item).get(TAG) == DEFAULT_REVISION for key, item in chosen.items() if key.kind == MUTATING):
        return
    for key, item in state.objects.items():
        if key.kind == MUTATING and key not in chosen and item.get("webhooks") and is_deactivated(item):
            own = labels(item).get(REVISION)
            yield (
                f"{key} stays switched off, so that pods of namespaces without a revision get no sidecars: "
                f"`meshctl tag set default -r {own}`, or an installation, lets them be injected again"
            )


def _revision_of_sidecar(pod: Object) -> str:
    try:
        status = json.loads((metadata(pod).get("annotations") or {}).get(_SIDECAR) or "{}")
    except ValueError:
        return ""
    return str(status.get("revision") or DEFAULT_REVISION) if isinstance(status, dict) else ""


def _made_by_istiod(cluster: Cluster, scope: Scope, warnings: list[str]) -> list[tuple[Identity, Object]]:
    """What istiod made for itself and its proxies; what may not be listed stays, with a warning."""
    found: list[tuple[Identity, Object]] = []
    for type_, namespace, selector, is_made in (
        (_CONFIG_MAP, "", "istio.io/config=true", _ROOT_CERTIFICATE.__eq__),
        (_CONFIG_MAP, scope.namespace, "", _LEADERS.__contains__),
        (_LEASE, scope.namespace, "", _is_gateway_lease),
    ):
        try:
            items = cluster.objects(type_, namespace, labels=selector, metadata_only=True)
        except ForbiddenError as error:
            warnings.append(f"{type_} cannot be listed, so that those of istiod stay: {error.message}")
            continue
        found += [(identity(item), item) for item in items if is_made(str(metadata(item).get("name")))]
    return found


def _is_gateway_lease(name: str) -> bool:
    return name.startswith(_GATEWAY_LEASE)
