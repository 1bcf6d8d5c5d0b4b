"""The configuration that holds without any files: what our own chart gives the control plane."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from meshctl.documents import Chunk, parse

_CHART = Path(__file__).parent.parent / "charts" / "istiod"
_TEMPLATES = frozenset({"zzz-effective-values.yaml", "injector-config.yaml", "mesh-config.yaml"})
"""The templates of the chart that write the injector's configuration and the mesh config, and what they need."""


@dataclass(frozen=True, slots=True)
class Captured:
    """The texts that the ConfigMaps of a control plane hold: `config` and `values` of the injector, and `mesh`."""

    config: str
    values: str
    mesh: str


@cache
def templates() -> dict[str, str]:
    """The injection templates of the chart, by name."""
    found = {path.stem: path.read_text() for path in sorted((_CHART / "files" / "injection").glob("*.yaml"))}
    return {**found, "agentgateway-waypoint": found["agentgateway"]}


@cache
def _chart_values() -> dict[str, Any]:
    found: dict[str, Any] = parse(Chunk((_CHART / "values.yaml").read_text(), 1)).data["_internal_defaults_do_not_set"]
    return found


def values() -> dict[str, Any]:
    """The values as the chart hands them to the injector: the parts that templates of pods and gateways may see."""
    chart = _chart_values()
    return deepcopy(
        {
            "global": chart["global"],
            "sidecarInjectorWebhook": chart["sidecarInjectorWebhook"],
            "revision": chart["revision"],
            "pilot": {"cni": chart["cni"], "env": chart["env"]},
            "gateways": chart["gateways"],
        }
    )


def mesh_config() -> dict[str, Any]:
    """The mesh config as the chart writes it."""
    return {
        "defaultConfig": {"discoveryAddress": "istiod.istio-system.svc:15012"},
        "defaultProviders": {"metrics": ["prometheus"]},
        "enablePrometheusMerge": True,
        "rootNamespace": "istio-system",
        "trustDomain": "cluster.local",
    }


def rendered(own: Mapping[str, Any], namespace: str) -> Captured:
    """What the chart makes of somebody's own values; raises `InstallationError` for values that it refuses.

    Without own values that is what the other functions give, which are faster.
    """
    from meshctl.charts.chart import chart
    from meshctl.charts.rendering import Release, render

    whole = chart("istiod")
    kept = {
        path: text
        for path, text in whole.templates.items()
        if path.rpartition("/")[2].startswith("_") or path.rpartition("/")[2] in _TEMPLATES
    }
    # The ConfigMaps are wanted even where the installation leaves them out.
    shown = {"global": {"omitSidecarInjectorConfigMap": False, "resourceScope": "all"}, "configMap": True}
    found = render(replace(whole, templates=kept), _over(own, shown), Release("istio", namespace))
    injector = parse(Chunk(found["templates/injector-config.yaml"], 1)).data["data"]
    mesh = parse(Chunk(found["templates/mesh-config.yaml"], 1)).data["data"]
    return Captured(injector["config"], injector["values"], mesh["mesh"])


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    from meshctl.charts.trees import overlaid

    return overlaid(below, above)
