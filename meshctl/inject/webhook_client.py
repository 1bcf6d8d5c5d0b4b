"""Asks a running injector, as the API server does when a pod is made: the result is the cluster's own."""

from __future__ import annotations

import base64
import binascii
import json
import ssl
import uuid
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from meshctl.errors import UNREADABLE, MeshctlError
from meshctl.inject import json_patch, removal
from meshctl.inject.decision import Decision
from meshctl.inject.identity import identity
from meshctl.inject.injector import Outcome
from meshctl.inject.json_patch import Operation
from meshctl.inject.live import WEBHOOKS
from meshctl.inject.pod_templates import PodTemplate
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


class Webhook:
    """The injector of a revision, reached through a port-forward to its pod."""

    def __init__(self, cluster: Cluster, revision: str = "", *, configuration: str = "", namespace: str = "") -> None:
        """Finds the webhook by the name of its configuration, else by revision; raises `WebhookError`.

        `namespace` is that of pods whose manifest names none.
        """
        self._namespace = namespace or cluster.namespace
        entry, self.origin = _entry(cluster, revision or "default", configuration)
        client = entry.get("clientConfig") or {}
        service = client.get("service")
        if not isinstance(service, dict):
            host = urlsplit(str(client.get("url", ""))).hostname or "no address"
            raise WebhookError(
                f"{self.origin} is served at {host}, outside of the cluster",
                hint="leave --webhook out: the ConfigMaps hold the same configuration",
            )
        name, inside = str(service.get("name", "")), str(service.get("namespace", ""))
        self._path = str(service.get("path") or "/")
        pod, port = _backend(cluster, inside, name, int(service.get("port") or 443))
        context = _trust(str(client.get("caBundle") or ""), self.origin)
        self._http = cluster.pod_http(inside, pod, port, tls=(context, f"{name}.{inside}.svc"))

    def inject(self, template: PodTemplate, record: Sequence[Operation] = ()) -> Outcome:
        """What the injector makes of a pod; raises `WebhookError` with its own words when it refuses.

        One that has a proxy of an earlier injection, of which `record` is what was lost, gets a new one.
        """
        who = identity(template)
        pod = as_read(template)
        if removal.status(pod) is not None:
            pod = as_read(template, removal.remove(pod, who, record))
        response = self._ask(pod, template)
        warnings = tuple(str(text) for text in response.get("warnings") or ())
        if response.get("allowed") is not True:
            reason = (response.get("status") or {}).get("message") or "it gave no reason"
            raise WebhookError(f"the injector refuses this pod: {reason}")
        patch = _patch(response)
        if not patch:
            return Outcome(Decision(False, "webhook", f"{self.origin} leaves it as it is"), None, warnings)
        return Outcome(Decision(True, "webhook", f"{self.origin} injects it"), json_patch.apply(pod, patch), warnings)

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


def _backend(cluster: Cluster, namespace: str, name: str, port: int) -> tuple[str, int]:
    """A ready pod behind a Service, and its port that the Service's one leads to."""
    service = cluster.get(_SERVICES, name, namespace)
    if service is None or not (service.get("spec") or {}).get("selector"):
        raise WebhookError(f"Service {namespace}/{name} of the injector does not exist or selects no pods")
    pod = next(iter(ready_pods(cluster, service)), None)
    if pod is None:
        raise UnreachableError(f"no pod of the injector ({namespace}/{name}) is ready")
    return _name(pod), target_port(service, pod, port)


def _trust(bundle: str, origin: str) -> ssl.SSLContext:
    if not bundle:
        return ssl.create_default_context()
    try:
        return ssl.create_default_context(cadata=base64.b64decode(bundle).decode())
    except (binascii.Error, UnicodeDecodeError, ssl.SSLError, ValueError) as error:
        raise WebhookError(f"the caBundle of {origin} holds no certificates") from error


def _patch(response: Mapping[str, Any]) -> Any:
    try:
        return json.loads(base64.b64decode(str(response.get("patch") or "")) or b"[]")
    except (binascii.Error, ValueError) as error:
        raise WebhookError("the injector's patch cannot be read") from error


def _name(item: Mapping[str, Any]) -> str:
    return str(item["metadata"]["name"])
