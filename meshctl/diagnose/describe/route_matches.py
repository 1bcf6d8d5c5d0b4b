"""What a rule of a virtual service asks of a request, and the faults that it puts in, in a line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from meshctl.model.resource import Field

_HTTP_SHOWN = frozenset({"uri", "ignoreUriCase", "headers", "gateways", "name"})


def http_match(rule: Field) -> str:
    """The matches of an HTTP rule, with commas; empty where it takes every request."""
    return ", ".join(_http(match) for match in rule["match"])


def connection_match(rule: Field) -> str:
    """The matches of a TLS or TCP rule, as text of a Protocol Buffer."""
    return ", ".join(plain({key: value for key, value in match.mapping.items() if key != "gateways"})
                     for match in rule["match"])  # fmt: skip


def fault(rule: Field) -> str:
    """The delays and errors that a rule puts in, with their share of the requests; empty without."""
    found = rule["fault"]
    delay, abort = found["delay"], found["abort"]
    parts = []
    if delay.present:
        parts.append(f"delay {delay['fixedDelay'].text or plain(delay.mapping)}{_share(delay)}")
    if abort.present:
        code = abort["httpStatus"].value or abort["grpcStatus"].text or abort["http2Error"].text
        parts.append(f"abort {code}{_share(abort)}")
    return ", ".join(parts)


def _share(one: Field) -> str:
    value = one["percentage"]["value"].value
    if value is None:
        value = one["percent"].value
    return f" for {value:g}%" if isinstance(value, int | float) else ""


def _http(match: Field) -> str:
    parts = []
    if match["uri"].present:
        parts.append(_uri(match["uri"]) + (" uncased" if match["ignoreUriCase"].value is True else ""))
    if match["headers"]:
        parts.append(
            f"when headers are {'; '.join(f'{name}={_header(one)}' for name, one in match['headers'].items())}"
        )
    others = {key: value for key, value in match.mapping.items() if key not in _HTTP_SHOWN}
    if others:
        parts.append(plain(others))
    return " ".join(parts) or "*"


def _uri(uri: Field) -> str:
    if uri["exact"].text:
        return uri["exact"].text
    return f"{uri['prefix'].text}*" if uri["prefix"].text else plain({"uri": uri.value})


def _header(one: Field) -> str:
    """The value of a header; one without a condition only has to be there."""
    if one["exact"].text:
        return one["exact"].text
    if one["prefix"].text:
        return f"{one['prefix'].text}*"
    return plain(one.mapping) or "*"


def plain(value: Any) -> str:
    """Data as text of a Protocol Buffer, on one line."""
    if isinstance(value, dict):
        return " ".join(_entries(value))
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


def _entries(mapping: dict[str, Any]) -> Iterator[str]:
    for key, value in mapping.items():
        for item in value if isinstance(value, list) else [value]:
            yield f"{key}:{{{plain(item)}}}" if isinstance(item, dict) else f"{key}:{plain(item)}"
