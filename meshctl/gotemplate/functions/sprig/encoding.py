"""Encodings and checksums."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import zlib

from meshctl.gotemplate.function import FunctionMap
from meshctl.gotemplate.functions.text import from_bytes, raw_bytes

_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_BASE32 = re.compile(r"(?:[A-Z2-7]{8})*(?:[A-Z2-7]{2}={6}|[A-Z2-7]{4}={4}|[A-Z2-7]{5}={3}|[A-Z2-7]{7}=)?")


def b64enc(text: str) -> str:
    """The text in Base64."""
    return base64.b64encode(raw_bytes(text)).decode()


def b64dec(text: str) -> str:
    """The text that Base64 stands for; what is no Base64 gives a message."""
    text = text.replace("\n", "").replace("\r", "")
    if not _BASE64.fullmatch(text):
        return "the text is no Base64"
    return from_bytes(binascii.a2b_base64(text))


def b32enc(text: str) -> str:
    """The text in Base32."""
    return base64.b32encode(raw_bytes(text)).decode()


def b32dec(text: str) -> str:
    """The text that Base32 stands for; what is no Base32 gives a message."""
    text = text.replace("\n", "").replace("\r", "")
    if not _BASE32.fullmatch(text):
        return "the text is no Base32"
    return from_bytes(base64.b32decode(text))


def sha1sum(text: str) -> str:
    """The SHA-1 checksum in hexadecimal digits."""
    return hashlib.sha1(raw_bytes(text), usedforsecurity=False).hexdigest()


def sha256sum(text: str) -> str:
    """The SHA-256 checksum in hexadecimal digits."""
    return hashlib.sha256(raw_bytes(text)).hexdigest()


def sha512sum(text: str) -> str:
    """The SHA-512 checksum in hexadecimal digits."""
    return hashlib.sha512(raw_bytes(text)).hexdigest()


def adler32sum(text: str) -> str:
    """The Adler-32 checksum as a decimal number."""
    return str(zlib.adler32(raw_bytes(text)))


ENCODING: FunctionMap = {
    "adler32sum": adler32sum,
    "b32dec": b32dec,
    "b32enc": b32enc,
    "b64dec": b64dec,
    "b64enc": b64enc,
    "sha1sum": sha1sum,
    "sha256sum": sha256sum,
    "sha512sum": sha512sum,
}
