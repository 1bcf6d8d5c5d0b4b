"""What HTTP routes do with requests: redirect, rewrite, retry, answer, delay and break them (VR6-VR42)."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.durations import nanoseconds
from meshctl.messages import OVERLOOKED, Message
from meshctl.model.resource import Field
from meshctl.schema.grammars import headers, values
from meshctl.schema.rules.reporting import (
    doubtful,
    duration,
    invalid,
    not_negative,
    optional_port,
    percentage,
    shown,
    text,
    texts,
)

METHODS = frozenset("GET HEAD POST PUT PATCH DELETE CONNECT OPTIONS TRACE *".split())
"""The methods of HTTP, and `*` for all."""

RETRY_CONDITIONS = frozenset(
    "5xx gateway-error reset reset-before-request connect-failure retriable-4xx refused-stream retriable-status-codes "
    "retriable-headers envoy-ratelimited http3-post-connect-failure cancelled deadline-exceeded internal "
    "resource-exhausted unavailable".split()
)
"""What Envoy can retry on, beside numbers of status codes."""

STATUS_CODES = frozenset(
    {*range(100, 104), *range(200, 209), 226, *range(300, 306), 307, 308, *range(400, 419), *range(421, 427)}
    | {428, 429, 431, 451, *range(500, 509), 510, 511}
)
"""The status codes of HTTP that have a name."""

GRPC_STATUS = frozenset(
    "OK CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS PERMISSION_DENIED "
    "RESOURCE_EXHAUSTED FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED INTERNAL UNAVAILABLE DATA_LOSS "
    "UNAUTHENTICATED".split()
)
"""The names of gRPC's status codes."""

SECOND = 10**9
LARGE_BODY = 102_400
"""Bytes from which an answer in the configuration is too much of a load."""
LARGEST_BODY = 1_048_576
"""Bytes that an answer can have."""


def cors_policy(field: Field) -> Iterator[Message]:
    """Checks who may call from other sites (VR6-VR11)."""
    for origin in field["allowOrigins"]:
        if not (origin["exact"] or origin["prefix"] or origin["regex"]):
            yield invalid(origin, "needs exact, prefix or regex, and not empty")
        elif origin["regex"]:
            yield from text(origin["regex"], values.regex)
    for method in field["allowMethods"]:
        if method.text not in METHODS:
            yield invalid(method, f"{shown(method.text)} is no method of HTTP", f"use {', '.join(sorted(METHODS))}")
    yield from texts(field["allowHeaders"], headers.cors_name)
    yield from texts(field["exposeHeaders"], headers.cors_name)
    yield from duration(field["maxAge"])
    age = nanoseconds(field["maxAge"].text)
    if age and age % SECOND and not values.duration(field["maxAge"].text):
        yield invalid(field["maxAge"], f"{shown(field['maxAge'].text)}: has to be whole seconds")


def fault(field: Field) -> Iterator[Message]:
    """Checks faults that are injected (VR12-VR19)."""
    abort, delay = field["abort"], field["delay"]
    if not abort.present and not delay.present:
        yield invalid(field, "needs abort or delay", key=True)
    if abort.present:
        yield from _abort(abort)
    if delay.present:
        yield from percentage(delay["percentage"]["value"], 0.0001)
        yield from duration(delay["fixedDelay"])
        if delay["exponentialDelay"].present:
            yield invalid(delay["exponentialDelay"], "is not supported", "use fixedDelay", key=True)


def _abort(abort: Field) -> Iterator[Message]:
    yield from percentage(abort["percentage"]["value"], 0.0001)
    status, grpc = abort["httpStatus"], abort["grpcStatus"]
    if status.present and not 200 <= status.number <= 600:
        yield invalid(status, "has to be from 200 to 600")
    if grpc.present and grpc.text not in GRPC_STATUS:
        hint = f"use one of {', '.join(sorted(GRPC_STATUS))}"
        yield invalid(grpc, f"{shown(grpc.text)} is no status of gRPC", hint)
    if abort["http2Error"].present:
        yield invalid(abort["http2Error"], "is not supported", "use httpStatus or grpcStatus", key=True)
    if not (status.present or grpc.present or abort["http2Error"].present):
        hint = "set httpStatus or grpcStatus"
        yield doubtful(abort, "says no error to answer with", hint, key=True, as_type=OVERLOOKED)


