"""Values and what they change: the rules of install.md that no profile shows, from tables in `conditions/`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from meshctl.charts.chart import chart
from meshctl.charts.installation import resolve
from meshctl.charts.manifests import manifests
from meshctl.charts.rendering import Release, render
from meshctl.charts.set_flags import parse_path

CONDITIONS = Path(__file__).parent / "conditions"

CHECKS = {
    "name",
    "values",
    "profile",
    "components",
    "chart",
    "there",
    "gone",
    "is",
    "has",
    "lacks",
    "count",
    "mesh",
    "networks",
}


def cases() -> list[Any]:
    found = [
        (path.stem, case) for path in sorted(CONDITIONS.glob("*.yaml")) for case in yaml.safe_load(path.read_text())
    ]
    return [pytest.param(case, id=f"{chart}: {case['name']}") for chart, case in found]


def within(part: Any, whole: Any) -> bool:
    """Whether everything in the part is in the whole: entries of mappings, items of lists, in any order."""
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(key in whole and within(value, whole[key]) for key, value in part.items())
    if isinstance(part, list) and isinstance(whole, list):
        return all(any(item == other for other in whole) for item in part)
    return bool(part == whole)


def field(objects: Mapping[tuple[str, str], Any], place: str) -> Any:
    kind, name, path = place.split(" ")
    found = objects[kind, name]
    for step in parse_path(path):
        found = found[step]
    return found


def by_chart(case: Mapping[str, Any]) -> list[Any]:
    texts = render(chart(case["chart"]), case["values"], Release("istio", "istio-system"))
    return [item for text in texts.values() for item in yaml.safe_load_all(text) if item]


def by_installation(case: Mapping[str, Any], operator: Path) -> list[Any]:
    values = case["values"]
    # Revision and namespace name objects, so they are given as such; what else there is goes to the charts unchecked.
    sets = [f"revision={values['revision']}"] if "revision" in values else []
    if "istioNamespace" in values.get("global", {}):
        sets.append(f"values.global.istioNamespace={values['global']['istioNamespace']}")
    spec = {
        "profile": case.get("profile", "default"),
        "components": case.get("components", {}),
        "unvalidatedValues": values,
    }
    operator.write_text(json.dumps({"kind": "IstioOperator", "spec": spec}))
    return [item.data for item in manifests(resolve([str(operator)], sets)).objects]


@pytest.mark.parametrize("case", cases())
def test_values_have_their_effect(case: dict[str, Any], tmp_path: Path) -> None:
    assert set(case) <= CHECKS
    assert set(case) & (CHECKS - {"name", "values", "profile", "components", "chart"})
    found = by_chart(case) if "chart" in case else by_installation(case, tmp_path / "operator.yaml")
    objects = {(item["kind"], item["metadata"]["name"]): item for item in found}
    names = {f"{kind} {name}" for kind, name in objects}
    assert set(case.get("there", ())) <= names
    assert not set(case.get("gone", ())) & names
    for place, value in case.get("is", {}).items():
        assert field(objects, place) == value, place
    for place, value in case.get("has", {}).items():
        assert within(value, field(objects, place)), (place, field(objects, place))
    for place, value in case.get("lacks", {}).items():
        assert not set(value) & {item["name"] for item in field(objects, place)}
    for place, value in case.get("count", {}).items():
        assert len(field(objects, place)) == value, field(objects, place)
    if "mesh" in case or "networks" in case:
        (data,) = (
            item["data"] for (kind, name), item in objects.items() if kind == "ConfigMap" and "mesh" in item["data"]
        )
        assert within(case.get("mesh", {}), yaml.safe_load(data["mesh"])), data["mesh"]
        assert within(case.get("networks", {}), yaml.safe_load(data["meshNetworks"]))
