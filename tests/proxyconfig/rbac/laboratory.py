"""A real Envoy with access filters, the requests it is asked, and what it made of each."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from meshctl.proxyconfig.dump import ConfigDump, read
from meshctl.proxyconfig.rbac.attributes import Attributes, HttpRequest
from meshctl.proxyconfig.rbac.deciding import decide
from meshctl.proxyconfig.rbac.stack import FilterStack
from meshctl.proxyconfig.rbac.stacks import filters_of
from meshctl.proxyconfig.rbac.verdict import Verdict
from meshctl.proxyconfig.trace.listeners import active
from tests.envoy.certificates import TRUST_DOMAIN, Authority
from tests.envoy.client import Tls, send
from tests.envoy.process import loopback, running
from tests.envoy.resources import Json, access_log, address, connection_manager, listener_filter, tls_context
from tests.proxyconfig.trace.laboratory import observed, text

ACCOUNTS = (("web", "shop"), ("web-2", "shop"), ("web", "shop-eu"), ("orders", "held"), ("held-ingress", "held"))
SOURCES = ("127.1.0.1", "127.1.0.2", "127.1.200.1", "127.2.0.1")
SEED = 21

_ANSWER = {"route_config": {"name": "all", "virtual_hosts": [
    {"name": "all", "domains": ["*"], "routes": [{"match": {"prefix": "/"}, "direct_response": {"status": 200}}]}
]}}  # fmt: skip
_SHADOW = "envoy.filters.http.rbac:shadow_effective_policy_id"
_FIELDS = {
    "details": "%RESPONSE_CODE_DETAILS%",
    "termination": "%CONNECTION_TERMINATION_DETAILS%",
    "shadow": f"%DYNAMIC_METADATA({_SHADOW})%",
    "tcp_shadow": "%DYNAMIC_METADATA(envoy.filters.network.rbac:shadow_effective_policy_id)%",
    "dry_run": "%DYNAMIC_METADATA(envoy.filters.http.rbac:istio_dry_run_deny_shadow_effective_policy_id)%",
    "allowed_by": "%DYNAMIC_METADATA(envoy.filters.http.rbac:check_shadow_effective_policy_id)%",
    "hint": "%DYNAMIC_METADATA(envoy.common:access_log_hint)%",
}


_STATE = "type.googleapis.com/envoy.extensions.filters.http.set_filter_state.v3.Config"
PEER = {"name": "state", "typed_config": {"@type": _STATE, "on_request_headers": [{
    "object_key": "io.istio.peer_principal", "factory_key": "envoy.string", "skip_if_empty": True,
    "format_string": {"text_format_source": {"inline_string": "%DOWNSTREAM_PEER_URI_SAN%"}, "omit_empty_values": True},
}]}}  # fmt: skip
"""Keeps the client's identity where a waypoint has it."""


