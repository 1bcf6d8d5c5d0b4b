"""External authorization that nobody provides."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import UNKNOWN_EXTENSION_PROVIDER, Message
from meshctl.model.kinds.authorization_policy import AUTHORIZATION_POLICY
from meshctl.model.mesh_settings import SETTINGS_KINDS, all_settings, mesh_settings
from meshctl.model.snapshot import Snapshot

_TYPES = frozenset({"envoyExtAuthzHttp", "envoyExtAuthzGrpc", "envoy_ext_authz_http", "envoy_ext_authz_grpc"})
"""The providers that can be asked for a decision; the mesh config takes both spellings."""


@analyzer("auth.ProviderAnalyzer", inputs={AUTHORIZATION_POLICY, *SETTINGS_KINDS}, emits={UNKNOWN_EXTENSION_PROVIDER})
def authorization_providers(mesh: Snapshot) -> Iterator[Message]:
    """Checks that policies with the action CUSTOM name a provider that the mesh config defines."""
    known = {
        name
        for settings in (mesh_settings(mesh), *all_settings(mesh))
        for name, type_ in settings.providers.items()
        if type_ in _TYPES
    }
    for policy in mesh[AUTHORIZATION_POLICY]:
        provider = policy.spec["provider"]["name"]
        if policy.spec["action"].value == "CUSTOM" and provider.text and provider.text not in known:
            yield UNKNOWN_EXTENSION_PROVIDER.at(provider, needs=SETTINGS_KINDS, provider=provider.text)
