"""Who sends a request: an identity, as it is told or as a workload has it."""

from __future__ import annotations

import re

from meshctl.diagnose.authz.subjects import subjects
from meshctl.errors import UsageError
from meshctl.model.mesh_settings import mesh_settings
from meshctl.model.snapshot import Snapshot

_SCHEME = "spiffe://"
_ACCOUNT = re.compile(r"(?:[^/]+/)?ns/[^/]+/sa/[^/]+")


def identity(mesh: Snapshot, sender: str, namespace: str, account: str, own_namespace: str) -> str:
    """The SPIFFE identity of a sender; empty when nothing is said. Raises a `MeshctlError`.

    `sender` is an identity, with or without scheme and trust domain, or a workload; without it, a namespace and an
    account are enough.
    """
    domain = mesh_settings(mesh).trust_domain
    if sender and (namespace or account):
        raise UsageError("--from says it all: leave out --from-namespace and --from-service-account")
    if sender.startswith(_SCHEME):
        return sender
    if _ACCOUNT.fullmatch(sender):
        return f"{_SCHEME}{domain}/{sender}" if sender.startswith("ns/") else _SCHEME + sender
    if sender:
        found = subjects(mesh, sender, own_namespace)[0]
        return f"{_SCHEME}{domain}/ns/{found.namespace}/sa/{found.account}"
    if not namespace and not account:
        return ""
    place, slash, name = account.rpartition("/")
    if slash and namespace and place != namespace:
        raise UsageError(f"the service account {account} is not in namespace {namespace}")
    return f"{_SCHEME}{domain}/ns/{namespace or place or own_namespace}/sa/{name or 'default'}"
