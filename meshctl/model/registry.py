"""The service registry: every host that the mesh knows, from Services and ServiceEntries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from meshctl.model.hosts import HostMap, fqdn, service_fqdn, service_name
from meshctl.model.kinds.service import SERVICE
from meshctl.model.kinds.service_entry import SERVICE_ENTRY
from meshctl.model.membership import IGNORED_NAMESPACES
from meshctl.model.mesh_settings import ROOT_NAMESPACE
from meshctl.model.resource import Field, Resource, remembered
from meshctl.model.snapshot import Snapshot, derived
from meshctl.model.visibility import Scopes, exported_to, service_exported_to

_PLATFORM = IGNORED_NAMESPACES | {ROOT_NAMESPACE}
"""Namespaces whose services come with the cluster or the control plane."""


@dataclass(frozen=True, slots=True, eq=False)
class Host:
    """One host of the registry: `name` is a full name or a wildcard, `resource` what defines it."""

    name: str
    scopes: Scopes
    resource: Resource

    @property
    def ports(self) -> Sequence[int]:
        """The port numbers of the Service or ServiceEntry, in its order."""
        return ports_of(self.resource)


@remembered
def ports_of(resource: Resource) -> Iterator[int]:
    """The port numbers of a Service or ServiceEntry, in its order."""
    key = "number" if resource.kind is SERVICE_ENTRY else "port"
    for port in resource.spec["ports"]:
        if number := port[key].number:
            yield number


class Registry:
    """Looks hosts up as the proxies of a namespace would."""

    def __init__(self) -> None:
        self._hosts: HostMap[Host] = HostMap()

    def add(self, host: Host) -> None:
        """Adds a host."""
        self._hosts.add(host.name, host)

    def find(self, host: str, namespace: str, users: Scopes = None) -> Host | None:
        """The entry that a host written in a resource of `namespace` means; None when nobody there can see one.

        `users` are the namespaces in which the resource is used (its own `exportTo`), where that is limited: then one
        of them has to see the host, and the own one does not count. A Service wins over a ServiceEntry of the same
        name, an exact host over a wildcard.
        """
        return next(self.all(host, namespace, users), None)

    def all(self, host: str, namespace: str, users: Scopes = None) -> Iterator[Host]:
        """Every entry that `find` chooses from, the one that it would choose first."""
        places = frozenset({namespace}) if users is None else users
        for entry in self._hosts.matching(fqdn(host, namespace)):
            if entry.scopes is None or not entry.scopes.isdisjoint(places):
                yield entry

    def __contains__(self, host: str) -> bool:
        return bool(self._hosts.exact(host))


@derived
def registry(mesh: Snapshot) -> Registry:
    """All hosts of the Services and ServiceEntries, Services first."""
    found = Registry()
    for service in mesh[SERVICE]:
        found.add(Host(service_fqdn(service.name, service.namespace), service_exported_to(service), service))
    for entry in mesh[SERVICE_ENTRY]:
        scope = exported_to(entry)
        for host in entry.spec["hosts"].texts:
            found.add(Host(fqdn(host, entry.namespace), scope, entry))
    return found


@derived
def _namespaces_of_services(mesh: Snapshot) -> frozenset[str]:
    return frozenset(service.namespace for service in mesh[SERVICE])


def would_hold(mesh: Snapshot, host: str, namespace: str) -> bool:
    """Whether the snapshot would hold what defines a host that a resource of `namespace` writes.

    Files without any Service say nothing about the hosts of the cluster, and those of an application say nothing about
    what is installed together with the control plane, such as its gateways.
    """
    name = service_name(fqdn(host, namespace))
    if name is None:
        return True
    known = _namespaces_of_services(mesh)
    return name[1] in known if name[1] in _PLATFORM else bool(known)


def gateway_hosts(mesh: Snapshot, host: Field) -> tuple[str, ...]:
    """The names under which a gateway may serve a host of a virtual service.

    That is the host itself, the full name of a short one, and where the ExternalName service of that name leads.
    """
    namespace = host.resource.namespace
    names = [host.text]
    if "." not in host.text:
        names.append(fqdn(host.text, namespace))
        service = mesh.find(SERVICE, namespace, host.text)
        if service is not None and service.spec["type"].value == "ExternalName":
            names.append(service.spec["externalName"].text)
    return tuple(names)