@dataclass(frozen=True)
class Sent:
    """A request as a client sends it."""

    method: str = "GET"
    path: str = "/"
    host: str = "shop.example"
    headers: tuple[tuple[str, str], ...] = ()
    account: tuple[str, str] | None = None
    server_name: str = ""
    """Without one and without an account, the connection is plain text."""
    source: str = SOURCES[0]
    via: tuple[str, str, int] | None = None
    """Source, destination and port that a PROXY line tells."""
    claims: Mapping[str, Any] | None = None

    @property
    def peer(self) -> str:
        """The identity in the client's certificate."""
        return f"spiffe://{TRUST_DOMAIN}/ns/{self.account[1]}/sa/{self.account[0]}" if self.account else ""

    def attributes(self, destination: tuple[str, int]) -> Attributes:
        """What filters see of it; `destination` is where it goes without a PROXY line."""
        headers: dict[str, list[str]] = {}
        for name, value in self.headers:
            headers.setdefault(name.lower(), []).append(value)
        forwarded = headers.get("x-forwarded-for", [""])[-1].rpartition(",")[2].strip()
        where = self.via[1:] if self.via else destination
        return Attributes(
            source_ip=self.source, remote_ip=forwarded or self.via[0] if self.via else "",
            destination_ip=where[0], destination_port=where[1], server_name=self.server_name, peer=self.peer,
            http=HttpRequest(self.method, self.path, self.host, headers), claims=self.claims,
        )  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A request to a listener, what was predicted, and what Envoy did."""

    listener: str
    sent: Sent
    stack: FilterStack
    verdict: Verdict
    status: int
    """0 where the connection was closed."""
    line: Json

    @property
    def denied_by(self) -> str:
        """The policy that Envoy names for a denial: `none` where no rule allowed, empty without a denial by RBAC."""
        details = text(self.line["details"]) + text(self.line["termination"])
        found = details.partition("rbac_access_denied_matched_policy[")[2]
        return found.removesuffix("]")


def http_listener(name: str, filters: Sequence[Json], **fields: Any) -> Json:
    """A listener that answers all requests that its HTTP filters let through; `direct` for one without PROXY line."""
    return {"name": name, "filters": [connection_manager(
        _ANSWER, access_log("log.jsonl", name, **_FIELDS), filters=filters, **{"stat_prefix": name, **fields}
    )]}  # fmt: skip


def tcp_listener(name: str, filters: Sequence[Json], last: Json) -> Json:
    """A listener of network filters, the last of which forwards."""
    return {"name": name, "filters": [*filters, last], "access_log": connection_log(name)}


def connection_log(name: str) -> list[Json]:
    """The log of a listener's connections, for those that never get as far as a connection manager."""
    return access_log("connections.jsonl", name, **_FIELDS)


class Laboratory:
    """The running Envoy, its dump and clients with certificates."""

    def __init__(self, own: str, folder: Path, dump: ConfigDump, certificates: Mapping[tuple[str, str], Any]) -> None:
        self.own, self.folder, self.dump, self.certificates = own, folder, dump, certificates
        self.listeners = {one.name: one for one in active(dump)}

    def stack(self, name: str, sent: Sent) -> FilterStack:
        """The filters of the chain that a request gets at a listener."""
        plain, encrypted = self.listeners[name].filter_chains
        return filters_of(self.dump, encrypted if sent.account or sent.server_name else plain)

    def ask(
        self, requests: Sequence[tuple[str, Sent]], tokens: Mapping[int, tuple[str, str]] | None = None
    ) -> list[Case]:
        """Sends each request to the listener of that name, and predicts what becomes of it.

        `tokens` are the headers with the tokens of some of the requests.
        """
        answers = []
        for index, (name, sent) in enumerate(requests):
            tls = None
            if sent.account or sent.server_name:
                certificate = self.certificates[sent.account] if sent.account else None
                tls = Tls(sent.server_name, ("http/1.1",), certificate)
            via = ((sent.via[0], 4000), sent.via[1:]) if sent.via else None
            headers = [("host", sent.host), *sent.headers, *([tokens[index]] if tokens and index in tokens else [])]
            where = self.own, self.port(name)
            answers.append(send(where, sent.method, sent.path, headers, tls=tls, via=via, source=sent.source))
        cases = []
        stacks = [self.stack(name, sent) for name, sent in requests]
        ports: dict[str, list[int]] = {"connections": [], "log": []}
        for stack, answer in zip(stacks, answers, strict=True):
            ports["log" if stack.speaks_http and answer.status else "connections"].append(answer.port)
        lines = {port: line for name, some in ports.items() if some
                 for port, line in observed(f"{self.folder}/{name}.jsonl", some).items()}  # fmt: skip
        for (name, sent), stack, answer in zip(requests, stacks, answers, strict=True):
            verdict = decide(stack, sent.attributes((self.own, self.port(name))))
            cases.append(Case(name, sent, stack, verdict, answer.status, lines[answer.port]))
        return cases

    def port(self, name: str) -> int:
        """Where a listener listens."""
        return self.listeners[name].address.port


