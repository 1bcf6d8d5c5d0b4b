"""Which injector each namespace has, which revisions its pods run, and what each injector puts into them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from meshctl.diagnose.live import as_resource, live
from meshctl.documents import Chunk, DocumentError, parse
from meshctl.errors import UnreadableError
from meshctl.kube import Cluster
from meshctl.model.injectors import DEFAULT_REVISION, proxy_image
from meshctl.model.kind import Kind
from meshctl.model.kinds.config_map import CONFIG_MAP
from meshctl.model.kinds.mutating_webhook_configuration import MUTATING_WEBHOOK_CONFIGURATION
from meshctl.model.kinds.namespace import NAMESPACE
from meshctl.model.kinds.pod import POD
from meshctl.model.membership import IGNORED_NAMESPACES, INJECT, INJECTION, REVISION, is_ambient
from meshctl.model.resource import Resource
from meshctl.model.selectors import Labels, matches_label_selector

MISSING = "MISSING"

_HOOKS = "app=sidecar-injector"
_BY_NAMESPACE = "namespace.sidecar-injector.istio.io"
_EVERYWHERE = "auto.sidecar-injector.istio.io"
_STATUS = "sidecar.istio.io/status"
_NAME_LABEL = "kubernetes.io/metadata.name"
_FINISHED = frozenset({"Succeeded", "Failed"})


@dataclass(frozen=True, slots=True)
class PodRevision:
    """The pods of a namespace with sidecars of one revision; without a sidecar the revision is empty.

    `disabled` of them do not want one, `outdated` get another one when they are made anew.
    """

    revision: str
    pods: int
    disabled: int
    outdated: int


@dataclass(frozen=True, slots=True)
class NamespaceInjection:
    """A namespace and its pods. `revision` is that of its injector; empty without one.

    `missing` is the label by which the namespace asks for an injector that does not exist.
    """

    namespace: str
    revision: str
    missing: str
    pods: tuple[PodRevision, ...]


@dataclass(frozen=True, slots=True)
class Injector:
    """A webhook configuration, the image that it gives to sidecars, and the namespaces that it injects."""

    hook: str
    revision: str
    image: str
    namespaces: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Injection:
    """All namespaces by name, and all injectors by name."""

    namespaces: tuple[NamespaceInjection, ...]
    injectors: tuple[Injector, ...]


def read_injection(cluster: Cluster, istio_namespace: str, namespace: str = "") -> Injection:
    """Reads namespaces, webhooks, pods and the settings of the injectors; of one namespace only where it is named.

    Raises a `ClusterError`, or `UnreadableError` for a namespace that does not exist.
    """
    _ = cluster.resource_types  # asked for once, before several readers need it

    def read(kind: Kind) -> Sequence[Resource]:
        if kind is NAMESPACE:
            return _named(cluster, namespace) if namespace else live(cluster, kind, metadata_only=True)
        if kind is POD:
            return live(cluster, kind, namespace)
        if kind is CONFIG_MAP:
            return live(cluster, kind, istio_namespace, labels=REVISION)
        return live(cluster, kind, labels=_HOOKS)

    kinds = (NAMESPACE, MUTATING_WEBHOOK_CONFIGURATION, POD, CONFIG_MAP)
    namespaces, hooks, pods, settings = cluster.each(read, kinds)
    if namespace and not namespaces:
        raise UnreadableError(f"there is no namespace {namespace}", hint="kubectl get namespaces lists them")
    return injection(namespaces, hooks, pods, settings, istio_namespace)


def _named(cluster: Cluster, namespace: str) -> Sequence[Resource]:
    """The namespace of that name, as a user may look at who may not list all of them."""
    type_ = cluster.resource_types.find(NAMESPACE.group, NAMESPACE.name)
    found = cluster.get(type_, namespace) if type_ is not None else None
    return [as_resource(NAMESPACE, found)] if found is not None else []


def injection(
    namespaces: Iterable[Resource],
    hooks: Iterable[Resource],
    pods: Iterable[Resource],
    settings: Iterable[Resource],
    istio_namespace: str,
) -> Injection:
    """Who injects what. System namespaces, that of the control plane, and those in ambient mode do not count.

    Rule: the first webhook that looks at the labels of namespaces, and whose selector matches, is the injector.
    """
    ignored = IGNORED_NAMESPACES | {istio_namespace}
    inside = sorted(
        (item for item in namespaces if item.name not in ignored and not is_ambient(item.labels)),
        key=lambda item: item.name,
    )
    ordered = sorted(hooks, key=lambda hook: hook.name)
    by_namespace: dict[str, list[Resource]] = {}
    for pod in pods:
        by_namespace.setdefault(pod.namespace, []).append(pod)
    images = _images(settings)
    rows = []
    for item in inside:
        hook = next((hook for hook in ordered if _injects(hook, item)), None)
        revision = str(hook.labels.get(REVISION, "")) if hook else ""
        missing = "" if hook else _asked(item.labels)
        rows.append(NamespaceInjection(item.name, revision, missing, _pods(by_namespace.get(item.name, ()), revision)))
    return Injection(
        tuple(rows),
        tuple(
            Injector(
                hook.name,
                str(hook.labels.get(REVISION, "")),
                images.get(str(hook.labels.get(REVISION, "")), ""),
                tuple(item.name for item in inside if _injects(hook, item)),
            )
            for hook in ordered
        ),
    )


def _injects(hook: Resource, namespace: Resource) -> bool:
    labels: Labels = {_NAME_LABEL: namespace.name, **namespace.labels}
    return any(
        matches_label_selector(webhook["namespaceSelector"].value, labels)
        for webhook in hook.field["webhooks"]
        if webhook["name"].text.removeprefix("rev.") in (_BY_NAMESPACE, _EVERYWHERE)
    )


def _asked(labels: Labels) -> str:
    """The label by which a namespace asks for sidecars; empty when it does not."""
    injection_label, revision = labels.get(INJECTION), labels.get(REVISION)
    if injection_label == "enabled":
        return f"{INJECTION}={injection_label}"
    return str(revision) if revision and not injection_label else ""


def _pods(pods: Sequence[Resource], injector: str) -> tuple[PodRevision, ...]:
    counted: dict[str, list[tuple[bool, bool]]] = {}
    for pod in pods:
        if pod.at("status", "phase").text in _FINISHED:
            continue
        revision, disabled = _revision(pod), _disabled(pod)
        outdated = bool(injector) and revision != injector and not disabled
        counted.setdefault(revision, []).append((disabled, outdated))
    return tuple(
        PodRevision(revision, len(found), sum(one for one, _ in found), sum(two for _, two in found))
        for revision, found in sorted(counted.items())
    )


def _revision(pod: Resource) -> str:
    """The revision whose injector made the sidecar of a pod; empty without one."""
    status = _mapping(str(pod.annotations.get(_STATUS, "")))
    named = pod.annotations.get(REVISION) or status.get("revision")
    return str(named or (DEFAULT_REVISION if status else ""))


def _disabled(pod: Resource) -> bool:
    wish = pod.labels.get(INJECT, pod.annotations.get(INJECT))
    return wish == "false" or pod.spec["hostNetwork"].value is True


def _images(settings: Iterable[Resource]) -> Mapping[str, str]:
    """The image of sidecars by revision, of those whose settings tell it."""
    found = {}
    for config in settings:
        image = proxy_image(_mapping(config.at("data", "values").text))
        if image:
            found[str(config.labels.get(REVISION, ""))] = image
    return found


def _mapping(text: str) -> Mapping[str, object]:
    try:
        found = parse(Chunk(text, 1)).data
    except DocumentError:
        return {}
    return found if isinstance(found, dict) else {}


def pod_cells(row: NamespaceInjection) -> Iterator[str]:
    """What a table says about the pods of a namespace, a line for each revision."""
    for entry in row.pods:
        text = f"{entry.revision or '<non-Istio>'}: {entry.pods}"
        if entry.disabled:
            text += f" (injection disabled: {entry.disabled})"
        yield text + (f" NEEDS RESTART: {entry.outdated}" if entry.outdated else "")
    if not row.pods:
        yield "<no pods>"
