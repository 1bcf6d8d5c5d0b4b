"""EnvoyFilters that change the filters about access: they are told of, and not followed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from meshctl.model.attached_policies import ProxyIdentity, attached
from meshctl.model.kinds.envoy_filter import ENVOY_FILTER
from meshctl.model.snapshot import Snapshot

_ABOUT_ACCESS = re.compile(r"\benvoy\.(?:extensions\.)?filters\.(?:http|network)\.(?:rbac|jwt_authn|ext_authz)\b")


def patch_notes(mesh: Snapshot, proxy: ProxyIdentity) -> Iterator[str]:
    """A line for each EnvoyFilter of the proxy that names such a filter."""
    for one in attached(mesh, ENVOY_FILTER, proxy):
        if _ABOUT_ACCESS.search(json.dumps(one.spec["configPatches"].value, default=str)):
            yield f"EnvoyFilter {one.name}.{one.namespace} changes filters about access: --dump tells what a proxy has"
