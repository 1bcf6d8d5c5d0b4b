"""How long the certificates of a mesh are good: its root, and the CA that signs for its workloads."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from cryptography import x509

from meshctl.kube import Cluster, ClusterError, ForbiddenError
from meshctl.verify.checks import Check, good, off, unknown

TOPIC = "certificate"

ROOT = ("ConfigMap", "istio-ca-root-cert", "root-cert.pem")
AUTHORITIES = (("Secret", "cacerts", "ca-cert.pem"), ("Secret", "istio-ca-secret", "ca-cert.pem"))
"""Where a CA of the user's own is, and that which istiod makes when there is none."""


def certificates(cluster: Cluster, namespace: str, now: datetime) -> list[Check]:
    """Checks of the root certificate and of the CA; a CA outside of the cluster has no Secret, and no check."""
    root = _checked(cluster, namespace, *ROOT, now=now) or unknown(
        TOPIC, f"ConfigMap {namespace}/{ROOT[1]}", "it does not exist: does istiod run?"
    )
    found = [check for place in AUTHORITIES if (check := _checked(cluster, namespace, *place, now=now)) is not None]
    return [root, *found[:1]]


def expiry(pem: str) -> Sequence[datetime]:
    """When each certificate of a text ends; none for a text that is no PEM."""
    try:
        return [certificate.not_valid_after_utc for certificate in x509.load_pem_x509_certificates(pem.encode())]
    except ValueError:
        return []


def expiry_of(der: bytes) -> datetime:
    """When a certificate ends."""
    return x509.load_der_x509_certificate(der).not_valid_after_utc


def judged(subject: str, pem: str, now: datetime) -> Check:
    """A check of the certificates of authorities in a text."""
    ends = expiry(pem)
    if not ends:
        return off(TOPIC, subject, "it holds no certificate")
    end = min(ends)
    if end < now:
        return off(TOPIC, subject, f"it expired at {end:%Y-%m-%d %H:%M} UTC", "renew the CA of the mesh")
    return good(TOPIC, subject, f"good until {end:%Y-%m-%d}, {(end - now).days} days from now")


def _checked(cluster: Cluster, namespace: str, kind: str, name: str, key: str, *, now: datetime) -> Check | None:
    """A check of an object's certificate; None when there is no such object."""
    subject = f"{kind} {namespace}/{name}"
    try:
        found = cluster.get(cluster.type_of({"apiVersion": "v1", "kind": kind}), name, namespace)
    except ForbiddenError:
        return unknown(TOPIC, subject, "the user may not read it")
    except ClusterError as error:
        return unknown(TOPIC, subject, error.message)
    return None if found is None else judged(subject, _content(found, kind, key), now)


def _content(item: Mapping[str, Any], kind: str, key: str) -> str:
    text = str((item.get("data") or {}).get(key, ""))
    if kind != "Secret":
        return text
    try:
        return base64.b64decode(text, validate=True).decode("ascii", "replace")
    except (binascii.Error, ValueError):
        return ""
