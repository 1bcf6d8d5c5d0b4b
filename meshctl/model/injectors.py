"""What injects sidecars: the webhooks, and the ConfigMaps with the values of each revision's injector."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from meshctl.model.kinds.config_map import CONFIG_MAP
from meshctl.model.kinds.mutating_webhook_configuration import MUTATING_WEBHOOK_CONFIGURATION
from meshctl.model.resource import Field
from meshctl.model.selectors import Labels, matches_label_selector
from meshctl.model.snapshot import Snapshot, derived

INJECTOR_CONFIG = "istio-sidecar-injector"
"""Name of the ConfigMap of the default revision; those of others add a hyphen and the revision."""
DEFAULT_REVISION = "default"
DEACTIVATED = {"matchLabels": {"istio.io/deactivated": "never-match"}}
"""The selector of a webhook that is switched off, as a tag takes its place: nothing has this label."""

Values = Mapping[str, Any]


@derived
def injector_values(mesh: Snapshot) -> Mapping[str, Values]:
    """The values of each revision's injector; empty where they cannot be read."""
    found: dict[str, Values] = {}
    for config in mesh[CONFIG_MAP]:
        if config.name == INJECTOR_CONFIG:
            found[DEFAULT_REVISION] = _values(config.at("data", "values"))
        elif config.name.startswith(f"{INJECTOR_CONFIG}-"):
            found[config.name.removeprefix(f"{INJECTOR_CONFIG}-")] = _values(config.at("data", "values"))
    return found


def _values(text: Field) -> Values:
    try:
        found = json.loads(text.text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def value(values: Values, *path: str) -> Any:
    """The value at a path; None where something else than a mapping is on the way."""
    found: Any = values
    for step in path:
        found = found.get(step) if isinstance(found, dict) else None
    return found


def proxy_image(values: Values) -> str:
    """The image that an injector gives to sidecars; empty when its values do not tell.

    Rule: an image with a slash is whole; another one is a name to which the hub and the tag are added.
    """
    image = value(values, "global", "proxy", "image")
    if not isinstance(image, str) or not image:
        return ""
    if "/" in image:
        return image
    hub, tag = value(values, "global", "hub"), value(values, "global", "tag")
    return f"{hub}/{image}:{tag}" if hub and tag else ""


def webhooks(mesh: Snapshot) -> Iterator[Field]:
    """Every entry of every MutatingWebhookConfiguration."""
    for configuration in mesh[MUTATING_WEBHOOK_CONFIGURATION]:
        yield from configuration.field["webhooks"]


def selects(webhook: Field, namespace: Labels, pod: Labels) -> bool:
    """Whether a webhook is called for a pod with these labels in a namespace with those."""
    return matches_label_selector(webhook["namespaceSelector"].value, namespace) and matches_label_selector(
        webhook["objectSelector"].value, pod
    )
