"""Settings of other network plugins in a cluster that get in the way of the mesh.

Source: the facts of what istioctl checks before it installs (install.md 2.9).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from meshctl.charts.trees import text_at, value_at

if TYPE_CHECKING:
    from meshctl.kube import Cluster


def plugin_warnings(cluster: Cluster, components: Collection[str]) -> Iterator[str]:
    """Lines about Calico and Cilium for an installation of these components (`cni`, `ztunnel`...).

    Raises `ClusterError`, but not for what may not be read.
    """
    calico = _object(cluster, "crd.projectcalico.org", "FelixConfiguration", "default", "")
    cilium = _object(cluster, "", "ConfigMap", "cilium-config", "kube-system")
    yield from _calico(calico)
    yield from _cilium(cilium, components)


def _calico(felix: Mapping[str, Any]) -> Iterator[str]:
    balancing = text_at(felix, "spec.bpfConnectTimeLoadBalancing")
    older = value_at(felix, "spec.bpfConnectTimeLoadBalancingEnabled")
    if (balancing and balancing != "Disabled") or (not balancing and older is True):
        yield (
            "Calico balances connections before proxies see them: set bpfConnectTimeLoadBalancing to Disabled in the "
            "FelixConfiguration default"
        )


def _cilium(config: Mapping[str, Any], components: Collection[str]) -> Iterator[str]:
    def value(key: str) -> str:
        return str((value_at(config, "data") and config["data"].get(key)) or "").lower()

    if "cni" in components and value("cni-exclusive") == "true":
        yield "Cilium takes other CNI plugins away: set cni-exclusive to false in kube-system/cilium-config"
    if "ztunnel" in components and value("enable-bpf-masquerade") == "true":
        yield (
            "Cilium's masquerading by BPF breaks the probes of pods in an ambient mesh: set enable-bpf-masquerade to "
            "false in kube-system/cilium-config"
        )
    replaced = value("kube-proxy-replacement") == "strict" or value("bpf-lb-sock") == "true"
    if replaced and value("bpf-lb-sock-hostns-only") != "true":
        yield (
            "Cilium balances connections before proxies see them: set bpf-lb-sock-hostns-only to true in "
            "kube-system/cilium-config"
        )


def _object(cluster: Cluster, group: str, kind: str, name: str, namespace: str) -> Mapping[str, Any]:
    from meshctl.kube import ForbiddenError

    found = cluster.resource_types.find(group, kind)
    try:
        return (cluster.get(found, name, namespace) if found else None) or {}
    except ForbiddenError:
        return {}
