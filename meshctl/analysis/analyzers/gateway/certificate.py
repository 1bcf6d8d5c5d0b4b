"""Gateways that offer one certificate for the same port of the same pods."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import SHARED_CERTIFICATE, Message
from meshctl.model.gateway_pods import selector
from meshctl.model.kinds.gateway import GATEWAY, hosts_of
from meshctl.model.resource import Field, Resource
from meshctl.model.selectors import LabelIndex
from meshctl.model.snapshot import Snapshot

_SHOWN = 3
_ANY, _EVERY = "*", ""


@analyzer("gateway.CertificateAnalyzer", inputs={GATEWAY}, emits={SHARED_CERTIFICATE})
def certificate(mesh: Snapshot) -> Iterator[Message]:
    """Checks that no two gateways on the same pods and port share a certificate, which misleads browsers."""
    groups: dict[Any, LabelIndex[Field]] = {}
    offers: dict[tuple[Resource, Any, str], Field] = {}
    for gateway in mesh[GATEWAY]:
        for server in gateway.spec["servers"]:
            # Connections are only reused for the same port, and for names that one certificate is likely to have.
            for used in _certificates(server["tls"]):
                door = (used, server["port"]["number"].number, server["port"]["protocol"].text.upper())
                for site in _sites(server):
                    if offers.setdefault((gateway, door, site), server) is server:
                        groups.setdefault((door, site), LabelIndex()).add(selector(gateway), server)
                        groups.setdefault((door, _EVERY), LabelIndex()).add(selector(gateway), server)
    said: set[Resource] = set()
    for (gateway, door, site), server in offers.items():
        if gateway in said:
            continue
        others: dict[Resource, Field] = {}
        for reach in (_EVERY,) if site == _ANY else (site, _ANY):
            # A gateway with a smaller selector is on all the pods of those with a larger one.
            for other in groups[door, reach].select(selector(gateway)) if (door, reach) in groups else ():
                if not other.resource.same_object(gateway):
                    others.setdefault(other.resource, other["tls"])
                    if len(others) > _SHOWN:
                        break
        if others:
            said.add(gateway)
            names = [gateway.full_name, *(other.full_name for other in others)]
            if len(others) > _SHOWN:
                names[_SHOWN + 1 :] = ["others"]
            yield SHARED_CERTIFICATE.on(gateway, related=[server["tls"], *others.values()], gateways=names)


def _certificates(tls: Field) -> Iterator[tuple[str, ...]]:
    for name in (tls["credentialName"], *tls["credentialNames"]):
        if name.text:
            yield (name.text,)
    for pair in (tls, *tls["tlsCertificates"]):
        if pair["serverCertificate"].text and pair["privateKey"].text:
            yield (pair["serverCertificate"].text, pair["privateKey"].text)


def _sites(server: Field) -> set[str]:
    """The domains of the hosts, as far as one certificate usually reaches: `example.com` of `a.b.example.com`."""
    found = {".".join(host.rsplit(".", 2)[-2:]) for _, host, _ in hosts_of(server)}
    return {_ANY if site.startswith("*") or not site else site for site in found} or {_ANY}
