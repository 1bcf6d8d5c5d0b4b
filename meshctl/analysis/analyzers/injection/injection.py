"""Namespaces that are unclear about injection, and pods that should have a sidecar and have none."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import (
    INJECTED_BY_DEFAULT,
    NAMESPACE_NOT_INJECTED,
    POD_WITHOUT_PROXY,
    SEVERAL_INJECTION_LABELS,
    Message,
)
from meshctl.model.injectors import DEFAULT_REVISION, injector_values, value
from meshctl.model.kinds.config_map import CONFIG_MAP
from meshctl.model.kinds.namespace import NAMESPACE
from meshctl.model.kinds.pod import POD
from meshctl.model.membership import (
    DATAPLANE_MODE,
    IGNORED_NAMESPACES,
    INJECT,
    INJECTION,
    PROXY_CONTAINER,
    REVISION,
    in_ambient,
    injects,
    namespace_labels,
)
from meshctl.model.resource import Resource
from meshctl.model.snapshot import Snapshot
from meshctl.model.workloads import Workload, workload

_SYSTEM = IGNORED_NAMESPACES | {"istio-system"}


@analyzer(
    "injection.Analyzer",
    inputs={NAMESPACE, POD, CONFIG_MAP},
    emits={NAMESPACE_NOT_INJECTED, POD_WITHOUT_PROXY, SEVERAL_INJECTION_LABELS, INJECTED_BY_DEFAULT},
)
def injection(mesh: Snapshot) -> Iterator[Message]:
    """Checks the labels of namespaces that ask for sidecars, and that their pods have one."""
    values = injector_values(mesh).get(DEFAULT_REVISION, {})
    by_default = value(values, "sidecarInjectorWebhook", "enableNamespacesByDefault") is True
    for namespace in mesh[NAMESPACE]:
        if namespace.name not in _SYSTEM:
            yield from _namespace(namespace, by_default)
    for resource in mesh[POD]:
        pod = workload(resource)
        if pod and resource.namespace not in IGNORED_NAMESPACES and _asks(mesh, pod) and not _excused(pod):
            yield POD_WITHOUT_PROXY.on(resource, pod=resource.full_name)


def _namespace(namespace: Resource, by_default: bool) -> Iterator[Message]:
    labels = namespace.labels
    asked = [INJECTION] if INJECTION in labels else []
    if labels.get(INJECTION, "enabled") == "enabled":
        asked += [name for name in (REVISION, DATAPLANE_MODE) if name in labels and labels[name] != "none"]
    if len(asked) > 1:
        first, second, *_ = (namespace.at("metadata", "labels", name) for name in asked)
        pairs = [f"{name}={labels[name]}" for name in asked]
        yield SEVERAL_INJECTION_LABELS.at(second, key=True, related=[first], labels=pairs)
    if labels.get(DATAPLANE_MODE) == "ambient":
        return
    if not labels.get(INJECTION) and REVISION not in labels:
        if by_default:
            yield INJECTED_BY_DEFAULT.on(namespace)
        else:
            yield NAMESPACE_NOT_INJECTED.on(namespace, namespace=namespace.name)


def _asks(mesh: Snapshot, pod: Workload) -> bool:
    """Whether a webhook would be called for the pod, by the labels of its namespace or by its own."""
    labels = namespace_labels(mesh, pod.namespace)
    if pod.namespace not in _SYSTEM:
        if injects(labels):
            return True
        if labels.get(INJECTION):
            return False
    return pod.labels.get(INJECT) == "true" or bool(pod.labels.get(REVISION))


def _excused(pod: Workload) -> bool:
    """Whether the pod has a sidecar, opts out of one, or has no use for one any more."""
    inject = pod.labels.get(INJECT, pod.annotations.get(INJECT))
    if isinstance(inject, str) and inject.lower() == "false":
        return True
    resource = pod.resource
    if pod.spec["hostNetwork"].value is True or in_ambient(pod):
        return True
    if resource.field["status"]["phase"].value in ("Succeeded", "Failed"):
        return True
    if any(owner["kind"].value == "Job" for owner in resource.at("metadata", "ownerReferences")):
        return True
    return any(found["name"].value == PROXY_CONTAINER and found["image"] for found in pod.containers(init=True))
