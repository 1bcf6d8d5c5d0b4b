"""The objects of a tag: those that the charts give, pointed at the revision as it is in the cluster."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from meshctl.charts.chart import chart
from meshctl.charts.manifests import RELEASE
from meshctl.charts.rendering import Release, render
from meshctl.documents import Chunk, parse, split
from meshctl.install.identity import Object, labels
from meshctl.install.ownership import TAG
from meshctl.install.revisions import Revisions, client_config
from meshctl.model.injectors import DEFAULT_REVISION
from meshctl.model.kinds.mutating_webhook_configuration import MUTATING_WEBHOOK_CONFIGURATION
from meshctl.model.kinds.service import SERVICE
from meshctl.model.kinds.validating_webhook_configuration import VALIDATING_WEBHOOK_CONFIGURATION

_INSTALLER_LABEL = "operator.istio.io"
_RELEASE_ANNOTATIONS = ("kubectl.kubernetes.io/last-applied-configuration", "meta.helm.sh/")
_AUTO = "auto.sidecar-injector.istio.io"


@dataclass(frozen=True, slots=True)
class Wish:
    """A tag as the user wants it; `package` is a folder of charts that replaces ours."""

    tag: str
    revision: str
    overwrite: bool = False
    webhook_name: str = ""
    inject_everywhere: bool = False
    package: str = ""


def tag_objects(wish: Wish, found: Revisions, own: Object | None) -> list[dict[str, Any]]:
    """The webhook configuration and the Service of a tag, by the chart of istiod, and pointed where `own` points."""
    client = client_config(own) if own else {}
    service = client.get("service") or {}
    webhook: Mapping[str, Any] = next(iter((own or {}).get("webhooks") or ()), {})
    current = found.of_tag(found.mutating, wish.tag)
    values = {
        "revision": "" if wish.revision == DEFAULT_REVISION else wish.revision,
        "revisionTags": [wish.tag],
        "global": {"istioNamespace": found.namespace},
        "istiodRemote": {
            "injectionURL": client.get("url", ""),
            "injectionPath": service.get("path", ""),
            "injectionCABundle": client.get("caBundle", ""),
        },
        "sidecarInjectorWebhook": {
            "reinvocationPolicy": webhook.get("reinvocationPolicy", "Never"),
            "enableNamespacesByDefault": wish.inject_everywhere or any(map(_injects_everywhere, current)),
        },
    }
    texts = render(chart("istiod", wish.package), values, Release(RELEASE, found.namespace))
    objects = [item for item in _objects(texts) if labels(item).get(TAG) == wish.tag]
    for item in objects:
        if item["kind"] == SERVICE.name:
            item["spec"]["selector"] = {"app": "istiod", "istio.io/rev": wish.revision}
            continue
        annotations = {
            key: value
            for key, value in ((own or {}).get("metadata", {}).get("annotations") or {}).items()
            if not key.startswith(_RELEASE_ANNOTATIONS)
        }
        if annotations:
            item["metadata"]["annotations"] = annotations
        if wish.webhook_name:
            item["metadata"]["name"] = wish.webhook_name
        for entry in item["webhooks"]:
            if service:
                entry["clientConfig"]["service"] |= {key: service[key] for key in ("name", "port") if key in service}
    return objects


def validator(wish: Wish, found: Revisions, own: Object | None, service: Object | None) -> dict[str, Any] | None:
    """The webhook that validates what names no revision; it is called as that of the revision is."""
    revisioned = next(iter(found.of_revision(found.validating, wish.revision)), None)
    client = copy.deepcopy(dict(client_config(revisioned))) if revisioned else {}
    if not client and service is None:
        return None
    values = {
        "revision": "" if wish.revision == DEFAULT_REVISION else wish.revision,
        "global": {"istioNamespace": found.namespace},
    }
    texts = render(chart("default", wish.package), values, Release(RELEASE, found.namespace))
    item = next(item for item in _objects(texts) if item["kind"] == VALIDATING_WEBHOOK_CONFIGURATION.name)
    present = [live for live in found.validating if live["metadata"]["name"] == item["metadata"]["name"]]
    bundle = client_config(own).get("caBundle") if own else None
    for entry in item["webhooks"]:
        entry["clientConfig"] |= client
        if bundle and "caBundle" not in client:
            entry["clientConfig"]["caBundle"] = bundle
        if "url" in entry["clientConfig"]:
            entry["clientConfig"].pop("service", None)
        # istiod lets it fail closed once it serves, and that stays as it is.
        for live in present:
            entry["failurePolicy"] = live["webhooks"][0].get("failurePolicy", "Ignore")
    return item


def with_labels_of(item: dict[str, Any], source: Object) -> None:
    """Labels as the revision has them, but for those by which installers find what they own."""
    rendered = item["metadata"]["labels"]
    found = {key: value for key, value in labels(source).items() if _INSTALLER_LABEL not in key}
    found |= {key: rendered[key] for key in ("app", "istio", TAG) if key in rendered}
    item["metadata"]["labels"] = found
    if item["kind"] == MUTATING_WEBHOOK_CONFIGURATION.name:
        found.pop("istio", None)


def _injects_everywhere(configuration: Object) -> bool:
    return any(webhook.get("name") == _AUTO for webhook in configuration.get("webhooks") or ())


def _objects(texts: Mapping[str, str]) -> list[dict[str, Any]]:
    found = []
    for path, text in texts.items():
        if path.endswith("NOTES.txt"):
            continue
        found += [data for chunk in split(text) if isinstance(data := parse(Chunk(chunk.text, 1)).data, dict)]
    return found
