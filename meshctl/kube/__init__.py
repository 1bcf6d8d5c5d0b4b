"""Kubernetes clusters: how one is reached, and what is read from it, written to it and asked of its pods.

The only place that knows the `kubernetes` library, of which it takes kubeconfig files, their ways of signing in, and
the port-forward; requests go over urllib3, which that library brings along.
"""

from meshctl.kube.cluster import Cluster, connect
from meshctl.kube.connection import Settings
from meshctl.kube.deadline import Deadline
from meshctl.kube.discovery import ResourceType
from meshctl.kube.errors import (
    ApiError,
    ClusterError,
    ConflictError,
    ForbiddenError,
    KubeconfigError,
    NoKubeconfigError,
    NoSuchPodError,
    TimedOutError,
    UnreachableError,
    UntrustedError,
)

__all__ = [
    "ApiError",
    "Cluster",
    "ClusterError",
    "ConflictError",
    "Deadline",
    "ForbiddenError",
    "KubeconfigError",
    "NoKubeconfigError",
    "NoSuchPodError",
    "ResourceType",
    "Settings",
    "TimedOutError",
    "UnreachableError",
    "UntrustedError",
    "connect",
]
