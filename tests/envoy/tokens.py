"""JSON web tokens signed with a key of the tests."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa


class Issuer:
    """Signs tokens that last an hour."""

    def __init__(self) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    @property
    def key_set(self) -> str:
        """The public key as a JSON web key set."""
        numbers = self._key.public_key().public_numbers()
        key = {"kty": "RSA", "kid": "test", "alg": "RS256", "n": _number(numbers.n), "e": _number(numbers.e)}
        return json.dumps({"keys": [key]})

    def token(self, claims: Mapping[str, Any]) -> str:
        """A token with those claims, and the time that it ends."""
        head = {"alg": "RS256", "kid": "test", "typ": "JWT"}
        parts = [_text(json.dumps(part).encode()) for part in (head, {"exp": int(time.time()) + 3600, **claims})]
        signed = ".".join(parts).encode()
        return f"{signed.decode()}.{_text(self._key.sign(signed, padding.PKCS1v15(), hashes.SHA256()))}"


def _number(value: int) -> str:
    return _text(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
