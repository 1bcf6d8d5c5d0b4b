"""What a certificate in a secret says."""

from __future__ import annotations

import base64
import binascii
import warnings
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.utils import CryptographyDeprecationWarning

_BEGIN = b"-----BEGIN "
_END = b"-----END "


@dataclass(frozen=True, slots=True)
class Certificate:
    """The parts of a certificate that decide whether peers accept it."""

    is_ca: bool
    serial_number: str
    not_before: datetime
    not_after: datetime
    names: tuple[str, ...]  # subject alternative names: hosts, addresses, URIs
    trust_domain: str
    subject: str
    fingerprint: str  # SHA-256

    def is_valid(self, now: datetime) -> bool:
        """Whether now lies within its time."""
        return self.not_before < now < self.not_after

    def days_left(self, now: datetime) -> int:
        """Whole days until it runs out; less than nothing when it has."""
        return (self.not_after - now).days


def certificates(inline_bytes: str) -> list[Certificate]:
    """The certificates of PEM text in base64, in order, up to the first block that is none."""
    try:
        text = base64.b64decode(inline_bytes, validate=True)
    except (binascii.Error, ValueError):
        return []
    found = []
    for block in _blocks(text):
        certificate = _read(block)
        if certificate is None:
            break
        found.append(certificate)
    return found


def _blocks(text: bytes) -> list[bytes]:
    blocks = []
    while (start := text.find(_BEGIN)) >= 0:
        end = text.find(_END, start)
        if end < 0:
            break
        stop = text.find(b"\n", end)
        stop = len(text) if stop < 0 else stop + 1
        blocks.append(text[start:stop])
        text = text[stop:]
    return blocks


def _read(block: bytes) -> Certificate | None:
    with warnings.catch_warnings():
        # Old certificates have serial numbers that later rules forbid; they are shown all the same.
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)
        try:
            found = x509.load_pem_x509_certificate(block)
            names = _alternative_names(found)
            return Certificate(
                is_ca=_is_ca(found),
                serial_number=f"{found.serial_number:032x}",
                not_before=found.not_valid_before_utc,
                not_after=found.not_valid_after_utc,
                names=names,
                trust_domain=next((urlsplit(name).netloc for name in names if name.startswith("spiffe://")), ""),
                subject=found.subject.rfc4514_string(),
                fingerprint=found.fingerprint(hashes.SHA256()).hex(),
            )
        except (ValueError, x509.InvalidVersion):
            return None


def _is_ca(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return False


def _alternative_names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return ()
    return tuple(str(getattr(name, "value", name)) for name in found)
