"""The settings of the mesh: MeshConfig with its defaults."""

from __future__ import annotations

from collections.abc import Mapping

from meshctl.model.kinds.istio_operator import ISTIO_OPERATOR
from meshctl.model.kinds.mesh_config import MESH_CONFIG
from meshctl.model.proto_names import ProtoField
from meshctl.model.resource import Field
from meshctl.model.snapshot import Snapshot, derived

ROOT_NAMESPACE = "istio-system"
"""Default of `rootNamespace`, and the usual namespace of the control plane."""

BUILT_IN_PROVIDERS = {"prometheus": "prometheus", "stackdriver": "stackdriver", "envoy": "envoyFileAccessLog"}
"""Extension providers that every mesh has, with their types."""

FROM_FILE = "meshconfig"
"""Name of the MeshConfig that the user gave in a file of its own."""

SETTINGS_KINDS = (MESH_CONFIG, ISTIO_OPERATOR)
"""The kinds that hold settings of the mesh."""

PROFILE_PROVIDERS = {
    "demo": {
        "otel": "envoyOtelAls",
        "skywalking": "skywalking",
        "otel-tracing": "opentelemetry",
        "jaeger": "opentelemetry",
    }
}
"""Extension providers that an installation profile adds."""

_PRECEDENCE = {FROM_FILE: 0, "istio": 1}


class MeshSettings:
    """MeshConfig as the control plane reads it; `config` is the mapping as written, a field of None without any."""

    def __init__(self, config: Field | None) -> None:
        self.config = ProtoField.of(config) if config is not None else None

    def get(self, *path: str) -> Field | None:
        """The field at a path as it is written; None where it is not."""
        found: Field | None = self.config
        for step in path:
            if found is None:
                return None
            found = found[step]
        return found if found is not None and found.present else None

    def text(self, *path: str, default: str = "") -> str:
        """The text at a path, or the default."""
        found = self.get(*path)
        return found.text if found is not None and found.text else default

    @property
    def root_namespace(self) -> str:
        """The namespace whose policies hold for the whole mesh."""
        return self.text("rootNamespace", default=ROOT_NAMESPACE)

    @property
    def trust_domain(self) -> str:
        """The trust domain of the workloads' identities."""
        return self.text("trustDomain", default="cluster.local")

    @property
    def providers(self) -> Mapping[str, str]:
        """The extension providers: name and type, which is the key that holds its settings."""
        found = BUILT_IN_PROVIDERS | PROFILE_PROVIDERS.get(self._profile, {})
        for provider in self.get("extensionProviders") or ():
            types = [key for key in provider.mapping if key != "name"]
            found[provider["name"].text] = types[0] if types else ""
        return found

    @property
    def _profile(self) -> str:
        operator = self.config.resource if self.config is not None else None
        return operator.spec["profile"].text if operator is not None and operator.kind is ISTIO_OPERATOR else ""

    @property
    def proxy_metadata(self) -> Mapping[str, object]:
        """`defaultConfig.proxyMetadata`."""
        found = self.get("defaultConfig", "proxyMetadata")
        return found.mapping if found is not None else {}


@derived
def mesh_settings(mesh: Snapshot) -> MeshSettings:
    """The settings of the mesh: from its MeshConfig, else from an IstioOperator, else the defaults alone."""
    for resource in sorted(mesh[MESH_CONFIG], key=lambda found: _PRECEDENCE.get(found.name, len(_PRECEDENCE))):
        return MeshSettings(resource.field)
    for resource in mesh[ISTIO_OPERATOR]:
        for config in (resource.spec["meshConfig"], resource.spec["values"]["meshConfig"]):
            if config.present:
                return MeshSettings(config)
    return MeshSettings(None)


@derived
def all_settings(mesh: Snapshot) -> tuple[MeshSettings, ...]:
    """The settings of every MeshConfig and IstioOperator, each taken by itself: they may be for several meshes."""
    found = [MeshSettings(resource.field) for resource in mesh[MESH_CONFIG]]
    found += [MeshSettings(config) for resource in mesh[ISTIO_OPERATOR] if (config := resource.spec["meshConfig"])]
    return tuple(found)
