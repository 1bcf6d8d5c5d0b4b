"""What `-o wide` says about a cluster: how requests are sent to its endpoints."""

from __future__ import annotations

from meshctl.proxyconfig.clusters import Cluster

DETAILS: tuple[str, ...] = ()


def details(cluster: Cluster) -> tuple[str, ...]:
    """The cells of a cluster."""
    return ()
