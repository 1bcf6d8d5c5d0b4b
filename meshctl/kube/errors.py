"""What can go wrong between meshctl and a cluster."""

from __future__ import annotations

from collections.abc import Sequence

from meshctl.errors import UNREADABLE, MeshctlError


class ClusterError(MeshctlError):
    """A cluster did not do what was asked of it."""


class KubeconfigError(ClusterError):
    """The settings do not say which cluster to use, or how to sign in."""

    exit_code = UNREADABLE


class NoKubeconfigError(KubeconfigError):
    """There are no settings at all, and the user named none."""


class UnreachableError(ClusterError):
    """Nobody answers at the address of the cluster, or somebody whose certificate is not trusted."""

    exit_code = UNREADABLE


class TimedOutError(ClusterError):
    """The time that the user gave is over before what was asked for could be read.

    What changes a cluster catches it and says how far it came.
    """

    exit_code = UNREADABLE


class NoSuchPodError(ClusterError):
    """There is no pod of that name, or none that runs."""

    exit_code = UNREADABLE


class UntrustedError(ClusterError):
    """A server shows a certificate that its authorities do not vouch for."""


class ApiError(ClusterError):
    """The API server refused a request.

    `status` is the HTTP status, `reason` the machine-readable reason of the `Status` object (`NotFound`), `causes` the
    messages of its details, one for each field that is wrong.
    """

    def __init__(self, status: int, reason: str, message: str, causes: Sequence[str] = (), *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.reason = reason
        self.causes = tuple(causes)


class ForbiddenError(ApiError):
    """The user may not do this (401 or 403)."""

    exit_code = UNREADABLE


class ConflictError(ApiError):
    """Somebody else owns the fields, has changed the object, or made it before (409)."""
