"""The names that Istio gives to what it makes in a proxy, and the resources they point to."""

from __future__ import annotations

import re
from dataclasses import dataclass

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class ClusterName:
    """`<direction>|<port>|<subset>|<fqdn>`; other names are those of clusters that no service stands behind."""

    direction: str
    port: int
    subset: str
    fqdn: str

    @classmethod
    def parse(cls, name: str) -> ClusterName | None:
        """The parts of a name; None when it has fewer. With more, nobody knows which is the host, and it is empty."""
        parts = name.split("|")
        if len(parts) < 4:
            return None
        direction, port, subset = parts[:3]
        fqdn = parts[3] if len(parts) == 4 else ""
        return cls(direction, int(port) if _INTEGER.fullmatch(port) else 0, subset, fqdn)


@dataclass(frozen=True, slots=True)
class IstioResource:
    """The Istio resource that a route or cluster was made of."""

    kind: str  # as in paths of the Kubernetes API: virtual-service, destination-rule
    namespace: str
    name: str

    def __str__(self) -> str:
        """Name and namespace as istioctl writes them."""
        return f"{self.name}.{self.namespace}"


def istio_resource(path: str) -> IstioResource | None:
    """The resource of `/apis/<group>/<version>/namespaces/<namespace>/<kind>/<name>`, None for anything else."""
    pieces = path.split("/")
    if len(pieces) != 8 or pieces[:2] != ["", "apis"] or pieces[4] != "namespaces":
        return None
    return IstioResource(pieces[6], pieces[5], pieces[7])
