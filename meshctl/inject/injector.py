"""Puts proxies into pods: decides, renders the templates, merges them and looks after what templates cannot do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from meshctl.documents import DocumentError
from meshctl.errors import UnreadableError
from meshctl.gotemplate.json_writer import json_in_order
from meshctl.inject import annotations as checks
from meshctl.inject import overrides, probes, prometheus, removal
from meshctl.inject.containers import NAMES, PROXY, containers_of, find, in_order, with_container
from meshctl.inject.decision import Decision, decide
from meshctl.inject.identity import Identity, identity
from meshctl.inject.json_patch import Operation
from meshctl.inject.mesh_config import DEFAULT_STATUS_PORT, proxy_config
from meshctl.inject.pod_templates import PodTemplate
from meshctl.inject.protobuf import Message, MessageError
from meshctl.inject.rendering import Renderer
from meshctl.inject.settings import Settings, as_text
from meshctl.inject.shape import as_read
from meshctl.inject.template_data import TemplateData
from meshctl.inject.warnings import warnings_of
from meshctl.model.strategic_merge import POD, merge

_CLUSTER, _NETWORK = "ISTIO_META_CLUSTER_ID", "ISTIO_META_NETWORK"
_NETWORK_LABEL = "topology.istio.io/network"

_LISTED = ("initContainers", "containers", "volumes", "imagePullSecrets")
"""The lists of a pod whose injected items are noted."""

Pod = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a pod: the decision, warnings, and the pod with its proxy (None when it was not injected).

    `lost` is what has to be kept to take the proxy out again.
    """

    decision: Decision
    pod: Pod | None = None
    warnings: tuple[str, ...] = ()
    lost: Sequence[Operation] = ()


