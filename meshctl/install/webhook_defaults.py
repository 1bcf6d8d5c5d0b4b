"""Fields of webhooks that istiod takes over: its CA certificate, and how validation fails.

istiod writes `caBundle` into the webhooks of its revision, and lets validation fail closed once it answers. Whoever
applied these fields too would undo that each time, so they are left out of what is applied. Until istiod comes,
validation has to fail open, and a certificate that the user gave has to be there: these values are set once, by a
manager of their own, where nobody has set them yet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from meshctl.install.identity import Object
from meshctl.install.managed_fields import owners

MUTATING = "MutatingWebhookConfiguration"
VALIDATING = "ValidatingWebhookConfiguration"
KINDS = frozenset({MUTATING, VALIDATING})


def without_initial(data: Object) -> tuple[Object, list[dict[str, Any]]]:
    """A webhook configuration without the fields that become istiod's, and these fields by webhook."""
    if data.get("kind") not in KINDS or not isinstance(data.get("webhooks"), list):
        return data, []
    webhooks, initial = [], []
    for webhook in data["webhooks"]:
        kept, first = dict(webhook), {"name": webhook.get("name")}
        client = webhook.get("clientConfig")
        if isinstance(client, dict) and client.get("caBundle"):
            first["clientConfig"] = {"caBundle": client["caBundle"]}
        if isinstance(client, dict):
            kept["clientConfig"] = {key: value for key, value in client.items() if key != "caBundle"}
        if data["kind"] == VALIDATING and kept.pop("failurePolicy", None):
            first["failurePolicy"] = webhook["failurePolicy"]
        webhooks.append(kept)
        if len(first) > 1:
            initial.append(first)
    return {**data, "webhooks": webhooks}, initial


def still_unset(initial: list[dict[str, Any]], live: Object) -> list[dict[str, Any]]:
    """Those of the first values that nobody has set yet; the patch is a strategic merge of them."""
    trees = [tree for owner in owners(live) for tree in _webhook_trees(owner.fields)]
    found = []
    for first in initial:
        own = [tree for name, tree in trees if name == first["name"]]
        left = {key: value for key, value in first.items() if key == "name" or not _is_set(key, own)}
        if len(left) > 1:
            found.append(left)
    return found


def _webhook_trees(fields: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    import json

    for step, tree in (fields.get("f:webhooks") or {}).items():
        if step.startswith("k:"):
            yield json.loads(step[2:]).get("name", ""), tree


def _is_set(key: str, trees: list[Mapping[str, Any]]) -> bool:
    if key == "clientConfig":
        return any("f:caBundle" in (tree.get("f:clientConfig") or {}) for tree in trees)
    return any(f"f:{key}" in tree for tree in trees)


def lacks_authority(live: Object) -> bool:
    """Whether istiod has not put its certificate in yet, so that the API server could not trust the webhook."""
    return any(
        "service" in (webhook.get("clientConfig") or {}) and not webhook["clientConfig"].get("caBundle")
        for webhook in live.get("webhooks") or ()
    )
