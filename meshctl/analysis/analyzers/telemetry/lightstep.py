"""Tracing by the Lightstep provider."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import DEPRECATED, Message
from meshctl.model.kinds.telemetry import TELEMETRY
from meshctl.model.mesh_settings import SETTINGS_KINDS, mesh_settings
from meshctl.model.snapshot import Snapshot


@analyzer("telemetry.LightstepAnalyzer", inputs={TELEMETRY, *SETTINGS_KINDS}, emits={DEPRECATED})
def lightstep(mesh: Snapshot) -> Iterator[Message]:
    """Checks that no telemetry traces with the deprecated Lightstep provider."""
    providers = mesh_settings(mesh).providers
    for telemetry in mesh[TELEMETRY]:
        for tracing in telemetry.spec["tracing"]:
            for provider in tracing["providers"]:
                name = provider["name"]
                if providers.get(name.text) == "lightstep":
                    yield DEPRECATED.at(
                        name,
                        problem=f'the provider "{name.text}" is of the deprecated type lightstep',
                        hint="send traces to Lightstep with a provider of the type opentelemetry",
                    )
