"""The filters made of policies are those that a real istiod made of the same policies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from meshctl import sources
from meshctl.diagnose.authz.policy_stack import policy_stack
from meshctl.model.attached_policies import ProxyIdentity
from meshctl.model.snapshot import Snapshot
from meshctl.proxyconfig.dump import read
from meshctl.proxyconfig.listeners import FilterChain
from meshctl.proxyconfig.network_filters import http_connection_manager
from meshctl.proxyconfig.saved import read_saved

HERE = Path(__file__).parent
DUMP = HERE.parent.parent / "proxyconfig" / "recorded" / "orders" / "config_dump.json.gz"
ORDERS = ProxyIdentity("held", {"app": "orders", "version": "v1"})
ABOUT_ACCESS = ("rbac", "jwt_authn", "ext_authz")


def _chains() -> list[FilterChain]:
    dump = read(read_saved(str(DUMP)))
    entry = next(entry for entry in dump.listeners if entry.name == "virtualInbound")
    # Nothing is allowed or denied where every connection is closed.
    return [chain for chain in entry.resource.filter_chains if chain.name != "virtualInbound-blackhole"]


def _recorded(chain: FilterChain) -> tuple[list[tuple[str, Any]], bool]:
    managers = [found for found in map(http_connection_manager, chain.filters) if found is not None]
    filters = managers[0].http_filters if managers else chain.filters
    wanted = [one for one in filters if one.name.rpartition(".")[2] in ABOUT_ACCESS]
    return [(one.name, one.config) for one in wanted], bool(managers)


def _made(files: list[Path], proxy: ProxyIdentity, *, http: bool) -> list[tuple[str, Any]]:
    mesh = Snapshot(sources.read(map(str, files)).resources)
    return [(one.name, one.config) for one in policy_stack(mesh, proxy, http=http).filters]


@pytest.mark.parametrize("index", range(len(_chains())))
def test_every_chain_of_a_recorded_sidecar_has_the_filters_that_are_made(index: int) -> None:
    recorded, http = _recorded(_chains()[index])
    assert len(recorded) == (4 if http else 3)
    made = _made([HERE / "orders" / "policies.yaml"], ORDERS, http=http)
    assert made == recorded
