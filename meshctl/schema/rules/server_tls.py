"""TLS settings of a server (ServerTLSSettings)."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.messages import Message
from meshctl.model.resource import Field
from meshctl.schema.rules.reporting import doubtful, invalid, unset

CIPHER_SUITES = frozenset(
    "ECDHE-ECDSA-AES128-GCM-SHA256 ECDHE-RSA-AES128-GCM-SHA256 ECDHE-ECDSA-AES256-GCM-SHA384 "
    "ECDHE-RSA-AES256-GCM-SHA384 ECDHE-ECDSA-CHACHA20-POLY1305 ECDHE-RSA-CHACHA20-POLY1305 "
    "ECDHE-ECDSA-AES128-SHA ECDHE-RSA-AES128-SHA ECDHE-ECDSA-AES256-SHA ECDHE-RSA-AES256-SHA "
    "AES128-GCM-SHA256 AES256-GCM-SHA384 AES128-SHA AES256-SHA DES-CBC3-SHA".split()
)
"""The suites that Envoy knows, in the names of OpenSSL."""

_OLD_VERSIONS = ("TLSV1_0", "TLSV1_1")
_PASSING = ("PASSTHROUGH", "AUTO_PASSTHROUGH")
_CERTIFICATES = (
    "serverCertificate",
    "privateKey",
    "caCertificates",
    "tlsCertificates",
    "credentialName",
    "credentialNames",
)


def server_tls(field: Field) -> Iterator[Message]:
    """Checks the settings, where there are any (ST1-ST13); the default of `mode` is PASSTHROUGH."""
    if not field.present:
        return
    mode = field["mode"].text or "PASSTHROUGH"
    yield from _versions_and_suites(field)
    if mode == "ISTIO_MUTUAL":
        yield from unset(field, _CERTIFICATES, "cannot be set in mode ISTIO_MUTUAL: the certificates are Istio's own")
        return
    if mode in _PASSING:
        for name in (*_CERTIFICATES, "caCrl"):
            if field[name]:
                yield doubtful(field[name], f"has no effect in mode {mode}", key=True)
    yield from _one_source(field)
    crl = field["caCrl"]
    if crl and field["credentialName"] and mode in _PASSING:
        yield invalid(crl, "cannot stand beside credentialName", key=True)
    if mode in _PASSING or field["credentialName"] or field["credentialNames"]:
        return
    if mode in ("MUTUAL", "OPTIONAL_MUTUAL") and not field["caCertificates"]:
        yield invalid(field["caCertificates"], f"is missing: mode {mode} needs it, or a credentialName")
    yield from _files(field, mode)
    if crl and mode == "SIMPLE":
        yield invalid(crl, "has no meaning in mode SIMPLE: clients have no certificate there", key=True)


def _versions_and_suites(field: Field) -> Iterator[Message]:
    suites = field["cipherSuites"]
    if field["minProtocolVersion"].value in _OLD_VERSIONS and not suites:
        hint = "list cipherSuites, as the default ones need TLS 1.2"
        yield doubtful(field["minProtocolVersion"], "needs cipherSuites to have any effect", hint)
    seen = set()
    for suite in suites:
        name = suite.text
        if name in seen:
            yield doubtful(suite, f'"{name}" stands there twice')
        seen.add(name)
        if name and name != "ALL" and name not in CIPHER_SUITES and name[0].isalnum():
            hint = f"use one of {', '.join(sorted(CIPHER_SUITES))}"
            yield doubtful(suite, f'"{name[:60]}" is no suite that Envoy knows, and is ignored', hint)


def _one_source(field: Field) -> Iterator[Message]:
    sources = [name for name in ("credentialName", "credentialNames", "tlsCertificates") if field[name]]
    if field["serverCertificate"] and field["privateKey"]:
        sources.append("serverCertificate")
    if len(sources) > 1:
        problem = f"cannot stand beside {sources[0]}: certificates come from one place only"
        yield invalid(field[sources[-1]], problem, "remove all but one of them", key=True)


def _files(field: Field, mode: str) -> Iterator[Message]:
    pairs = field["tlsCertificates"]
    if len(pairs) > 2:
        yield doubtful(pairs, "has more than two certificates: one of RSA and one of ECDSA are used", key=True)
    for pair in pairs if pairs else (field,):
        for name in ("serverCertificate", "privateKey"):
            if not pair[name]:
                yield invalid(pair[name], f"is missing: mode {mode} needs it, or a credentialName")
