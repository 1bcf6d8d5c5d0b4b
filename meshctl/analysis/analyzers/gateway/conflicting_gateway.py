"""Gateways that want the same host on the same port of the same pods."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import GATEWAY_CONFLICT, GATEWAY_OVERLAP, Message
from meshctl.model.gateway_pods import selector
from meshctl.model.hosts import HostMap
from meshctl.model.kinds.gateway import GATEWAY, hosts_of
from meshctl.model.resource import Field, Resource
from meshctl.model.selectors import SelectorIndex, selector_text
from meshctl.model.snapshot import Snapshot
from meshctl.model.workloads import WORKLOAD_KINDS, pods

_SHOWN = 5
_EVERY = ""

_Doors: TypeAlias = dict[tuple[str, int, str, str], HostMap[Field]]
"""Which hosts are served where: by text of the selector, port, address and the namespace that may bind to the host."""


@analyzer(
    "gateway.ConflictingGatewayAnalyzer",
    inputs={GATEWAY, *WORKLOAD_KINDS},
    emits={GATEWAY_CONFLICT, GATEWAY_OVERLAP},
)
def conflicting_gateway(mesh: Snapshot) -> Iterator[Message]:
    """Checks that no two gateways serve the same host on the same port of the same pods."""
    doors: _Doors = {}
    for gateway in mesh[GATEWAY]:
        text = selector_text(selector(gateway))
        for server in gateway.spec["servers"]:
            for namespace, host, written in hosts_of(server):
                for scope in (namespace, _EVERY):
                    doors.setdefault(_door(text, server, scope), HostMap()).add(host, written)
    neighbours = _neighbours(mesh)
    for gateway in mesh[GATEWAY]:
        text = selector_text(selector(gateway))
        for server in gateway.spec["servers"]:
            same: dict[Resource, Field] = {}
            clashing: list[Field] = []
            for namespace, host, written in hosts_of(server):
                scopes = (_EVERY,) if namespace == "*" else (namespace, "*")
                near = [
                    found
                    for other in neighbours.get(text, (text,))
                    for scope in scopes
                    if (found := doors.get(_door(other, server, scope))) is not None
                ]
                clashes = _others(gateway, (found.exact(host) for found in near))
                if clashes:
                    clashing.append(written)
                    same |= clashes
                    continue
                wider = _others(gateway, (found.matching(host) for found in near), wild=True)
                if wider:
                    yield GATEWAY_OVERLAP.at(
                        written,
                        related=wider.values(),
                        gateway=_names(wider),
                        host=sorted({found.text for found in wider.values()}),
                        port=server["port"]["number"].number,
                    )
            if clashing:
                yield GATEWAY_CONFLICT.at(
                    clashing[0],
                    related=same.values(),
                    gateway=_names(same),
                    selector=text or "any label",
                    port=server["port"]["number"].number,
                    hosts=[host.text for host in clashing],
                )


def _door(text: str, server: Field, scope: str) -> tuple[str, int, str, str]:
    return text, server["port"]["number"].number, server["bind"].text, scope


def _others(gateway: Resource, found: Iterable[Iterable[Field]], *, wild: bool = False) -> dict[Resource, Field]:
    """The other gateways among these hosts, up to one more than a message shows; with `wild` without those of `*`."""
    others: dict[Resource, Field] = {}
    for hosts in found:
        for written in hosts:
            if written.resource.same_object(gateway) or (wild and written.text.rpartition("/")[2] == "*"):
                continue  # a host for everything else is meant to overlap
            others.setdefault(written.resource, written)
            if len(others) > _SHOWN:
                return others
    return others


def _names(others: Mapping[Resource, Field]) -> list[str]:
    names = sorted(other.full_name for other in others)
    return [*names[:_SHOWN], "others"] if len(names) > _SHOWN else names


def _neighbours(mesh: Snapshot) -> Mapping[str, tuple[str, ...]]:
    """For each selector: those that select a pod in common with it, itself first; only selectors that have others."""
    index: SelectorIndex[str] = SelectorIndex()
    for text, labels in {selector_text(selector(gateway)): selector(gateway) for gateway in mesh[GATEWAY]}.items():
        index.add(labels, text)
    together: dict[tuple[str, ...], None] = {}  # no set, whose order differs from run to run
    for pod in pods(mesh):
        group = tuple(sorted(index.matching(pod.labels)))
        if len(group) > 1:
            together[group] = None
    found: dict[str, dict[str, None]] = {}
    for group in together:
        for text in group:
            found.setdefault(text, {text: None}).update(dict.fromkeys(group))
    return {text: tuple(others) for text, others in found.items()}
