"""What depends on the machine or on chance."""

from __future__ import annotations

import os
import re
import secrets
import string
import uuid

from meshctl.gotemplate.errors import FunctionError
from meshctl.gotemplate.function import FunctionMap
from meshctl.gotemplate.sizes import bounded

_VARIABLE = re.compile(r"\$(?:\{(?P<braced>[^}]*)\}|(?P<special>[*#$@!?0-9-])|(?P<name>\w+)|(?P<open>\{))", re.ASCII)
_ASCII = "".join(map(chr, range(32, 127)))


def env(name: str) -> str:
    """A variable of the environment."""
    return os.environ.get(name, "")


def expand_env(text: str) -> str:
    """The text with variables of the environment filled in: `$HOME`, `${HOME}`."""

    def variable(found: re.Match[str]) -> str:
        name = found["braced"] or found["name"] or found["special"]
        return os.environ.get(name, "") if name else ""

    return _VARIABLE.sub(variable, text)


def get_host_by_name(name: str) -> str:
    """An address of a host; this asks the network."""
    import socket

    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except OSError as error:
        raise FunctionError(f"{name!r} has no address: {error}") from None
    return str(found[0][4][0])


def _characters(alphabet: str, count: int) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(bounded(count)))


def rand_alpha_num(count: int) -> str:
    """Letters and digits, different ones each time."""
    return _characters(string.ascii_letters + string.digits, count)


def rand_alpha(count: int) -> str:
    """Letters, different ones each time."""
    return _characters(string.ascii_letters, count)


def rand_ascii(count: int) -> str:
    """Characters that can be printed, different ones each time."""
    return _characters(_ASCII, count)


def rand_numeric(count: int) -> str:
    """Digits, different ones each time."""
    return _characters(string.digits, count)


def rand_bytes(count: int) -> str:
    """Bytes in Base64, different ones each time."""
    import base64

    if count < 0:
        raise FunctionError("a negative number of bytes")
    return base64.b64encode(secrets.token_bytes(bounded(count))).decode()


def uuid4() -> str:
    """A UUID, a different one each time."""
    return str(uuid.uuid4())


ENVIRONMENT: FunctionMap = {
    "env": env,
    "expandenv": expand_env,
    "getHostByName": get_host_by_name,
    "randAlpha": rand_alpha,
    "randAlphaNum": rand_alpha_num,
    "randAscii": rand_ascii,
    "randBytes": rand_bytes,
    "randNumeric": rand_numeric,
    "uuidv4": uuid4,
}
