"""A folder with charts and profiles of someone else, as `manifests/` in a release of Istio."""

from __future__ import annotations

from pathlib import Path

from meshctl.charts.errors import InstallationError

_FOLDERS = {
    "istiod": "istio-control/istio-discovery",
    "istio-ingress": "gateways/istio-ingress",
    "istio-egress": "gateways/istio-egress",
    "cni": "istio-cni",
}
"""Where the charts of a release of Istio lie, those that are not simply in a folder of their name."""

_HINT = "--manifests names a folder that holds charts/ and profiles/, such as manifests/ in a release of Istio"


def package_root(package: str) -> Path:
    """The folder that holds `charts/` and `profiles/`: the one named, or `manifests/` in it when a release is named.

    Raises `InstallationError` when there is none.
    """
    for root in (Path(package), Path(package) / "manifests"):
        try:
            if (root / "profiles").is_dir():
                return root
        except (OSError, ValueError):  # no path at all: too long, or with a null in it
            break
    raise InstallationError(f"{package[:200]} has no folder profiles", hint=_HINT)


def chart_folder(name: str, package: str) -> Path:
    """The folder of a chart in a package; raises `InstallationError` when there is none."""
    charts = package_root(package) / "charts"
    for folder in (charts / name, charts / _FOLDERS.get(name, name)):
        if (folder / "Chart.yaml").is_file():
            return folder
    raise InstallationError(f"{charts} has no chart {name!r}", hint=_HINT)
