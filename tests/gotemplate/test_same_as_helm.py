"""The same manifests as Helm: functions and data that only charts have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import helm_python
import pytest
import yaml

from meshctl.gotemplate import HELM, Template, TemplateError, TemplateSet
from meshctl.gotemplate.helm_data import capabilities, files, values

HERE = Path(__file__).parent / "chart"
"""A chart; each of its templates is a case of its own."""

KUBE_VERSION = "v1.36.0"
"""The version that the Helm of these tests takes its cluster to be of."""


def _ours(merged: Any) -> dict[str, str]:
    templates = TemplateSet(HELM, missing_key="zero")
    texts = {f"cases/templates/{path.name}": path.read_text() for path in sorted((HERE / "templates").iterdir())}
    for name, text in texts.items():
        templates.add(name, text)
    other = {
        path.relative_to(HERE).as_posix(): path.read_bytes()
        for path in HERE.rglob("*")
        if path.is_file() and path.parent.name != "templates" and path.name not in ("Chart.yaml", "values.yaml")
    }
    data = {
        "Values": values(merged),
        "Release": {"Name": "demo", "Namespace": "prod", "Service": "Helm", "IsInstall": True, "IsUpgrade": False},
        "Chart": yaml.safe_load((HERE / "Chart.yaml").read_text()),
        "Capabilities": capabilities(KUBE_VERSION, ["v1", "apps/v1"]),
        "Files": files(other),
        "Subcharts": {},
    }
    data["Chart"] = {"Name": data["Chart"]["name"], "Version": data["Chart"]["version"]}
    return {
        name: templates.render(name, {**data, "Template": {"Name": name, "BasePath": "cases/templates"}}).replace(
            "<no value>", ""
        )
        for name in texts
        if not name.endswith(".tpl")
    }


def test_manifests() -> None:
    with helm_python.Chart.load(HERE) as chart:
        theirs = chart.render({}, name="demo", namespace="prod")
        merged = chart.merge_values({})
    assert _ours(merged) == {name: text for name, text in theirs.items() if not name.endswith(".tpl")}


@pytest.mark.parametrize(
    "text",
    [
        '{{ required "a name" .nope }}',
        '{{ include "nope" . }}',
        '{{ tpl "{{ nope }}" . }}',
        '{{ fail "no" }}',
        "{{ env }}",
    ],
)
def test_failures(text: str) -> None:
    with pytest.raises(TemplateError, match=r"^template: t:1"):
        Template(text, name="t", functions=HELM).render({})
