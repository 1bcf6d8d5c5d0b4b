"""Sidecars of another release than the injector would give them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from meshctl.analysis.analyzer import analyzer
from meshctl.documents import Chunk, DocumentError, parse
from meshctl.messages import PROXY_IMAGES_DIFFER, Message
from meshctl.model.injectors import DEFAULT_REVISION, injector_values, proxy_image
from meshctl.model.kinds.config_map import CONFIG_MAP
from meshctl.model.kinds.istio_operator import ISTIO_OPERATOR
from meshctl.model.kinds.mesh_config import MESH_CONFIG
from meshctl.model.kinds.namespace import NAMESPACE
from meshctl.model.kinds.pod import POD
from meshctl.model.kinds.proxy_config import PROXY_CONFIG
from meshctl.model.membership import INJECTION, PROXY_CONTAINER, REVISION
from meshctl.model.mesh_settings import mesh_settings
from meshctl.model.resource import Field, Resource
from meshctl.model.selectors import SelectorIndex
from meshctl.model.snapshot import Snapshot, by_namespace
from meshctl.model.workloads import Workload, workload

_CONFIG = "proxy.istio.io/config"
_OWN_IMAGE = "sidecar.istio.io/proxyImage"


@analyzer(
    "injection.ImageAnalyzer",
    inputs={NAMESPACE, POD, CONFIG_MAP, MESH_CONFIG, ISTIO_OPERATOR, PROXY_CONFIG},
    emits={PROXY_IMAGES_DIFFER},
)
def injection_image(mesh: Snapshot) -> Iterator[Message]:
    """Checks that sidecars have the image that the injector of their revision gives."""
    images = {revision: proxy_image(values) for revision, values in injector_values(mesh).items()}
    variants = _Variants(mesh)
    pods = by_namespace(mesh[POD])
    for namespace in mesh[NAMESPACE]:
        revision = _revision(namespace)
        if revision not in images:
            continue
        names, containers = [], []
        for resource in pods.get(namespace.name, ()):
            pod = workload(resource)
            if pod is None or _OWN_IMAGE in pod.annotations:
                continue
            wrong = list(_wrong(pod, images[revision], variants))
            if wrong:
                names.append(resource.name)
                containers += wrong
        if names:
            yield PROXY_IMAGES_DIFFER.on(namespace, related=containers, pods=sorted(names), image=images[revision])


def _revision(namespace: Resource) -> str:
    labels = namespace.labels
    if labels.get(REVISION):
        return str(labels[REVISION])
    return DEFAULT_REVISION if labels.get(INJECTION) == "enabled" else ""


def _wrong(pod: Workload, image: str, variants: _Variants) -> Iterator[Field]:
    for container in pod.containers(init=True):
        if container["name"].value == PROXY_CONTAINER and container["image"].text != image:
            variant = variants.of(pod)
            if not variant or container["image"].text != f"{image}-{variant}":
                yield container["image"]


class _Variants:
    """The image types (`distroless`, `debug`) of pods: what is said last of mesh, namespace, workload and pod wins."""

    def __init__(self, mesh: Snapshot) -> None:
        settings = mesh_settings(mesh)
        self._mesh = settings.text("defaultConfig", "image", "imageType")
        self._root = settings.root_namespace
        self._namespaces: dict[str, str] = {}
        self._selecting: dict[str, SelectorIndex[str]] = {}
        for config in mesh[PROXY_CONFIG]:
            variant = config.spec["image"]["imageType"].text
            labels = config.spec["selector"]["matchLabels"].mapping
            if variant and labels:
                self._selecting.setdefault(config.namespace, SelectorIndex()).add(labels, variant)
            elif variant:
                self._namespaces[config.namespace] = variant

    def of(self, pod: Workload) -> str:
        """The image type of a pod; empty for the default one."""
        found = [self._mesh, self._namespaces.get(self._root, ""), self._namespaces.get(pod.namespace, "")]
        if pod.namespace in self._selecting:
            found += self._selecting[pod.namespace].matching(pod.labels)
        text = pod.annotations.get(_CONFIG)
        if isinstance(text, str):
            found.append(_image_type(text))
        last = next(filter(None, reversed(found)), "")
        return "" if last == "default" else last


@cache
def _image_type(text: str) -> str:
    """`image.imageType` of the annotation `proxy.istio.io/config`; many pods share one text."""
    try:
        data = parse(Chunk(text, 1)).data
    except DocumentError:
        return ""
    image = data.get("image") if isinstance(data, Mapping) else None
    found = image.get("imageType") if isinstance(image, Mapping) else None
    return found if isinstance(found, str) else ""
