"""Gateway (networking.istio.io): what its schema cannot say (GW1-GW18)."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.messages import Message
from meshctl.model.kinds.gateway import GATEWAY
from meshctl.model.resource import Field, Resource
from meshctl.schema.grammars import hosts, values
from meshctl.schema.rules.metadata import GATEWAY_SEMANTICS, annotation_rules, by_gateway_api
from meshctl.schema.rules.reporting import Grammar, doubtful, invalid, port, shown, text, texts
from meshctl.schema.rules.server_tls import server_tls
from meshctl.schema.validators import validator

_FILES = ("caCertificates", "privateKey", "serverCertificate")


@validator(GATEWAY)
def gateway(resource: Resource) -> Iterator[Message]:
    """Checks a gateway."""
    servers = resource.spec["servers"]
    yield from annotation_rules(resource)
    derived = by_gateway_api(resource, GATEWAY_SEMANTICS)
    if not derived:
        yield from text(resource.at("metadata", "name"), hosts.label)
    if not servers:
        yield invalid(servers, "is missing: a gateway without servers does nothing")
    names: set[str] = set()
    for server in servers:
        yield from _server(server, _derived_host if derived else hosts.gateway_host)
        name = server["port"]["name"]
        if name.text and name.text in names:
            yield invalid(name, f"{shown(name.text)} is the name of an earlier port too: names have to differ")
        names.add(name.text)


def _derived_host(text: str) -> str:
    """A host of a gateway that istiod made; `~` in place of a namespace is its own sign for none."""
    return hosts.gateway_host(f"*{text[1:]}" if text.startswith("~/") else text)


def _server(server: Field, host: Grammar) -> Iterator[Message]:
    if not server["hosts"]:
        yield invalid(server["hosts"], "is missing: name the hosts that are served")
    yield from texts(server["hosts"], host)
    bind = server["bind"]
    socket = bind.text.startswith(hosts.UNIX)
    port_errors = list(_port(server["port"], socket))
    yield from port_errors
    if socket:
        yield from text(bind, hosts.unix_socket)
        if server["port"]["number"].number:
            yield invalid(server["port"]["number"], "has to be 0 for a Unix domain socket")
    elif bind.text:
        yield from text(bind, hosts.ip)
    tls = server["tls"]
    yield from server_tls(tls)
    if server["port"].present and not port_errors:
        yield from _tls_and_protocol(server, tls)
    protocol = server["port"]["protocol"].text.lower()
    if tls["httpsRedirect"].value is True and protocol not in values.HTTP_LIKE:
        yield doubtful(tls["httpsRedirect"], "has no effect on a port that does not speak HTTP", key=True)


def _port(field: Field, socket: bool) -> Iterator[Message]:
    if not field.present:
        yield invalid(field, "is missing")
        return
    yield from text(field["protocol"], values.protocol)
    if field["number"].number or not socket:
        yield from port(field["number"])
    if field["targetPort"].number:
        yield invalid(
            field["targetPort"], "cannot be set here", "set targetPort in the Service of the gateway", key=True
        )
    if not field["name"]:
        yield invalid(field["name"], "is missing")


def _tls_and_protocol(server: Field, tls: Field) -> Iterator[Message]:
    protocol = server["port"]["protocol"].text
    lower = protocol.lower()
    if lower in values.TLS_LIKE:
        if not tls.present:
            yield invalid(tls, f"is missing: a port with the protocol {protocol} needs it")
    elif not tls.present:
        return
    elif lower in values.HTTP_LIKE:
        mode = tls["mode"].text or "PASSTHROUGH"
        if mode not in ("PASSTHROUGH", "AUTO_PASSTHROUGH") or any(tls[name] for name in _FILES):
            hint = "write HTTPS for the protocol, or only httpsRedirect below tls"
            yield invalid(tls, f"offers certificates although the port speaks {protocol}", hint, key=True)
    else:
        yield invalid(tls, f"is not possible on a port that speaks {protocol}", "write TLS for the protocol", key=True)
