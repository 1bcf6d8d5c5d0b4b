"""Where a listener listens and where an endpoint is."""

from __future__ import annotations

from msgspec import Struct


class SocketAddress(Struct, frozen=True):
    """An IP address or host name with a port."""

    address: str = ""
    port_value: int = 0
    named_port: str = ""
    protocol: str = "TCP"


class Pipe(Struct, frozen=True):
    """A Unix domain socket."""

    path: str = ""


class InternalAddress(Struct, frozen=True):
    """A listener of the same proxy."""

    server_listener_name: str = ""
    endpoint_id: str = ""


class Address(Struct, frozen=True):
    """One of the three."""

    socket_address: SocketAddress | None = None
    pipe: Pipe | None = None
    envoy_internal_address: InternalAddress | None = None

    @property
    def host(self) -> str:
        """The address of a socket without its port; empty for the other two."""
        return self.socket_address.address if self.socket_address else ""

    @property
    def port(self) -> int:
        """The port of a socket, 0 for the other two."""
        return self.socket_address.port_value if self.socket_address else 0

    @property
    def internal(self) -> str:
        """The address of a listener of the same proxy as a URL, empty for the other two."""
        found = self.envoy_internal_address
        return f"envoy://{found.server_listener_name}/{found.endpoint_id}" if found else ""


class AdditionalAddress(Struct, frozen=True):
    """A further address of the same listener or endpoint."""

    address: Address = Address()


class CidrRange(Struct, frozen=True):
    """A range of IP addresses."""

    address_prefix: str = ""
    prefix_len: int = 0

    def __str__(self) -> str:
        """The range as it is written: `10.0.0.0/8`."""
        return f"{self.address_prefix}/{self.prefix_len}"
