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
from meshctl.model.registry import Host, registry, would_hold
from meshctl.model.selectors import Labels, selector_text
from meshctl.model.snapshot import Snapshot
from meshctl.model.visibility import Scopes, exported_to


@analyzer(
    "destinationrule.SubsetSelectPodAnalyzer",
    inputs={DESTINATION_RULE, SERVICE, SERVICE_ENTRY, NODE, ENDPOINTS, ENDPOINT_SLICE, *ENDPOINT_KINDS},
    emits={SUBSET_WITHOUT_PODS, UNKNOWN_RULE_HOST},
)
def subset_select_pod(mesh: Snapshot) -> Iterator[Message]:
    """Checks that the hosts of destination rules exist and that each subset has pods."""
    hosts = registry(mesh)
    # Many rules may be for one host, and many service entries define it.
    known: dict[tuple[str, str, Scopes], list[Host]] = {}
    carried: dict[tuple[str, str, Scopes, str], tuple[bool, bool]] = {}
    for rule in mesh[DESTINATION_RULE]:
        host = rule.spec["host"]
        if host.text.startswith("*"):
            continue  # for whatever hosts there will be
        key = (host.text, rule.namespace, exported_to(rule))
        if key not in known:
            known[key] = list(hosts.all(*key))
        found = known[key]
        if not found:
            yield UNKNOWN_RULE_HOST.at(
                host,
                needs=(SERVICE, SERVICE_ENTRY),
                proven=would_hold(mesh, host.text, rule.namespace),
                host=host.text,
            )
            continue
        # Of several subsets with one name the last one counts.
        for subset in {subset["name"].text: subset for subset in rule.spec["subsets"]}.values():
            labels = subset["labels"]
            asked = (*key, selector_text(labels.mapping))
            if asked not in carried:
                carried[asked] = _carried(mesh, labels.mapping, found)
            carries, anything = carried[asked]
            if not carries:
                yield SUBSET_WITHOUT_PODS.at(
                    labels if labels else subset["name"],
                    related=[found[0].resource.at("metadata", "name")],
                    needs=ENDPOINT_KINDS,
                    # Files that hold none of the pods of a service say nothing about its subsets.
                    proven=anything,
                    subset=subset["name"].text,
                    host=found[0].name,
                )


def _carried(mesh: Snapshot, labels: Labels, hosts: list[Host]) -> tuple[bool, bool]:
    """Whether any endpoint of the hosts carries the labels, as far as can be known; and whether there are endpoints."""
    anything = False
    for host in hosts:
        endpoints = endpoints_of(mesh, host)
        if endpoints is None or endpoints.carry(labels):
            return True, True
        anything = anything or bool(endpoints)
    return False, anything
