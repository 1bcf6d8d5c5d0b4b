"""Envoy's answer to `/clusters?format=json`: the endpoints as the proxy sees them now."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from meshctl.proxyconfig.endpoints import ClusterStatus
from meshctl.proxyconfig.envoy import decode, decoder
from meshctl.proxyconfig.errors import DumpError

PAGE = "/clusters?format=json"


class _Answer(Struct, frozen=True):
    cluster_statuses: list[msgspec.Raw] = []
    configs: msgspec.Raw = msgspec.Raw()


class StatusEntry:
    """A cluster of the answer, with its JSON as it stands."""

    __slots__ = ("raw", "resource")

    def __init__(self, raw: msgspec.Raw) -> None:
        self.raw = raw
        self.resource = decode(raw, ClusterStatus)


def is_config_dump(data: bytes) -> bool:
    """Whether an answer is that of the other page that has endpoints, `/config_dump`."""
    return bool(_read(data).configs)


def read_statuses(data: bytes) -> list[StatusEntry]:
    """The clusters of an answer. Raises `DumpError`."""
    return [StatusEntry(raw) for raw in _read(data).cluster_statuses]


def _read(data: bytes) -> _Answer:
    try:
        return decoder(_Answer).decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        plain = b"::" in data[:4096] and not data.lstrip().startswith((b"{", b"["))
        problem = "this is the text form of Envoy's page /clusters" if plain else "this is no JSON of Envoy"
        raise DumpError(problem, hint=f"save the answer to {PAGE} of the proxy's admin port") from error
