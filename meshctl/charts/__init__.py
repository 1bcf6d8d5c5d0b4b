"""What an installation consists of: profiles, the values of each chart, and the manifests that they give."""

from meshctl.charts.components import COMPONENTS, Component, ComponentKind
from meshctl.charts.errors import InstallationError, InvalidInstallationError, UnknownProfileError
from meshctl.charts.installation import Installation, resolve
from meshctl.charts.patches import Patched, apply

__all__ = [
    "COMPONENTS",
    "Component",
    "ComponentKind",
    "Installation",
    "InstallationError",
    "InvalidInstallationError",
    "Patched",
    "UnknownProfileError",
    "apply",
    "resolve",
]
