"""What can go wrong between meshctl and a control plane that is asked by its own protocol."""

from __future__ import annotations

from meshctl.errors import UNREADABLE, MeshctlError


class XdsError(MeshctlError):
    """The control plane cannot be reached, refuses to answer, or is none."""

    exit_code = UNREADABLE
