"""Telemetry providers that no extension provider of the mesh defines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import UNKNOWN_PROVIDER, Message
from meshctl.model.kinds.telemetry import TELEMETRY
from meshctl.model.mesh_settings import SETTINGS_KINDS, all_settings, mesh_settings
from meshctl.model.resource import Field
from meshctl.model.snapshot import Snapshot

_USES = ("tracing", "metrics", "accessLogging")


@analyzer("telemetry.UnknownProviderAnalyzer", inputs={TELEMETRY, *SETTINGS_KINDS}, emits={UNKNOWN_PROVIDER})
def unknown_provider(mesh: Snapshot) -> Iterator[Message]:
    """Checks that the providers of tracing, metrics and access logging are defined in the mesh config."""
    for settings in all_settings(mesh):
        for use in _USES:
            yield from _unknown(settings.get("defaultProviders", use) or (), settings.providers)
    providers: dict[str, str] = dict(mesh_settings(mesh).providers)
    for settings in all_settings(mesh):  # which of them is in force where is not known
        providers |= settings.providers
    for telemetry in mesh[TELEMETRY]:
        for use in _USES:
            for entry in telemetry.spec[use]:
                yield from _unknown((provider["name"] for provider in entry["providers"]), providers)


def _unknown(names: Iterable[Field], known: Mapping[str, str]) -> Iterator[Message]:
    for name in names:
        if name.text and name.text not in known:
            yield UNKNOWN_PROVIDER.at(name, needs=SETTINGS_KINDS, provider=name.text, known=sorted(known))
