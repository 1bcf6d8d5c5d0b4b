"""Numbers, durations, labels, regular expressions, localities and protocols."""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

from meshctl.durations import nanoseconds

MILLISECOND = 10**6
"""In nanoseconds."""

LONGEST_REGEX = 1024
"""Bytes that a regular expression may have."""

_COMPILED_SIZE = 256 * 2**20
"""Bytes that a compiled expression may take: far more than in C++, as Go has no such limit."""

_LITERALS = re.compile(r"\\\\|\\Q.*?(?:\\E|$)", re.DOTALL)

BOOLEANS = frozenset("1 t T TRUE true True 0 f F FALSE false False".split())
"""The texts that Go reads as truth values."""

_BASE64_ALPHABET = str.maketrans("-_", "+/")
_LABEL_NAME = re.compile(r"(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]", re.ASCII)
_QUANTITY = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?")
_PREFIX_PART = re.compile(r"[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?", re.ASCII)

HTTP_LIKE = frozenset({"http", "http2", "http_proxy", "grpc", "grpc-web"})
TLS_LIKE = frozenset({"https", "tls"})
TCP_LIKE = frozenset({"tcp", "https", "tls", "mongo", "redis", "mysql"})
PROTOCOLS = HTTP_LIKE | TCP_LIKE | {"udp"}
"""The protocols of a port, in lower case; people may write them in any."""


def protocol(text: str) -> str:
    """The protocol of a port."""
    if text.lower() in PROTOCOLS:
        return ""
    if not text:
        return "is missing: name the protocol of the port"
    return f"is no protocol that Istio knows: use one of {', '.join(sorted(PROTOCOLS)).upper()}"


def port(number: int) -> str:
    """The number of a port."""
    return "" if 1 <= number <= 65535 else "is no port: it has to be from 1 to 65535"


def percentage(value: Any, *, least: float = 0.0) -> str:
    """A number from 0 to 100; below `least` only 0 itself. NaN passes, as it does in Istio."""
    number = float_of(value)
    if number is None or math.isnan(number) or number == 0 or least <= number <= 100:
        return ""
    return f"has to be 0, or from {least:g} to 100" if least else "has to be from 0 to 100"


def float_of(value: Any) -> float | None:
    """A number, or a text of one as protocol buffers take it; None for anything else."""
    if type(value) in (int, float):
        return float(value)
    if type(value) is str:
        try:
            return float(value)
        except ValueError:
            return None
    return None


def decoded_base64(text: str) -> bytes | None:
    """What a text in base64 stands for, in both alphabets and padded or not, as Protocol Buffers read it; else None."""
    plain = text.translate(_BASE64_ALPHABET)
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def duration(text: str) -> str:
    """A duration of at least a millisecond, and of whole ones."""
    found = nanoseconds(text)
    if found is None:
        return NO_DURATION
    if found < MILLISECOND:
        return "has to be at least 1ms"
    return "has to be whole milliseconds" if found % MILLISECOND else ""


def quantity(text: str) -> str:
    """An amount of a resource as Kubernetes writes it: `100m`, `1.5`, `128Mi`, `1e3`."""
    return "" if _QUANTITY.fullmatch(text) else "is no quantity such as 100m or 128Mi"


NO_DURATION = "is no duration: write a number with a unit, as 1.5s, 300ms or 1m30s"


def any_duration(text: str) -> str:
    """A duration of any length."""
    return "" if nanoseconds(text) is not None else NO_DURATION


@lru_cache(8192)
def label_key(text: str) -> str:
    """The key of a label: a name, with a DNS prefix and a slash in front where it has one."""
    prefix, slash, name = text.rpartition("/")
    if slash:
        if len(prefix) > 253:
            return "has a prefix of more than 253 characters"
        if not all(_PREFIX_PART.fullmatch(part) for part in prefix.split(".")):
            return "has a prefix that is no DNS name" if prefix else "has nothing in front of its slash"
    if len(name) > 63:
        return "is longer than 63 characters"
    if not _LABEL_NAME.fullmatch(name):
        return "is no label key: use letters, digits, -, _ and ., with a letter or digit at both ends"
    return ""


@lru_cache(8192)
def label_value(text: str) -> str:
    """The value of a label; may be empty."""
    if not text or _LABEL_NAME.fullmatch(text):
        return ""
    return "is no label value: use letters, digits, -, _ and ., with a letter or digit at both ends"


@cache
def _quiet() -> Any:
    import re2

    options = re2.Options()
    options.log_errors = False
    options.max_mem = _COMPILED_SIZE
    return options


@lru_cache(2048)
def regex(text: str) -> str:
    """A regular expression in the syntax of RE2 that Go and Envoy share."""
    if len(text.encode("utf-8", "surrogatepass")) > LONGEST_REGEX:
        return f"is longer than {LONGEST_REGEX} bytes"
    import re2

    try:
        re2.compile(text, _quiet())
    except (re2.error, UnicodeEncodeError) as error:
        return _regex_problem(error)
    # C++ knows \C, a single byte, which Go does not; in a quotation both take it literally.
    if "\\C" in text and "\\C" in _LITERALS.sub("", text):
        return "is no regular expression of RE2: \\C is not known"
    return ""


def _regex_problem(error: Exception) -> str:
    detail = error.args[0] if error.args else ""
    if isinstance(detail, bytes):
        detail = detail.decode("utf-8", "replace")
    where = str(detail).rpartition(": ")[2]
    near = f' near "{where[:40]}"' if where else ""
    return f"is no regular expression of RE2{near}; look-around and back-references do not exist there"


def localities(texts: Sequence[str]) -> tuple[int, str]:
    """The first bad one of several localities (`region/zone/subzone`) that must not cover each other.

    Gives its index and the problem; an empty problem when all are good.
    """
    seen: dict[str, dict[str, set[str]]] = {}
    everything = False
    for index, text in enumerate(texts):
        if not text:
            return index, "is an empty locality"
        if "*" in text and (text.count("*") > 1 or not text.endswith("*")):
            return index, "can have one * only, at its end"
        parts = text.split("/", 2)
        if not all(parts):
            return index, "has an empty part: write region/zone/subzone"
        region, zone, subzone = (*parts, "", "")[:3]
        if everything:
            return index, "is already covered by *"
        if region == "*":
            everything = True
            continue
        zones = seen.get(region)
        if zones is not None:
            if "" in zones or "*" in zones or not zone:
                return index, f"overlaps with an earlier locality of {region}"
            subzones = zones.get(zone)
            if subzones is not None:
                if "" in subzones or "*" in subzones or not subzone:
                    return index, f"overlaps with an earlier locality of {region}/{zone}"
                if subzone in subzones:
                    return index, "stands there twice"
        seen.setdefault(region, {}).setdefault(zone, set()).add(subzone)
    return -1, ""
