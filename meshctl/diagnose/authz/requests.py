"""Requests as people write them, on the command line or in a file, and the questions that they are."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from meshctl.diagnose.authz.question import Question
from meshctl.diagnose.authz.senders import identity
from meshctl.documents import DocumentError, parse_all, split
from meshctl.errors import UnreadableError, UsageError
from meshctl.model.snapshot import Snapshot
from meshctl.proxyconfig.rbac.attributes import Attributes, HttpRequest
from meshctl.proxyconfig.rbac.verdict import Outcome
from meshctl.proxyconfig.trace.connection import address
from meshctl.proxyconfig.trace.request import parse

_TOKEN = re.compile(r"[\w-]+\.([\w-]+)\.[\w-]*")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request in words; what is empty was not said. The names are those of the flags, and of the keys in files."""

    to: str = ""
    sender: str = field(default="", metadata={"key": "from"})
    from_namespace: str = ""
    from_service_account: str = ""
    from_ip: str = ""
    remote_ip: str = ""
    plaintext: bool = False
    request: str = ""
    host: str = ""
    port: int = 0
    method: str = ""
    path: str = ""
    headers: tuple[str, ...] = ()
    sni: str = ""
    claims: Mapping[str, Any] | None = None
    expect: str = ""
    name: str = ""

    @property
    def title(self) -> str:
        """How the request is called in a list."""
        what = self.request or f"{self.method} {self.host}{self.path}".strip() or f"port {self.port}"
        return self.name or f"{what} from {self.sender or self.from_namespace or 'anybody'}"

    def question(self, mesh: Snapshot, namespace: str) -> Question:
        """The question that it is. Raises a `MeshctlError`."""
        for flag, value in (("--from-ip", self.from_ip), ("--remote-ip", self.remote_ip)):
            if value and address(value) is None:
                raise UsageError(f"{flag} cannot be {value!r}", hint="write an IP address")
        peer = identity(mesh, self.sender, self.from_namespace, self.from_service_account, namespace)
        if peer and self.plaintext:
            raise UsageError("a request in plain text has no identity", hint="leave out --plaintext or who it is from")
        http, port = self._http()
        server_name = self.sni or ("" if peer or self.plaintext else self._name_in_tls())
        attributes = Attributes(
            source_ip=self.from_ip, remote_ip=self.remote_ip, server_name=server_name, peer=peer,
            http=http, claims=self.claims,
        )  # fmt: skip
        return Question(attributes, self.port or port, of_url=bool(port) and not self.port)

    def _name_in_tls(self) -> str:
        """The name that a client asks for in TLS of its own, by an https URL; an address is no name."""
        if not self.request:
            return ""
        read = parse(self.request)
        return read.host if read.scheme == "https" and address(read.host) is None else ""

    def _http(self) -> tuple[HttpRequest | None, int]:
        """What only a proxy that speaks HTTP sees, None when nothing of it was said; and the port of the URL."""
        if not (self.request or self.host or self.method or self.path or self.headers or self.claims is not None):
            return None, 0
        written = self.request or f"{self.method or 'GET'} http://{self.host or 'nowhere'}{self.path or '/'}"
        read = parse(written, self.headers)
        if self.request:
            read = replace(
                read,
                method=self.method or read.method,
                authority=self.host or read.authority,
                path=self.path or read.path,
            )
        headers: dict[str, list[str]] = {}
        for name, value in read.headers:
            headers.setdefault(name, []).append(value)
        host = read.authority if self.request or self.host else ""
        return HttpRequest(read.method, read.path, host, headers), read.port if self.request else 0


_KEYS = {str(one.metadata.get("key", one.name.replace("_", "-"))): one.name for one in fields(Asked)}


def read_requests(text: str, file: str) -> Sequence[Asked]:
    """The requests of a file: a list, each a mapping with the names of the flags as its keys. Raises `MeshctlError`."""
    found: list[Asked] = []
    for parsed in parse_all(split(text)):
        if isinstance(parsed, DocumentError):
            raise UnreadableError(f"{file}:{parsed.line}:{parsed.column}: {parsed.message}", hint=parsed.hint)
        if parsed.data is None:
            continue
        entries = parsed.data if isinstance(parsed.data, list) else [parsed.data]
        found += [_asked(entry, f"{file}: request {number}") for number, entry in enumerate(entries, len(found) + 1)]
    if not found:
        raise UnreadableError(f"{file} holds no requests", hint="write a list, such as - {request: 'GET http://a/x'}")
    return found


def _asked(entry: Any, where: str) -> Asked:
    if not isinstance(entry, dict):
        raise UnreadableError(f"{where} is no mapping", hint=f"its keys are {', '.join(_KEYS)}")
    values: dict[str, Any] = {}
    for key, value in entry.items():
        name = _KEYS.get(str(key))
        if name is None:
            raise UnreadableError(f"{where} has the key {key!r}", hint=f"use {', '.join(_KEYS)}")
        values[name] = _value(name, value, f"{where}: {key}")
    return Asked(**values)


def _value(name: str, value: Any, where: str) -> Any:
    if name == "headers":
        if isinstance(value, dict):
            return tuple(f"{key}:{one}" for key, one in value.items())
        return tuple(map(str, value)) if isinstance(value, list) else (str(value),)
    if name == "expect" and value not in [one.value for one in Outcome]:
        raise UnreadableError(f"{where} cannot be {value!r}", hint="use allowed, denied or unknown")
    expected: type = {"port": int, "plaintext": bool, "claims": dict}.get(name, str)
    if not isinstance(value, expected) or (name == "port" and value not in range(65536)):
        kinds = {int: "a port", bool: "true or false", dict: "a mapping", str: "a text"}
        raise UnreadableError(f"{where} has to be {kinds[expected]}")
    return value


def claims_of(pairs: Sequence[str], text: str | None) -> Mapping[str, Any] | None:
    """The claims of a token: JSON (or a whole token, whose signature is not checked), and pairs `NAME=VALUE`.

    A name given several times is a list; dots lead into claims of claims. None without any. Raises `UsageError`.
    """
    found: dict[str, Any] = dict(_claims(text)) if text is not None else {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise UsageError("--claim has to be NAME=VALUE", hint="such as --claim iss=issuer@example.com")
        # Names that are URLs have dots of their own.
        *outer, last = [name] if "/" in name else name.split(".")
        inner = found
        for step in outer:
            inner = inner.setdefault(step, {})
            if not isinstance(inner, dict):
                raise UsageError(f"--claim {name} lies in a claim that is no object")
        before = inner.get(last)
        inner[last] = value if before is None else [*(before if isinstance(before, list) else [before]), value]
    return found if pairs or text is not None else None


def _claims(text: str) -> Mapping[str, Any]:
    text = text.strip()
    try:
        if token := _TOKEN.fullmatch(text):
            text = base64.urlsafe_b64decode(token[1] + "=" * (-len(token[1]) % 4)).decode()
        found = json.loads(text)
    except (ValueError, binascii.Error):
        found = None
    if not isinstance(found, dict):
        # What is wrong may be a token: it is not repeated.
        raise UsageError("the claims are not a JSON object", hint='write them as {"iss": "...", "sub": "..."}')
    return found
