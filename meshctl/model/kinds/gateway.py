"""Gateway (networking.istio.io) and what can be asked of one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from meshctl.model.hosts import HostSet
from meshctl.model.kind import Kind
from meshctl.model.resource import Field, Resource
from meshctl.model.snapshot import Snapshot, derived

GATEWAY = Kind("networking.istio.io", "Gateway", versions=("v1", "v1beta1", "v1alpha3"))


def server_hosts(gateway: Resource) -> Iterator[tuple[str, str, Field]]:
    """Every host of every server: the namespace that may bind to it (`*` for any), the host, and its field."""
    for server in gateway.spec["servers"]:
        yield from hosts_of(server)


def hosts_of(server: Field) -> Iterator[tuple[str, str, Field]]:
    """The hosts of one server, as `server_hosts` gives them."""
    for field in server["hosts"]:
        namespace, slash, host = field.text.partition("/")
        if not slash:
            namespace, host = "*", field.text
        yield (server.resource.namespace if namespace == "." else namespace), host, field


def routes_of(server: Field) -> frozenset[str]:
    """Which rules of virtual services a server applies: `http`, `tls` or `tcp`; all for a protocol that is not known.

    HTTP rules need requests that the gateway can read, TLS rules need connections that it passes on unopened, and TCP
    rules apply to the bytes of everything else.
    """
    protocol = server["port"]["protocol"].text.upper()
    unopened = server["tls"]["mode"].text in ("PASSTHROUGH", "AUTO_PASSTHROUGH")
    if not protocol:
        return frozenset(("http", "tls", "tcp"))
    if protocol in ("HTTPS", "TLS") and unopened:
        return frozenset(("tls",))
    return frozenset(("http",)) if protocol.startswith(("HTTP", "GRPC")) else frozenset(("tcp",))


class Served:
    """The hosts that a gateway serves, by the namespace of the virtual services that may bind to them, and by rules."""

    def __init__(self, gateway: Resource) -> None:
        self._hosts: dict[tuple[str, str], HostSet] = {}
        for server in gateway.spec["servers"]:
            uses = ("", *routes_of(server))
            for namespace, host, _ in hosts_of(server):
                for use in uses:
                    self._hosts.setdefault((namespace, use), HostSet()).add(host)

    def serves(self, names: Iterable[str], namespace: str, rules: str = "") -> bool:
        """Whether it serves one of the names for a virtual service of the namespace, with these rules or with any."""
        sets = [found for where in ("*", namespace) if (found := self._hosts.get((where, rules))) is not None]
        return any(found.overlaps(name) for name in names for found in sets)


@derived
def served_hosts(mesh: Snapshot) -> Mapping[Resource, Served]:
    """What each gateway serves."""
    return {gateway: Served(gateway) for gateway in mesh[GATEWAY]}
