"""TLS settings of a client (ClientTLSSettings)."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.messages import Message
from meshctl.model.resource import Field
from meshctl.schema.rules.reporting import invalid, shown, unset

CONFIG_MAP = "configmap://"
"""Prefix of a `credentialName` that names a ConfigMap."""

_FILES = ("clientCertificate", "privateKey", "caCertificates", "caCrl")


def client_tls(field: Field, namespace: str) -> Iterator[Message]:
    """Checks the settings, where there are any (CT1-CT7); a ConfigMap has to lie in `namespace`."""
    if not field.value:
        return
    credential = field["credentialName"]
    mode = field["mode"].value
    if credential.text.startswith(CONFIG_MAP):
        yield from _config_map(credential, namespace)
    if field["insecureSkipVerify"].value is True:
        contradicted = {
            "SIMPLE": ("caCertificates", "credentialName", "subjectAltNames"),
            "MUTUAL": ("caCertificates", "subjectAltNames"),
        }
        names = contradicted.get(mode, ()) if isinstance(mode, str) else ()
        yield from unset(field, names, "has no effect beside insecureSkipVerify: true")
    if mode not in ("SIMPLE", "MUTUAL"):
        return
    if credential:
        yield from unset(field, _FILES, "cannot stand beside credentialName, which holds it already")
    elif mode == "MUTUAL":
        for name in ("clientCertificate", "privateKey"):
            if not field[name]:
                yield invalid(field[name], "is missing: mode MUTUAL needs it, or a credentialName")


def _config_map(credential: Field, namespace: str) -> Iterator[Message]:
    where, slash, name = credential.text.removeprefix(CONFIG_MAP).partition("/")
    if not slash or not where or not name:
        yield invalid(credential, f"{shown(credential.text)}: write {CONFIG_MAP}namespace/name")
    elif where != namespace:
        yield invalid(credential, f"{shown(credential.text)}: the ConfigMap has to lie in the object's own namespace")