class Injector:
    """Injects with one configuration; whatever does not depend on the pod is worked out once."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._renderer = Renderer(settings)
        self._data = TemplateData(settings)
        mesh = settings.mesh
        self._default_config: Message = mesh["defaultConfig"]
        self._merge_metrics: bool = mesh.get("enablePrometheusMerge", {}).get("value", True)
        self._rewrite_probes = settings.value("sidecarInjectorWebhook.rewriteAppHTTPProbe", True) is True
        self._hold = settings.value("global.proxy.holdApplicationUntilProxyStarts", False) is True
        self._cluster = as_text(settings.value("global.multiCluster.clusterName"))
        self._network = as_text(settings.value("global.network"))

    def check(self) -> None:
        """Reads every template of the configuration; raises for one that cannot be read."""
        self._renderer.check_all()

    def decide(self, template: PodTemplate) -> Decision:
        """Whether the pods of a template are injected."""
        return decide(template.pod or {}, template.namespace, self._settings.config.policy)

    def inject(self, template: PodTemplate, record: Sequence[Operation] = ()) -> Outcome:
        """The pod of a template with its proxy; one that has a proxy of an earlier injection gets a new one.

        `record` is what was lost then.

        Raises a `MeshctlError` for pods and configurations that cannot be used.
        """
        decision = self.decide(template)
        if not decision.inject:
            return Outcome(decision, warnings=(decision.warning,) if decision.warning else ())
        who = identity(template)
        pod = as_read(template)
        plain = pod if removal.status(pod) is None else as_read(template, removal.remove(pod, who, record))
        injected, warnings = self._inject(plain, who)
        warnings += warnings_of(plain, injected)
        if decision.warning:
            warnings.insert(0, decision.warning)
        return Outcome(decision, injected, tuple(warnings), removal.loss(plain, injected, who))

    def _inject(self, pod: Pod, who: Identity) -> tuple[Pod, list[str]]:
        metadata = pod.get("metadata") or {}
        spec = pod.get("spec") or {}
        notes: Mapping[str, str] = metadata.get("annotations") or {}
        found = list(checks.problems(notes))
        if found:
            raise checks.AnnotationError(found)
        config = self._proxy_config(notes)
        names = self._renderer.chosen(notes.get(checks.TEMPLATES))
        data = self._data.root(metadata, spec, who, config)
        rendered: Pod = {}
        result = {**pod, "metadata": metadata, "spec": spec}
        for name in names:
            part = self._renderer.render(name, data, like=notes.get(checks.CONFIG))
            if _is_native(part):
                rendered = _proxy_beside(rendered, part)
            elif rendered:
                part = _proxy_beside(part, rendered)
            # Of a single template only the names are asked for afterwards.
            rendered = dict(part) if len(names) == 1 and not _has_directives(part) else merge(rendered, part, POD)
            result = merge(_proxy_beside(result, part), part, POD)
        own = overrides.find_overrides(pod, rendered.get("spec") or {})
        if own:
            result = overrides.apply(result, own)
        return self._finished(result, rendered, own, config)

    def _proxy_config(self, notes: Mapping[str, str]) -> Message:
        try:
            own = checks.pod_proxy_config(notes)
        except (MessageError, DocumentError) as error:
            raise UnreadableError(f"annotation {checks.CONFIG}: {error.message}") from error
        return proxy_config(self._default_config, own) if own else self._default_config

    def _finished(self, pod: Pod, rendered: Pod, own: overrides.Overrides, config: Message) -> tuple[Pod, list[str]]:
        """What comes after the templates; the order matters, as each step reads what the ones before have made."""
        metadata, spec = dict(pod.get("metadata") or {}), dict(pod.get("spec") or {})
        notes: dict[str, Any] = dict(metadata.get("annotations") or {})
        labels: dict[str, Any] = dict(metadata.get("labels") or {})
        warnings: list[str] = []
        status_port = config.get("statusPort", DEFAULT_STATUS_PORT)
        network = labels.get(_NETWORK_LABEL) or self._network
        place = find(spec, PROXY)
        if place is not None:
            proxy = _with_cluster(spec[place[0]][place[1]], self._cluster, network)
            merged = prometheus.merge_metrics(notes, status_port, self._merge_metrics)
            notes = dict(merged.annotations)
            warnings += merged.warnings
            variables = {prometheus.ENVIRONMENT: merged.variable} if merged.variable else {}
            notes |= prometheus.secure_port(notes, removal.environment(proxy))
            spec, probers = self._with_probes(spec, notes, status_port, warnings)
            if probers:
                variables[probes.ENVIRONMENT] = probers
            spec = with_container(spec, place, _with_variables(proxy, variables))
        if network:
            labels[_NETWORK_LABEL] = network
        if own:
            notes[checks.OVERRIDES] = overrides.text(own)
        notes[checks.STATUS] = self._status(rendered.get("spec") or {})
        notes |= self._settings.config.injected_annotations
        metadata |= {"labels": labels, "annotations": notes} if labels else {"annotations": notes}
        hold = config.get("holdApplicationUntilProxyStarts", {}).get("value", False) or self._hold
        return {**pod, "metadata": metadata, "spec": in_order(spec, hold)}, warnings

    def _with_probes(
        self, spec: dict[str, Any], notes: Mapping[str, str], status_port: int, warnings: list[str]
    ) -> tuple[dict[str, Any], str]:
        """The spec with its probes sent to the agent, and what the agent has to know."""
        wanted = checks.parse_bool(notes.get(checks.REWRITE_PROBES, ""))
        port = int(notes.get(checks.STATUS_PORT, status_port))
        # Without a status port there is no agent to ask.
        if not (self._rewrite_probes if wanted is None else wanted) or not port:
            return spec, ""
        probers: dict[str, Any] = {}
        for key in ("containers", "initContainers"):
            items = containers_of(spec, key)
            if items:
                found = probes.rewrite(items, PROXY, port, status_port)
                spec = {**spec, key: found.containers}
                probers |= found.probers
                warnings += found.warnings
        return spec, probes.text(probers) if probers else ""

    def _status(self, spec: Mapping[str, Any]) -> str:
        """The note of what was injected, from which it can be replaced and taken out."""
        found: dict[str, Any] = {key: [item["name"] for item in spec.get(key) or ()] or None for key in _LISTED}
        found["revision"] = self._settings.revision or "default"
        return json_in_order(found)


def _has_directives(part: Mapping[str, Any]) -> bool:
    """Whether items of the noted lists say what to do with others, rather than what to add."""
    spec = part.get("spec") or {}
    return any("$patch" in item for key in _LISTED for item in spec.get(key) or () if isinstance(item, dict))


def _is_native(part: Mapping[str, Any]) -> bool:
    """Whether a template makes the proxy a native sidecar: one that only adds to a proxy does not say how it runs."""
    spec = part.get("spec") or {}
    place = find(spec, PROXY)
    return place is not None and spec[place[0]][place[1]].get("restartPolicy") == "Always"


def _proxy_beside(pod: Mapping[str, Any], other: Mapping[str, Any]) -> Pod:
    """The pod with its proxy container in the list in which another one has it: names are unique in a pod.

    The template that makes the proxy says where it runs; what the pod and other templates add to it follows.
    """
    wanted = find(other.get("spec") or {}, PROXY)
    place = find(pod.get("spec") or {}, PROXY)
    if wanted is None or place is None or wanted[0] == place[0]:
        return dict(pod)
    spec = dict(pod["spec"])
    old = list(spec[place[0]])
    moved = old.pop(place[1])
    spec[place[0]] = old
    spec[wanted[0]] = [*containers_of(spec, wanted[0]), moved]
    if not old and place[0] == "initContainers":
        del spec[place[0]]
    return {**pod, "spec": spec}


def _with_cluster(proxy: dict[str, Any], cluster: str, network: str) -> dict[str, Any]:
    """The proxy with its cluster and network, if known, at the end of its variables."""
    known = {name: value for name, value in ((_CLUSTER, cluster), (_NETWORK, network)) if value}
    if not known:
        return proxy
    kept = [item for item in proxy.get("env") or () if not (isinstance(item, dict) and item.get("name") in known)]
    return _with_variables({**proxy, "env": kept}, known)


def _with_variables(container: dict[str, Any], variables: Mapping[str, str]) -> dict[str, Any]:
    if not variables:
        return container
    added = [{"name": name, "value": value} for name, value in variables.items()]
    kept = [item for item in container.get("env") or () if not (isinstance(item, dict) and item["name"] in variables)]
    return {**container, "env": [*kept, *added]}


def injected_names(pod: Mapping[str, Any]) -> frozenset[str]:
    """The names of the injector's containers that a pod has."""
    spec = pod.get("spec") or {}
    found = (item.get("name") for key in ("containers", "initContainers") for item in containers_of(spec, key))
    return NAMES & {name for name in found if isinstance(name, str)}