@contextmanager
def laboratory(
    folder: Path,
    listeners: Sequence[Json],
    *,
    proxied: bool = True,
    accounts: Sequence[tuple[str, str]] = ACCOUNTS,
    **resources: Any,
) -> Iterator[Laboratory]:
    """An Envoy with those listeners: each takes plain text and TLS, with or without a certificate of the client."""
    own, authority = loopback(), Authority()
    server = authority.workload("server")
    socket = {"transport_socket": tls_context(server, "http/1.1", trusted=authority.root, optional=True)}
    made = []
    for number, one in enumerate(listeners):
        inspectors = [listener_filter("proxy_protocol")] if proxied else []
        made.append({
            "name": one["name"], "address": address(own, 21_000 + number),
            "listener_filters": [*inspectors, listener_filter("tls_inspector")],
            "access_log": one.get("access_log", []),
            "filter_chains": [
                {"filter_chain_match": {"transport_protocol": "raw_buffer"}, "filters": one["filters"]},
                {"filter_chain_match": {"transport_protocol": "tls"}, "filters": one["filters"], **socket},
            ],
        })  # fmt: skip
    certificates = {}
    for account, namespace in accounts:
        place = folder / f"{account}.{namespace}"
        place.mkdir()
        certificates[account, namespace] = authority.workload(account, namespace).files(place)
    with ExitStack() as stack:
        envoy = stack.enter_context(running(listeners=made, **resources))
        dump = read(json.dumps(envoy.dump()).encode())
        yield Laboratory(own, envoy.folder, dump, certificates)


METHODS = ("GET", "GET", "POST", "HEAD", "DELETE")
PATHS = (
    "/", "/api", "/api/x", "/API/x", "/api/x?y=1", "/items?path=/admin/x", "//api/x", "/api//x", "/a%2Fb", "/api/%61",
    "/api/../admin/x", "/admin/x", "/shop/1/items/2/3", "/shop/1/2/items/2", "/shop//items/", "/x/export", "/api%2Fx",
    "/admin/", "/beta", "/items", "/a;b/c", "/shop/1/items/", "/%C3%BC",
)  # fmt: skip
HOSTS = (
    "shop.example",
    "shop.example:8080",
    "SHOP.example",
    "orders",
    "orders.held.svc.cluster.local",
    "[2001:db8::1]:80",
)
TENANTS = ((), (), ("red",), ("Red",), ("red", "blue"), ("red,blue",), ("blue-1",), ("7",), ("",), ("x red",))
SERVER_NAMES = ("shop.example", "Shop.Example", "outbound_.8080_._.orders.held.svc.cluster.local", "a.test")
REMOTES = {"TCP4": ("10.0.0.9", "10.9.0.1", "192.0.2.7", "198.51.100.4", "203.0.113.9"),
           "TCP6": ("2001:db8::9", "2001:db8:1::1", "fd00::1")}  # fmt: skip
DESTINATIONS = {"TCP4": ("10.0.0.14", "10.1.0.14", "192.0.2.1"), "TCP6": ("2001:db8::14", "fd00::14")}
PORTS = (80, 7000, 8080, 9090)


def request(rng: random.Random, *, proxied: bool = True, forwarded: bool = True, **fields: Any) -> Sent:
    """Any request; `forwarded` says whether it may have X-Forwarded-For."""
    headers = [("x-tenant", value) for value in rng.choice(TENANTS)]
    if forwarded and rng.random() < 0.3:
        headers.append(("x-forwarded-for", rng.choice(("198.51.100.9", "10.0.0.77, 203.0.113.5", "2001:db8::99"))))
    if rng.random() < 0.2:
        headers.append(("cookie", rng.choice(("a=1", "a=2; b=red"))))
    account = rng.choice(ACCOUNTS) if rng.random() < 0.5 else None
    encrypted = account is not None or rng.random() < 0.3
    family = rng.choice(("TCP4", "TCP4", "TCP6"))
    via = rng.choice(REMOTES[family]), rng.choice(DESTINATIONS[family]), rng.choice(PORTS)
    made = {
        "method": rng.choice(METHODS), "path": rng.choice(PATHS), "host": rng.choice(HOSTS),
        "headers": tuple(headers), "account": account,
        "server_name": rng.choice(SERVER_NAMES) if encrypted else "",
        "source": rng.choice(SOURCES), "via": via if proxied else None,
    }  # fmt: skip
    return Sent(**{**made, **fields})
