"""Clients and servers that do not agree on mutual TLS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import MTLS_MISMATCH, Message
from meshctl.model.hosts import CLUSTER_DOMAIN, fqdn, service_name
from meshctl.model.kinds.destination_rule import DESTINATION_RULE
from meshctl.model.kinds.namespace import NAMESPACE
from meshctl.model.kinds.peer_authentication import PEER_AUTHENTICATION
from meshctl.model.kinds.service import SERVICE
from meshctl.model.membership import in_ambient, injects, is_ambient, namespace_labels, takes_part
from meshctl.model.mesh_settings import SETTINGS_KINDS
from meshctl.model.peer_modes import PeerMode, PeerModes, peer_modes
from meshctl.model.resource import Field, Resource
from meshctl.model.snapshot import Snapshot
from meshctl.model.workloads import WORKLOAD_KINDS, pods_by_namespace

_MESH_WIDE = frozenset({"*", "*.local", f"*.{CLUSTER_DOMAIN}", f"*.svc.{CLUSTER_DOMAIN}"})


@analyzer(
    "authn.MutualTLSAnalyzer",
    inputs={DESTINATION_RULE, PEER_AUTHENTICATION, SERVICE, NAMESPACE, *WORKLOAD_KINDS, *SETTINGS_KINDS},
    emits={MTLS_MISMATCH},
)
def mutual_tls(mesh: Snapshot) -> Iterator[Message]:
    """Checks that destination rules send the TLS that PeerAuthentications ask for."""
    modes = peer_modes(mesh)
    for rule in mesh[DESTINATION_RULE]:
        for tls, port, labels in _settings(rule):
            accepted = _mismatch(mesh, modes, rule, tls, port, labels)
            if accepted is not None and accepted.field is not None:
                mode = tls["mode"]
                yield MTLS_MISMATCH.at(
                    mode if mode.present else tls,
                    related=[accepted.field],
                    sent=_SENT[_sent(tls)],
                    host=rule.spec["host"].text,
                    policy=accepted.field.resource.full_name,
                    accepted=_ACCEPTED[accepted.mode],
                )


_SENT = {"DISABLE": "plain text", "SIMPLE": "TLS without a client certificate", "ISTIO_MUTUAL": "mutual TLS"}
_ACCEPTED = {"STRICT": "mutual TLS", "DISABLE": "plain text"}


def _sent(tls: Field) -> str:
    return tls["mode"].text or "DISABLE"


def _clash(sent: str, accepted: PeerMode) -> bool:
    if accepted.mode == "STRICT":
        return sent in ("DISABLE", "SIMPLE")
    return accepted.mode == "DISABLE" and sent == "ISTIO_MUTUAL"


def _settings(rule: Resource) -> Iterator[tuple[Field, int, Mapping[str, Any]]]:
    """Every TLS setting of a rule, with the port (0 for the others) and the labels of the subset that it is for."""
    policies: list[tuple[Field, Mapping[str, Any]]] = [(rule.spec["trafficPolicy"], {})]
    policies += [(subset["trafficPolicy"], subset["labels"].mapping) for subset in rule.spec["subsets"]]
    for policy, labels in policies:
        if policy["tls"].present:
            yield policy["tls"], 0, labels
        for setting in policy["portLevelSettings"]:
            if setting["tls"].present:
                yield setting["tls"], setting["port"]["number"].number, labels


def _mismatch(
    mesh: Snapshot, modes: PeerModes, rule: Resource, tls: Field, port: int, subset: Mapping[str, Any]
) -> PeerMode | None:
    """The first mode of a server that refuses what the setting sends; None when all agree."""
    sent = _sent(tls)
    if sent not in _SENT:
        return None
    host = fqdn(rule.spec["host"].text, rule.namespace)
    if host.startswith("*"):
        name = service_name(f"any{host[1:]}")
        if host not in _MESH_WIDE and name is None:
            return None
        accepted = modes.of_mesh() if host in _MESH_WIDE or name is None else modes.of_namespace(name[1])
        return accepted if _clash(sent, accepted) else None
    found = service_name(host)
    service = mesh.find(SERVICE, found[1], found[0]) if found else None
    if service is None:
        return None
    ports = list(_target_ports(service, port, tls))
    for accepted in _servers(mesh, modes, service, ports, subset):
        if _clash(sent, accepted):
            return accepted
    return None


def _target_ports(service: Resource, port: int, tls: Field) -> Iterator[int]:
    """The ports of the pods that a setting is for; 0 for one with a name, of which no port level is known."""
    others = {setting["port"]["number"].number for setting in tls.parent["portLevelSettings"] if setting["tls"].present}
    for found in service.spec["ports"]:
        number = found["port"].number
        if number == port or (not port and number not in others):
            target = found["targetPort"]
            yield target.number or (0 if target.text else number)


def _servers(
    mesh: Snapshot, modes: PeerModes, service: Resource, ports: list[int], subset: Mapping[str, Any]
) -> Iterator[PeerMode]:
    """The modes of the pods behind a service; ambient ones are left out, as ztunnel adds mutual TLS for any client."""
    namespace = service.namespace
    selector = service.spec["selector"].mapping
    labels = namespace_labels(mesh, namespace)
    if not selector or is_ambient(labels):
        return
    index = pods_by_namespace(mesh).get(namespace)
    found = list(index.select({**selector, **subset})) if index is not None else []
    for pod in found:
        if takes_part(mesh, pod) and not in_ambient(pod):
            for port in ports:
                yield modes.of_pod(namespace, pod.labels, port)
    open_ = not mesh.strict and mesh.find(NAMESPACE, "", namespace) is None
    if not found and not modes.selects_in(namespace) and (injects(labels) or open_):
        yield modes.of_namespace(namespace)
