"""The running control planes of a cluster: their pods, and what their monitoring port answers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from meshctl.kube import ApiError, Cluster
from meshctl.model.membership import REVISION

_SELECTOR = "app=istiod"
_TAG = "istio.io/tag"
_PORT = "prometheus.io/port"
_MONITORING = 15014
_HTTPS = 443


@dataclass(frozen=True, slots=True)
class ControlPlanePod:
    """A running pod of istiod."""

    name: str
    namespace: str
    labels: Mapping[str, str]
    port: int
    """The monitoring port, which also serves `/version` and the debug pages."""
    ready: bool

    @property
    def revision(self) -> str:
        """The revision that its label tells."""
        return self.labels.get(REVISION, "")

    def get(self, cluster: Cluster, path: str) -> bytes:
        """What its monitoring port answers; raises a `ClusterError`."""
        with cluster.pod_http(self.namespace, self.name, self.port) as http:
            return http.get(path)

    def get_json(self, cluster: Cluster, path: str) -> Any:
        """What a debug page holds; None for an empty one. Raises a `ClusterError`."""
        content = self.get(cluster, path)
        try:
            return json.loads(content) if content.strip() else None
        except ValueError as error:
            raise ApiError(200, "", f"{path} of pod {self.namespace}/{self.name} is no JSON") from error


def control_plane_pods(
    cluster: Cluster, namespace: str, revision: str = "", *, selector: str = _SELECTOR
) -> Sequence[ControlPlanePod]:
    """The running pods of istiod, of all revisions unless one is named, by name."""
    type_ = cluster.resource_types.find("", "Pod")
    if type_ is None:
        return ()
    labels = f"{selector},{REVISION}={revision}" if revision else selector
    found = cluster.objects(type_, namespace, labels=labels, fields="status.phase=Running")
    return sorted(map(_pod, found), key=lambda pod: pod.name)


def external_address(cluster: Cluster, revision: str = "") -> str:
    """`HOST:PORT` of a control plane outside of the cluster, by the webhook that calls it; empty without one."""
    type_ = cluster.resource_types.find("admissionregistration.k8s.io", "MutatingWebhookConfiguration")
    if type_ is None:
        return ""
    labels = f"{REVISION}={revision}" if revision else REVISION
    try:
        found = cluster.objects(type_, labels=f"{labels},!{_TAG}")
    except ApiError:
        return ""
    urls = (str((webhook.get("clientConfig") or {}).get("url") or "")
            for item in sorted(found, key=lambda item: str(item["metadata"]["name"]))
            for webhook in item.get("webhooks") or ())  # fmt: skip
    parts = urlsplit(next(filter(None, urls), ""))
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{host}:{parts.port or _HTTPS}" if host else ""


def _pod(item: Mapping[str, Any]) -> ControlPlanePod:
    metadata = item.get("metadata") or {}
    port = str((metadata.get("annotations") or {}).get(_PORT, ""))
    conditions = (item.get("status") or {}).get("conditions") or ()
    return ControlPlanePod(
        str(metadata.get("name", "")),
        str(metadata.get("namespace", "")),
        metadata.get("labels") or {},
        int(port) if port.isdigit() and 0 < int(port) < 65536 else _MONITORING,
        any(entry.get("type") == "Ready" and entry.get("status") == "True" for entry in conditions),
    )
