"""Gateway (networking.istio.io) and what can be asked of one."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.model.kind import Kind
from meshctl.model.resource import Field, Resource

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
