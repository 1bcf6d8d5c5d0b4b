"""Sidecar: what its schema cannot say (SC1-SC37)."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.messages import INVALID, Message
from meshctl.model.kinds.sidecar import SIDECAR
from meshctl.model.resource import Field, Resource
from meshctl.schema.grammars import hosts, values
from meshctl.schema.rules.connection_pool import connection_pool
from meshctl.schema.rules.destinations import destination
from meshctl.schema.rules.labels import workload_selector
from meshctl.schema.rules.metadata import annotation_rules
from meshctl.schema.rules.reporting import doubtful, invalid, optional_text, port, shown, text, texts, unset
from meshctl.schema.rules.server_tls import server_tls
from meshctl.schema.validators import validator

_LOCAL = ("", "127.0.0.1", "0.0.0.0", "::1", "::")  # noqa: S104 - addresses that a manifest may name


@validator(SIDECAR)
def sidecar(resource: Resource) -> Iterator[Message]:
    """Checks a sidecar."""
    spec = resource.spec
    yield from annotation_rules(resource)
    selector = list(workload_selector(spec["workloadSelector"]))
    yield from selector
    if any(message.type is INVALID for message in selector):
        return
    policy, pool = spec["outboundTrafficPolicy"], spec["inboundConnectionPool"]
    if not (spec["egress"] or spec["ingress"] or policy.present or pool.present):
        parts = "egress, ingress, outboundTrafficPolicy and inboundConnectionPool"
        yield invalid(spec, f"needs one of {parts}", key=True)
        return
    yield from _ingress(spec["ingress"])
    yield from connection_pool(pool)
    yield from _egress(spec["egress"])
    if policy.value:
        yield from _outbound_policy(policy)


def _ingress(listeners: Field) -> Iterator[Message]:
    numbers: set[int] = set()
    for listener in listeners:
        field = listener["port"]
        if not field.present:
            yield invalid(field, "is missing")
            continue
        yield from _port(field)
        number = field["number"]
        yield from port(number)
        if number.number and number.number in numbers:
            yield invalid(number, f"{number.number} is the port of an earlier listener too")
        numbers.add(number.number)
        yield from optional_text(listener["bind"], hosts.ip)
        yield from _endpoint(listener["defaultEndpoint"])
        protocol = field["protocol"].text.lower()
        if listener["tls"].present:
            yield from _tls(listener["tls"], protocol)
        yield from connection_pool(listener["connectionPool"])
        http = listener["connectionPool"]["http"]
        if http.present and protocol not in values.HTTP_LIKE:
            yield doubtful(http, "has no effect on a port that does not speak HTTP", key=True)


def _port(field: Field) -> Iterator[Message]:
    """What ports of both directions have in common."""
    if field["targetPort"].number:
        yield invalid(field["targetPort"], "cannot be set here", key=True)
    yield from optional_text(field["name"], hosts.label)
    yield from optional_text(field["protocol"], values.protocol)


def _endpoint(field: Field) -> Iterator[Message]:
    value = field.text
    if not value:
        return
    if value.startswith(hosts.UNIX):
        yield from text(field, hosts.unix_socket)
        return
    host, colon, number = value.rpartition(":")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if not colon or (bare == host and ":" in host):
        yield invalid(field, f"{shown(value)}: write an address and a port, as 127.0.0.1:8080")
        return
    if bare not in _LOCAL:
        yield invalid(field, f"{shown(value)} has to be an address of the pod itself: 127.0.0.1, 0.0.0.0 or [::1]")
    if not number.isascii() or not number.isdigit() or values.port(int(number[:6])):
        yield invalid(field, f"{shown(value)} needs a port from 1 to 65535 at its end")


def _tls(tls: Field, protocol: str) -> Iterator[Message]:
    yield from unset(tls, ("subjectAltNames", "httpsRedirect"), "cannot be set for a sidecar")
    secrets = ("credentialName", "credentialNames", "tlsCertificates")
    yield from unset(tls, secrets, "cannot be set for a sidecar: it reads certificates from files")
    if tls["mode"].text in ("ISTIO_MUTUAL", "AUTO_PASSTHROUGH"):
        yield invalid(tls["mode"], f"cannot be {tls['mode'].text} for a sidecar")
    if protocol not in values.TLS_LIKE:
        yield invalid(tls, "needs a port with the protocol HTTPS or TLS", key=True)
    yield from server_tls(tls)


def _egress(listeners: Field) -> Iterator[Message]:
    last = len(listeners) - 1
    numbers: set[int] = set()
    sockets: set[str] = set()
    for index, listener in enumerate(listeners):
        field, bind = listener["port"], listener["bind"]
        if not field.present:
            if index != last:
                yield invalid(listener, "has no port, which only the last listener may lack", "move it to the end")
        else:
            yield from _port(field)
            number = field["number"]
            if not number.number:
                yield from _socket(listener, sockets)
            else:
                yield from port(number)
                yield from optional_text(bind, hosts.ip)
                if number.number in numbers:
                    yield invalid(number, f"{number.number} is the port of an earlier listener too")
                numbers.add(number.number)
        if not listener["hosts"]:
            yield invalid(listener["hosts"], "is missing: name the hosts that can be reached")
        yield from texts(listener["hosts"], hosts.sidecar_host)
        yield from _covered_hosts(listener["hosts"])


def _socket(listener: Field, sockets: set[str]) -> Iterator[Message]:
    bind = listener["bind"]
    if not bind.text.startswith(hosts.UNIX):
        where = listener["port"]["number"]
        yield invalid(where, "is missing: only a listener that is bound to unix:// can do without")
        return
    yield from text(bind, hosts.unix_socket)
    if listener["captureMode"].text not in ("", "DEFAULT", "NONE"):
        yield invalid(listener["captureMode"], "has to be DEFAULT or NONE for a Unix domain socket")
    if bind.text in sockets:
        yield invalid(bind, f"{shown(bind.text)} is bound by an earlier listener too")
    sockets.add(bind.text)


def _covered_hosts(field: Field) -> Iterator[Message]:
    own = field.resource.namespace
    seen: dict[str, set[str]] = {}
    everything = any(item.text == "*/*" for item in field)
    for item in field:
        namespace, slash, host = item.text.partition("/")
        if not slash or namespace.startswith("~"):
            continue
        namespace = own if namespace == "." else namespace
        known = seen.setdefault(namespace, set())
        if host in known or "*" in known or (host == "*" and known):
            yield doubtful(item, f"{shown(item.text)} says what another entry of the list says already")
        elif everything and namespace != "*":
            yield doubtful(item, f'{shown(item.text)} adds nothing to "*/*"')
        known.add(host)


def _outbound_policy(policy: Field) -> Iterator[Message]:
    mode, proxy = policy["mode"], policy["egressProxy"]
    if mode.value == 3:
        yield invalid(mode, "has a value that only the mesh config can have")
        return
    if not proxy.present:
        return
    if mode.value not in ("ALLOW_ANY", 1):
        yield invalid(proxy, "needs mode: ALLOW_ANY", key=True)
        return
    yield from text(proxy["host"], hosts.host)
    if not proxy["port"].present:
        yield invalid(proxy["port"], "is missing")
        return
    said = {message.path for message in text(proxy["host"], hosts.host)}
    yield from (message for message in destination(proxy) if message.path not in said)
