"""Proxies whose image is left to an injector that does not come."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import IMAGE_AUTO_LEFT, IMAGE_AUTO_NOT_INJECTED, Message
from meshctl.model.injectors import selects, webhooks
from meshctl.model.kinds.mutating_webhook_configuration import MUTATING_WEBHOOK_CONFIGURATION
from meshctl.model.kinds.namespace import NAMESPACE
from meshctl.model.kinds.pod import POD
from meshctl.model.membership import PROXY_CONTAINER, namespace_labels
from meshctl.model.resource import Field
from meshctl.model.snapshot import Snapshot
from meshctl.model.workloads import TEMPLATES, Workload, workload

AUTO = "auto"
"""The image of a proxy that the injector is to replace."""


@analyzer(
    "injection.ImageAutoAnalyzer",
    inputs={NAMESPACE, POD, MUTATING_WEBHOOK_CONFIGURATION, *TEMPLATES},
    emits={IMAGE_AUTO_NOT_INJECTED, IMAGE_AUTO_LEFT},
)
def image_auto(mesh: Snapshot) -> Iterator[Message]:
    """Checks that proxies with the image auto are injected."""
    for resource in mesh[POD]:
        pod = workload(resource)
        image = _auto_image(pod) if pod else None
        if image is not None:
            yield IMAGE_AUTO_LEFT.at(image, kind="Pod", name=resource.name)
    injectors = [webhook for webhook in webhooks(mesh) if webhook["name"].text.endswith("istio.io")]
    for kind in TEMPLATES:
        for resource in mesh[kind]:
            pod = workload(resource)
            image = _auto_image(pod) if pod else None
            # Without any webhook the input says nothing about injection.
            if pod is None or image is None or not injectors:
                continue
            namespace = namespace_labels(mesh, resource.namespace)
            if not any(selects(webhook, namespace, pod.labels) for webhook in injectors):
                yield IMAGE_AUTO_NOT_INJECTED.at(image, needs=(NAMESPACE,), kind=kind.name, name=resource.name)


def _auto_image(pod: Workload) -> Field | None:
    for container in pod.containers():
        if container["name"].value == PROXY_CONTAINER and container["image"].value == AUTO:
            return container["image"]
    return None
