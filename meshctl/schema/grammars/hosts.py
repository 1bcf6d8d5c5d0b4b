"""Names of hosts, addresses, and references that are made of them."""

from __future__ import annotations

import re
from functools import lru_cache

_LABEL = re.compile(r"[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?", re.ASCII)
_WILDCARD_LABEL = re.compile(r"\*|(?:\*|\*-)?[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?", re.ASCII)
_IPV4 = re.compile(r"(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}", re.ASCII)
_LENGTH = re.compile(r"0|[1-9]\d{0,2}", re.ASCII)
_PORT = re.compile(r"\d{1,5}", re.ASCII)

LABEL_LENGTH = 63
NAME_LENGTH = 255

UNIX = "unix://"
"""What the address of a Unix domain socket begins with."""

_LABEL_RULE = "use letters, digits and -, at most 63 of them, with a letter or digit at both ends"


def label(text: str) -> str:
    """One part of a DNS name (RFC 1123), upper case allowed."""
    if len(text) <= LABEL_LENGTH and _LABEL.fullmatch(text):
        return ""
    return _LABEL_RULE if text else "is empty"


@lru_cache(4096)
def host(text: str) -> str:
    """A host name without wildcards, short or full."""
    if not text:
        return "is empty"
    return _parts(text, text.split("."))


@lru_cache(4096)
def wildcard_host(text: str) -> str:
    """A host name whose first part may be or begin with `*`."""
    if not text:
        return "is empty"
    first, dot, rest = text.partition(".")
    if len(first) > LABEL_LENGTH or not _WILDCARD_LABEL.fullmatch(first):
        if "*" in first:
            return "* stands for the first part of a host, or for its beginning, and only once"
        return _host_part(first)
    if not dot or not rest:
        return "is longer than 255 characters" if len(text) > NAME_LENGTH else ""
    return _parts(text, rest.split("."))


def _parts(text: str, parts: list[str]) -> str:
    if len(text) > NAME_LENGTH:
        return "is longer than 255 characters"
    if len(parts) > 1 and not parts[-1]:
        parts = parts[:-1]
    for part in parts:
        if len(part) > LABEL_LENGTH or not _LABEL.fullmatch(part):
            return _host_part(part)
    if parts[-1].isdigit():
        return "a host name cannot end in a number, and addresses are not allowed here"
    return ""


def _host_part(part: str) -> str:
    if not part:
        return "is no host name: a part between two dots is empty"
    if "*" in part:
        return "is no host name: * can only stand for the first part"
    return f'is no host name: the part "{part[:63]}" has to be letters, digits and -, at most 63 of them'


def is_partial_wildcard(text: str) -> bool:
    """Whether a `*` stands anywhere but for a whole first part: `*a.com`, `a*`."""
    return "*" in text and text != "*" and not text.startswith("*.")


@lru_cache(4096)
def is_ip(text: str) -> bool:
    """Whether the text is an IPv4 or IPv6 address as Go reads one; an IPv6 zone is allowed."""
    if ":" not in text:
        return _IPV4.fullmatch(text) is not None
    import ipaddress

    address, percent, zone = text.partition("%")
    if percent and not zone:
        return False
    try:
        ipaddress.IPv6Address(address)
    except ValueError:
        return False
    return True


def ip(text: str) -> str:
    """An IP address."""
    return "" if is_ip(text) else "is no IP address"


def network(text: str) -> str:
    """An IP address, or a network as `10.0.0.0/8`."""
    address, slash, length = text.partition("/")
    if not slash:
        return "" if is_ip(text) else "is neither an IP address nor a network such as 10.0.0.0/8"
    longest = 128 if ":" in address else 32
    if "%" not in address and is_ip(address) and _LENGTH.fullmatch(length) and int(length) <= longest:
        return ""
    return f"is no network: write an address, a slash, and a length from 0 to {longest}"


def host_or_ip(text: str) -> str:
    """A host name without wildcards, or an IP address."""
    return "" if is_ip(text) else host(text)


def host_and_port(text: str) -> str:
    """`host:port` or `[IPv6]:port`."""
    name, colon, number = text.rpartition(":")
    if not colon:
        return "needs a port, as in name:443"
    if name.startswith("[") and name.endswith("]"):
        name = name[1:-1]
        if not is_ip(name):
            return "has no IPv6 address in its brackets"
    elif ":" in name:
        return "needs brackets around the IPv6 address, as in [::1]:443"
    elif problem := host_or_ip(name):
        return problem
    return "" if _PORT.fullmatch(number) and 1 <= int(number) <= 65535 else "needs a port from 1 to 65535 at its end"


def unix_socket(text: str) -> str:
    """A Unix domain socket with its `unix://`: an absolute path, or an abstract name that begins with @."""
    path = text.removeprefix(UNIX)
    if path.startswith("@") or (path.startswith("/") and not path.endswith("/")):
        return ""
    return "needs an absolute path of a file behind unix://, or a name that begins with @"


def gateway_host(text: str) -> str:
    """A host of a gateway's server: `host` or `namespace/host`."""
    namespace, slash, name = text.partition("/")
    if not slash:
        return _selected_host(text, ips=True)
    if namespace not in ("*", ".") and (problem := label(namespace)):
        return f"the namespace {problem}"
    return _selected_host(name, ips=True)


def sidecar_host(text: str) -> str:
    """A host of a sidecar's egress: `namespace/host`, with `~` in front to leave it out."""
    namespace, slash, name = text.partition("/")
    if not slash:
        return "needs a namespace: write namespace/host, ./host or */host"
    bare = namespace.removeprefix("~")
    if namespace != "~" and bare not in ("*", ".") and (problem := label(bare)):
        return f"the namespace {problem}"
    return _selected_host(name, ips=False)


def _selected_host(name: str, *, ips: bool) -> str:
    if name == "*":
        return ""
    if not name:
        return "the host is empty"
    if "." not in name:
        return "a short name is not enough here: write the full host, as name.namespace.svc.cluster.local"
    if ips and is_ip(name):
        return ""
    if is_partial_wildcard(name):
        return "* has to stand for a whole first part, as in *.example.com"
    return wildcard_host(name)


def is_sni_name(text: str) -> bool:
    """Whether the text has the form of a server name between clusters: `outbound_.80_._.name.namespace.mesh`."""
    parts = text.split("_")
    if len(parts) < 4 or parts[0] != "outbound":
        return False
    return any(c.isdigit() for c in parts[1].strip(".")) and any(c.isalpha() for c in parts[3].strip("."))
