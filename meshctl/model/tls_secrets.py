"""Secrets that hold a certificate and its key, as gateways read them."""

from __future__ import annotations

import binascii
from base64 import b64decode
from datetime import UTC, datetime

from meshctl.model.resource import Resource

_PAIRS = (("cert", "key"), ("tls.crt", "tls.key"))
_AUTHORITIES = ("cacert", "ca.crt")


def content(secret: Resource, key: str) -> bytes:
    """What a Secret holds under a key; empty where it is missing or no base64. `stringData` wins over `data`."""
    plain = secret.at("stringData", key)
    if plain.text:
        return plain.text.encode()
    try:
        return b64decode("".join(secret.at("data", key).text.split()), validate=True)
    except (binascii.Error, ValueError):
        return b""


def has_authorities(secret: Resource) -> bool:
    """Whether a Secret holds the certificates of the authorities that clients are checked against."""
    return any(content(secret, key).strip() for key in _AUTHORITIES)


def problem(secret: Resource, now: datetime | None = None) -> str:
    """Why a gateway cannot serve with the certificate of a Secret at this time; empty if it can."""
    now = now or datetime.now(UTC)
    for certificate_key, private_key in _PAIRS:
        certificate, key = content(secret, certificate_key), content(secret, private_key)
        if certificate and key:
            return _certificate_problem(certificate, now) or _key_problem(certificate, key)
    written = {name for part in ("data", "stringData") for name in secret.at(part).mapping}
    for certificate_key, private_key in reversed(_PAIRS):
        if certificate_key in written or private_key in written:
            empty = private_key if content(secret, certificate_key) else certificate_key
            return f"{empty} is missing, empty or no base64"
    return "it has neither tls.crt and tls.key nor cert and key"


def _certificate_problem(text: bytes, now: datetime) -> str:
    from cryptography import x509

    try:
        chain = x509.load_pem_x509_certificates(text)
    except ValueError:
        return "its certificate is no PEM text of a certificate"
    for index, certificate in enumerate(chain):
        which = "its certificate" if index == 0 else f"certificate {index + 1} of its chain"
        if now > certificate.not_valid_after_utc:
            return f"{which} expired at {certificate.not_valid_after_utc:%Y-%m-%d %H:%M} UTC"
        if now < certificate.not_valid_before_utc:
            return f"{which} is not valid before {certificate.not_valid_before_utc:%Y-%m-%d %H:%M} UTC"
    return ""


def _key_problem(certificate: bytes, key: bytes) -> str:
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        private = load_pem_private_key(key, password=None)
        if private.public_key() != x509.load_pem_x509_certificate(certificate).public_key():
            return "its key belongs to another certificate"
    except TypeError:
        return "its key is encrypted with a password"
    except ValueError:
        return "its key is no PEM text of a private key"
    except UnsupportedAlgorithm:  # that of a newer kind than we can read, or of a curve that only some builds know
        return ""
    return ""
