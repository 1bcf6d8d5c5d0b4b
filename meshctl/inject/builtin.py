"""The configuration that holds without any files: the templates and values of our own chart."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from meshctl.documents import Chunk, parse

_CHART = Path(__file__).parent.parent / "charts" / "istiod"


@cache
def templates() -> dict[str, str]:
    """The injection templates of the chart, by name."""
    return {path.stem: path.read_text() for path in sorted((_CHART / "files" / "injection").glob("*.yaml"))}


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
