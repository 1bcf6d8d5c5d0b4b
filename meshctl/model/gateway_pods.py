"""The pods that stand behind gateways."""

from __future__ import annotations

from collections.abc import Mapping

from meshctl.model.kinds.gateway import GATEWAY
from meshctl.model.membership import GATEWAY_NAME, PROXY_CONTAINER
from meshctl.model.resource import Resource
from meshctl.model.selectors import Labels, selector_text
from meshctl.model.snapshot import Snapshot, derived
from meshctl.model.workloads import Workload, pods, pods_by_label

TEMPLATES = "inject.istio.io/templates"
"""Annotation of pods: the injection templates to use, with commas."""


def selector(gateway: Resource) -> Labels:
    """The labels that the pods of a gateway carry; an empty selector means all pods."""
    return gateway.spec["selector"].mapping


@derived
def gateway_pods(mesh: Snapshot) -> Mapping[str, tuple[Workload, ...]]:
    """The pods of all namespaces that a gateway selects, by the text of its selector."""
    index = pods_by_label(mesh)
    found: dict[str, tuple[Workload, ...]] = {}
    for gateway in mesh[GATEWAY]:
        text = selector_text(selector(gateway))
        if text not in found:
            found[text] = tuple(index.select(selector(gateway)))
    return found


def is_gateway(pod: Workload) -> bool:
    """Whether a pod is only a proxy: of the Gateway API, injected as a gateway, or without any other container."""
    if GATEWAY_NAME in pod.labels:
        return True
    templates = pod.annotations.get(TEMPLATES)
    if isinstance(templates, str) and "gateway" in {name.strip() for name in templates.split(",")}:
        return True
    return {container["name"].text for container in pod.containers()} == {PROXY_CONTAINER}


@derived
def holds_gateways(mesh: Snapshot) -> bool:
    """Whether there are pods of any gateway.

    Files of an application often hold its pods and its gateways, but not the proxies, which are installed elsewhere:
    then nothing can be said about the pods of a gateway.
    """
    return any(is_gateway(pod) for pod in pods(mesh))
