"""Asks a running injector, as the API server does when a pod is made: the result is the cluster's own."""

from __future__ import annotations

import base64
import binascii
import json
import ssl
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import urlsplit

from meshctl.errors import UNREADABLE, MeshctlError
from meshctl.inject import json_patch, removal
from meshctl.inject.containers import containers_of
from meshctl.inject.decision import Decision
from meshctl.inject.go_types import completed
from meshctl.inject.identity import identity
from meshctl.inject.injector import Outcome
from meshctl.inject.json_patch import Operation
from meshctl.inject.live import WEBHOOKS
from meshctl.inject.pod_templates import PodTemplate
from meshctl.inject.remote_http import RemoteHttp
from meshctl.inject.shape import as_read
from meshctl.kube import Cluster, ResourceType, UnreachableError
from meshctl.kube.services import ready_pods, target_port

_SERVICES = ResourceType("", "v1", "Service", "services", True)
_ENDING = "sidecar-injector.istio.io"
_REVISION = "istio.io/rev"
_TAG = "istio.io/tag"


class WebhookError(MeshctlError):
    """There is no injector to ask, or it refused a pod."""

    exit_code = UNREADABLE


_CONTAINERS = ("containers", "initContainers", "ephemeralContainers")


class Http(Protocol):
    """Something that answers requests."""

    def request(self, method: str, path: str, body: bytes | None = None) -> bytes:
        """The answer to a request; raises a `MeshctlError`."""


class Webhook:
    """The injector of a revision: at the address that its webhook names, or by a port-forward to its pod."""

    def __init__(
        self,
        cluster: Cluster,
        revision: str = "",
        *,
        configuration: str = "",
        namespace: str = "",
        address: str = "",
    ) -> None:
        """Finds the webhook by the name of its configuration, else by revision; raises `WebhookError`.

        `namespace` is that of pods whose manifest names none, `address` leads to an injector whose Service selects no
        pods.
        """
        self._namespace = namespace or cluster.namespace
        entry, self.origin = _entry(cluster, revision or "default", configuration)
        client = entry.get("clientConfig") or {}
        context = _trust(str(client.get("caBundle") or ""), self.origin)
        service = client.get("service")
        self._http: Http
        if isinstance(service, dict):
            self._path = str(service.get("path") or "/")
            self._http = _of_service(cluster, service, context, address)
        else:
            self._http, self._path = _of_url(cluster, str(client.get("url") or ""), context, self.origin)

    def inject(self, template: PodTemplate, record: Sequence[Operation] = ()) -> Outcome:
        """What the injector makes of a pod; raises `WebhookError` with its own words when it refuses.

        One that has a proxy of an earlier injection, of which `record` is what was lost, gets a new one.
        """
        who = identity(template)
        pod = as_read(template)
        if removal.status(pod) is not None:
            pod = as_read(template, removal.remove(pod, who, record))
        sent = _as_sent(pod)
        response = self._ask(sent, template)
        warnings = tuple(str(text) for text in response.get("warnings") or ())
        if response.get("allowed") is not True:
            reason = (response.get("status") or {}).get("message") or "it gave no reason"
            raise WebhookError(f"the injector refuses this pod: {reason}")
        patch = _patch(response)
        if not patch:
            return Outcome(Decision(False, "webhook", f"{self.origin} leaves it as it is"), None, warnings)
        try:
            injected = json_patch.apply(sent, patch)
        except json_patch.PatchError as error:
            raise WebhookError(f"the injector's patch does not fit this pod: {error}") from error
        decision = Decision(True, "webhook", f"{self.origin} injects it")
        return Outcome(decision, _as_written(injected, pod), warnings)

    def _ask(self, pod: Mapping[str, Any], template: PodTemplate) -> Mapping[str, Any]:
        metadata = pod.get("metadata") or {}
        namespace = metadata.get("namespace") or template.namespace or self._namespace
        request = {
            "uid": str(uuid.uuid4()),
            "kind": {"group": "", "version": "v1", "kind": "Pod"},
            "resource": {"group": "", "version": "v1", "resource": "pods"},
            "operation": "CREATE",
            "name": metadata.get("name", ""),
            "namespace": namespace,
            "object": {"apiVersion": "v1", "kind": "Pod", **pod},
        }
        review = {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request}
        answer = self._http.request("POST", self._path, json.dumps(review).encode())
        try:
            response = json.loads(answer).get("response")
        except (ValueError, AttributeError):
            response = None
        if not isinstance(response, dict):
            raise WebhookError(f"{self.origin} does not answer as an injector does")
        return response


