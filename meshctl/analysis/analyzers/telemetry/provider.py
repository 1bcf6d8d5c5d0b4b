"""Access logging that nobody is told to write."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import NO_LOG_PROVIDER, Message
from meshctl.model.kinds.telemetry import TELEMETRY, for_namespace
from meshctl.model.mesh_settings import SETTINGS_KINDS, mesh_settings
from meshctl.model.snapshot import Snapshot


@analyzer("telemetry.ProviderAnalyzer", inputs={TELEMETRY, *SETTINGS_KINDS}, emits={NO_LOG_PROVIDER})
def provider(mesh: Snapshot) -> Iterator[Message]:
    """Checks that access logging has a provider, of its own or from the mesh.

    Files without a mesh config are taken for those of a mesh with the defaults, as istioctl does: it has no provider.
    """
    settings = mesh_settings(mesh)
    if settings.get("defaultProviders", "accessLogging"):
        return
    # A telemetry for a namespace, and one for the root namespace, hand their providers down.
    logging = {
        telemetry.namespace
        for telemetry in filter(for_namespace, mesh[TELEMETRY])
        if any(entry["providers"] for entry in telemetry.spec["accessLogging"])
    }
    if settings.root_namespace in logging:
        return
    for telemetry in mesh[TELEMETRY]:
        if telemetry.namespace in logging:
            continue
        for entry in telemetry.spec["accessLogging"]:
            if not entry["providers"] and entry["disabled"].value is not True:
                yield NO_LOG_PROVIDER.at(entry, name=telemetry.name, namespace=telemetry.namespace)
