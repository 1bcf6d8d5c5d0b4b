"""Destination rules for unknown hosts, and subsets that no pod belongs to."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import SUBSET_WITHOUT_PODS, UNKNOWN_RULE_HOST, Message
from meshctl.model.endpoints import ENDPOINT_KINDS, endpoints_of
from meshctl.model.kinds.destination_rule import DESTINATION_RULE
from meshctl.model.kinds.endpoint_slice import ENDPOINT_SLICE
from meshctl.model.kinds.endpoints import ENDPOINTS
from meshctl.model.kinds.node import NODE
from meshctl.model.kinds.service import SERVICE
from meshctl.model.kinds.service_entry import SERVICE_ENTRY
from meshctl.model.registry import Host, registry
from meshctl.model.resource import Field
from meshctl.model.snapshot import Snapshot
from meshctl.model.visibility import exported_to


@analyzer(
    "destinationrule.SubsetSelectPodAnalyzer",
    inputs={DESTINATION_RULE, SERVICE, SERVICE_ENTRY, NODE, ENDPOINTS, ENDPOINT_SLICE, *ENDPOINT_KINDS},
    emits={SUBSET_WITHOUT_PODS, UNKNOWN_RULE_HOST},
)
def subset_select_pod(mesh: Snapshot) -> Iterator[Message]:
    """Checks that the hosts of destination rules exist and that each subset has pods."""
    hosts = registry(mesh)
    for rule in mesh[DESTINATION_RULE]:
        host = rule.spec["host"]
        if host.text.startswith("*"):
            continue  # for whatever hosts there will be
        found = list(hosts.all(host.text, rule.namespace, exported_to(rule)))
        if not found:
            yield UNKNOWN_RULE_HOST.at(host, needs=(SERVICE, SERVICE_ENTRY), host=host.text)
            continue
        for subset in rule.spec["subsets"]:
            yield from _check(mesh, subset, found)


def _check(mesh: Snapshot, subset: Field, hosts: list[Host]) -> Iterator[Message]:
    labels = subset["labels"]
    anything = False
    for host in hosts:
        endpoints = endpoints_of(mesh, host)
        if endpoints is None or endpoints.carry(labels.mapping):
            return
        anything = anything or bool(endpoints)
    yield SUBSET_WITHOUT_PODS.at(
        labels if labels else subset["name"],
        related=[hosts[0].resource.at("metadata", "name")],
        needs=ENDPOINT_KINDS,
        # Files that hold none of the pods of a service say nothing about its subsets.
        proven=anything,
        subset=subset["name"].text,
        host=hosts[0].name,
    )
