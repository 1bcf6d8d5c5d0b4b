"""What the proxy was started with."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from meshctl.proxyconfig.endpoints import Locality


class SemanticVersion(Struct, frozen=True):
    """The version of a release."""

    major_number: int = 0
    minor_number: int = 0
    patch: int = 0


class BuildVersion(Struct, frozen=True):
    """The version of a build, with how it was built."""

    version: SemanticVersion = SemanticVersion()
    metadata: dict[str, Any] = {}


class Node(Struct, frozen=True):
    """How the proxy introduces itself to the control plane."""

    id: str = ""
    cluster: str = ""
    metadata: dict[str, Any] = {}
    locality: Locality = Locality()
    user_agent_build_version: BuildVersion = BuildVersion()

    @property
    def labels(self) -> dict[str, str]:
        """The labels of the pod."""
        found = self.metadata.get("LABELS")
        return found if isinstance(found, dict) else {}


class Bootstrap(Struct, frozen=True):
    """What the proxy was started with."""

    node: Node = Node()