def redirect(field: Field) -> Iterator[Message]:
    """Checks a redirect, up to the first mistake (VR26-VR31)."""
    if field["uri"] and field["prefixRewrite"]:
        hint = "remove one of the two"
        yield invalid(field["prefixRewrite"], "and uri exclude each other", hint, key=True)
        return
    if field["prefixRewrite"]:
        for match in field.parent["match"]:
            if match["uri"].present and not match["uri"]["prefix"].present:
                yield invalid(field["prefixRewrite"], "needs matches by prefix", "use uri instead", key=True)
                return
    port = field["port"]
    parts = ("uri", "prefixRewrite", "authority", "scheme")
    if not any(field[name] for name in parts) and not port.present and not field["derivePort"].present:
        yield invalid(field, "needs one of uri, prefixRewrite, authority, port, derivePort and scheme", key=True)
    elif field["redirectCode"].number and not 300 <= field["redirectCode"].number <= 399:
        yield invalid(field["redirectCode"], "has to be from 300 to 399")
    elif field["scheme"].text not in ("", "http", "https"):
        yield invalid(field["scheme"], f"{shown(field['scheme'].text)} has to be http or https")
    elif port.number > 0:
        yield from optional_port(port)


def direct_response(field: Field) -> Iterator[Message]:
    """Checks an answer that the proxy gives itself (VR32-VR34)."""
    status = field["status"]
    if not 200 <= status.number <= 600:
        yield invalid(status, "has to be from 200 to 600" if status.present else "is missing")
    body = field["body"]
    size = _size(body)
    if size is None:
        yield invalid(body["bytes"], "is no base64", "write plain text under string instead")
        return
    if size > LARGEST_BODY:
        yield invalid(body, f"is larger than {LARGEST_BODY} bytes", key=True)
    elif size > LARGE_BODY:
        hint = "serve it by a workload: every proxy gets a copy of the configuration"
        yield doubtful(body, f"is larger than {LARGE_BODY} bytes", hint, key=True)


def _size(body: Field) -> int | None:
    """The decoded size; None for what cannot be decoded."""
    if body["bytes"].text:
        found = values.decoded_base64(body["bytes"].text)
        return None if found is None else len(found)
    return len(body["string"].text.encode("utf-8", "surrogatepass"))


def retries(field: Field) -> Iterator[Message]:
    """Checks retries (VR35-VR38)."""
    yield from not_negative(field["attempts"])
    if not field["attempts"].number:
        for name in ("perTryTimeout", "retryOn", "retryRemoteLocalities"):
            if field[name].present if name != "retryOn" else field[name]:
                yield invalid(field[name], "has no effect without attempts", "set attempts to 1 or more", key=True)
    yield from duration(field["perTryTimeout"])
    yield from duration(field["backoff"])
    condition = field["retryOn"]
    for part in condition.text.split(",") if condition.text else ():
        number = int(part) if part.isascii() and part.isdigit() and len(part) < 5 else 0
        if part not in RETRY_CONDITIONS and number not in STATUS_CODES:
            hint = (
                f"separate by commas without blanks; known are status codes and {', '.join(sorted(RETRY_CONDITIONS))}"
            )
            yield invalid(condition, f"{shown(part)} is nothing to retry on", hint)


def rewrite(field: Field) -> Iterator[Message]:
    """Checks a rewrite, up to the first mistake (VR39-VR42)."""
    regex = field["uriRegexRewrite"]
    if field["uri"] and regex.present:
        yield invalid(regex, "and uri exclude each other", "remove one of the two", key=True)
    elif not field["uri"] and not regex.present and not field["authority"]:
        yield invalid(field, "needs one of uri, uriRegexRewrite and authority", key=True)
    elif regex.present:
        missing = [name for name in ("match", "rewrite") if not regex[name]]
        if missing:
            yield invalid(regex[missing[0]], "is missing or empty")
        else:
            yield from text(regex["match"], values.regex)
