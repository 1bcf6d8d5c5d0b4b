"""The words by which people name kinds on a command line, as kubectl takes them."""

from __future__ import annotations

from meshctl.model.kind import Kind

_SHORT_NAMES = {
    "po": "Pod", "deploy": "Deployment", "sts": "StatefulSet", "ds": "DaemonSet",
    "rs": "ReplicaSet", "rc": "ReplicationController", "cj": "CronJob", "svc": "Service",
    "gw": "Gateway", "gtw": "Gateway",
}  # fmt: skip


def is_called(kind: Kind, word: str) -> bool:
    """Whether a word means a kind: its name, plural or short name, with the group if wanted."""
    word, _, group = word.lower().partition(".")
    return (not group or group == kind.group) and (
        word in (kind.name.lower(), kind.plural) or _SHORT_NAMES.get(word) == kind.name
    )
