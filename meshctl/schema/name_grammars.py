"""Grammars of names, hosts, addresses and ports, as Istio reads them: each says of a text whether it keeps to one."""

from __future__ import annotations

import ipaddress
import re

from meshctl.durations import nanoseconds

_LABEL = re.compile(r"[a-zA-Z0-9](?:[-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?")
_WILDCARD_LABEL = re.compile(r"\*|(?:\*|\*-)?[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?")
_QUANTITY = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?")
_PORT = re.compile(r"[0-9]{1,5}")

PROTOCOLS = frozenset("tcp udp grpc grpc-web http http_proxy http2 https tls mongo redis mysql".split())
"""Protocols that a port can have; their case does not matter."""

MILLISECOND = 10**6
SECOND = 10**9
HOUR = 3600 * SECOND


def is_label(text: str) -> bool:
    """A DNS label; capital letters are taken too."""
    return _LABEL.fullmatch(text) is not None


def is_fqdn(text: str) -> bool:
    """Labels with dots between them, whose last one is no number; a trailing dot is taken, and a short name too."""
    if not 0 < len(text.encode()) <= 255:
        return False
    labels = text.removesuffix(".").split(".")
    return all(map(is_label, labels)) and not labels[-1].isdigit()


def is_wildcard_domain(text: str) -> bool:
    """A name whose first label may be or begin with a star."""
    if not 0 < len(text.encode()) <= 255:
        return False
    first, _, rest = text.partition(".")
    return len(first) <= 63 and _WILDCARD_LABEL.fullmatch(first) is not None and (not rest or is_fqdn(rest))


def is_trust_domain(text: str) -> bool:
    """Labels with dots between them; a trailing dot is taken."""
    return bool(text) and all(map(is_label, text.removesuffix(".").split(".")))


def is_ip(text: str) -> bool:
    """An IPv4 or IPv6 address; the latter may name a zone."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def is_cidr(text: str) -> bool:
    """An address range as an address and a length, whose host bits may be set."""
    address, slash, length = text.partition("/")
    if not slash or "%" in address or not is_ip(address) or not re.fullmatch(r"0|[1-9][0-9]{0,2}", length):
        return False
    return int(length) <= (128 if ":" in address else 32)


def is_ip_or_cidr(text: str) -> bool:
    """An address, or a range of them."""
    return is_cidr(text) if text.count("/") == 1 else is_ip(text)


def is_port(number: int) -> bool:
    """A port that something can listen on."""
    return 1 <= number <= 65535


def is_host_port(text: str) -> bool:
    """`host:port`, where the host is a name or an address, an IPv6 one in brackets."""
    host, colon, port = text.rpartition(":")
    if not colon or not _PORT.fullmatch(port) or not is_port(int(port)):
        return False
    if host.startswith("[") and host.endswith("]"):
        return ":" in host and is_ip(host[1:-1])
    return ":" not in host and (is_fqdn(host) or is_ip(host))


def is_protocol(text: str) -> bool:
    """A protocol that Istio can be told of a port."""
    return text.lower() in PROTOCOLS


def is_quantity(text: str) -> bool:
    """An amount of a resource as Kubernetes writes it: `100m`, `1.5`, `128Mi`, `1e3`."""
    return _QUANTITY.fullmatch(text) is not None


def is_selector_host(text: str) -> bool:
    """`namespace/host` as a Sidecar names hosts: the namespace may be `*` or `.`, with a `~` in front, or `~` alone."""
    namespace, slash, host = text.partition("/")
    if not slash or not namespace or not host:
        return False
    plain = namespace.removeprefix("~")
    if not (plain in ("", "*", ".") or is_label(plain)):
        return False
    partial = "*" in host and host != "*" and not host.startswith("*.")
    return host == "*" or ("." in host and is_wildcard_domain(host) and not partial)


def duration_problem(text: str, *, lowest: int = MILLISECOND, highest: int = 0, unit: int = MILLISECOND) -> str:
    """What is wrong with a duration that must lie between two limits and be a whole number of units (nanoseconds).

    Empty for a good one, and for a text that is no duration at all: its type is checked elsewhere.
    """
    found = nanoseconds(text)
    if found is None:
        return ""
    if found < lowest:
        return f"must be at least {_short(lowest)}, not {text}"
    if highest and found > highest:
        return f"must be at most {_short(highest)}, not {text}"
    if found % unit:
        return f"must be a whole number of {'seconds' if unit == SECOND else 'milliseconds'}, not {text}"
    return ""


def _short(value: int) -> str:
    for size, name in ((HOUR, "h"), (SECOND, "s"), (MILLISECOND, "ms")):
        if value and value % size == 0:
            return f"{value // size}{name}"
    return f"{value}ns"
