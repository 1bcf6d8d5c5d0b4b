"""Patches of envoy filters that do nothing, or whose result depends on their order."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import (
    BAD_ADD,
    BAD_REMOVE,
    BAD_REPLACE,
    RELATIVE_PATCH,
    RELATIVE_PATCH_BY_VERSION,
    Message,
    MessageType,
)
from meshctl.model.kinds.envoy_filter import ENVOY_FILTER
from meshctl.model.resource import Field
from meshctl.model.snapshot import Snapshot

_ROUTES = ("ROUTE_CONFIGURATION", "HTTP_ROUTE")
_REPLACEABLE = ("NETWORK_FILTER", "HTTP_FILTER", "VIRTUAL_HOST")
_RELATIVE = ("INSERT_BEFORE", "INSERT_AFTER", "REMOVE", "REPLACE")


@analyzer(
    "envoyfilter.EnvoyPatchAnalyzer",
    inputs={ENVOY_FILTER},
    emits={BAD_ADD, BAD_REMOVE, BAD_REPLACE, RELATIVE_PATCH, RELATIVE_PATCH_BY_VERSION},
)
def envoy_patch(mesh: Snapshot) -> Iterator[Message]:
    """Checks that the patches of envoy filters have an effect, and one that does not depend on their order."""
    by_version: set[str] = set()
    for envoy_filter in mesh[ENVOY_FILTER]:
        ordered = bool(envoy_filter.spec["priority"].number)
        for config_patch in envoy_filter.spec["configPatches"]:
            operation, where = config_patch["patch"]["operation"], config_patch["applyTo"].text
            name = _name(config_patch)
            useless = _useless(operation.text, where)
            if useless:
                yield useless.at(operation, object=where or "this object")
            elif operation.text in _RELATIVE and not ordered:
                # The name may stand in an earlier patch that some versions of the proxy take and others do not.
                kind = RELATIVE_PATCH_BY_VERSION if name in by_version else RELATIVE_PATCH
                yield kind.at(operation, operation=operation.text)
            if name and config_patch["match"]["proxy"]["proxyVersion"].text:
                by_version.add(name)


def _useless(operation: str, where: str) -> MessageType | None:
    if operation == "ADD" and where in _ROUTES:
        return BAD_ADD
    if operation == "REMOVE" and where in _ROUTES:
        return BAD_REMOVE
    if operation == "REPLACE" and where not in _REPLACEABLE:
        return BAD_REPLACE
    return None


def _name(config_patch: Field) -> str:
    """The name of what the patch puts in, else of the filter that it looks for."""
    own = config_patch["patch"]["value"]["name"].text
    return own or config_patch["match"]["listener"]["filterChain"]["filter"]["name"].text