def _as_sent(pod: Mapping[str, Any]) -> dict[str, Any]:
    """A pod with what the API server never leaves out: the injector's patch counts on it."""
    metadata, spec = (
        completed(pod.get("metadata") or {}, "v1.ObjectMeta"),
        completed(pod.get("spec") or {}, "v1.PodSpec"),
    )
    return {"status": {}, **pod, "metadata": metadata, "spec": spec}


def _as_written(injected: Mapping[str, Any], pod: Mapping[str, Any]) -> dict[str, Any]:
    """An injected pod without the empty fields that were added for the injector."""
    spec, before = dict(injected.get("spec") or {}), pod.get("spec") or {}
    for key in _CONTAINERS:
        kept = {item["name"] for item in containers_of(before, key) if "resources" in item}
        if key in spec:
            spec[key] = [
                item if item.get("resources") or item.get("name") in kept else _without(item, "resources")
                for item in containers_of(spec, key)
            ]
    found = {**injected, "spec": spec}
    return found if "status" in pod or found.get("status") else _without(found, "status")


def _entry(cluster: Cluster, revision: str, configuration: str) -> tuple[Mapping[str, Any], str]:
    if configuration:
        named = cluster.get(WEBHOOKS, configuration)
        if named is None:
            raise WebhookError(f"there is no MutatingWebhookConfiguration {configuration}")
        found = [named]
    else:
        labelled = cluster.objects(WEBHOOKS, labels=f"{_REVISION}={revision}")
        # The webhooks of a tag point at the same injector; the revision's own come first.
        found = sorted(labelled, key=lambda item: (_TAG in (item["metadata"].get("labels") or {}), _name(item)))
    for item in found:
        for entry in item.get("webhooks") or ():
            if str(entry.get("name", "")).endswith(_ENDING):
                return entry, f"MutatingWebhookConfiguration {_name(item)}"
    raise WebhookError(
        f"there is no webhook of revision {revision}", hint="meshctl experimental injector list shows them"
    )


def _of_service(cluster: Cluster, reference: Mapping[str, Any], context: ssl.SSLContext, address: str) -> Http:
    """The injector behind a Service; one that selects no pods stands for an injector at the address."""
    name, namespace = str(reference.get("name", "")), str(reference.get("namespace", ""))
    port, host = int(reference.get("port") or 443), f"{name}.{namespace}.svc"
    service = cluster.get(_SERVICES, name, namespace)
    if service is None:
        raise WebhookError(f"Service {namespace}/{name} of the injector does not exist")
    if not (service.get("spec") or {}).get("selector"):
        outside = urlsplit(f"//{address}").hostname
        if not outside:
            raise WebhookError(
                f"Service {namespace}/{name} of the injector selects no pods", hint="say where it is with --xds-address"
            )
        return RemoteHttp(outside, port, host, context, cluster.deadline)
    pod = next(iter(ready_pods(cluster, service)), None)
    if pod is None:
        raise UnreachableError(f"no pod of the injector ({namespace}/{name}) is ready")
    return cluster.pod_http(namespace, _name(pod), target_port(service, pod, port), tls=(context, host))


def _of_url(cluster: Cluster, url: str, context: ssl.SSLContext, origin: str) -> tuple[Http, str]:
    """The injector at the address that a webhook names, and the path there."""
    parts = urlsplit(url)
    try:
        host, port = parts.hostname, parts.port or 443
    except ValueError:
        host, port = None, 0
    if parts.scheme != "https" or not host:
        raise WebhookError(f"{origin} names no address: {url!r}", hint="an injector is at a Service, or an https URL")
    return RemoteHttp(host, port, host, context, cluster.deadline), parts.path or "/"


def _trust(bundle: str, origin: str) -> ssl.SSLContext:
    if not bundle:
        return ssl.create_default_context()
    try:
        return ssl.create_default_context(cadata=base64.b64decode(bundle).decode())
    except (binascii.Error, UnicodeDecodeError, ssl.SSLError, ValueError) as error:
        raise WebhookError(f"the caBundle of {origin} holds no certificates") from error


def _without(data: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name != key}


def _patch(response: Mapping[str, Any]) -> Any:
    try:
        return json.loads(base64.b64decode(str(response.get("patch") or "")) or b"[]")
    except (binascii.Error, ValueError) as error:
        raise WebhookError("the injector's patch cannot be read") from error


def _name(item: Mapping[str, Any]) -> str:
    return str(item["metadata"]["name"])
