"""Charts made of other charts, rendered by Helm and by us: which are there, under which names, with which values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.charts.test_charts_of_others import by_helm, by_us

SHOWN = (
    "{{ .Values | toJson }} {{ .Chart | toJson }} {{ .Template | toJson }} {{ .Release.Name }}\n"
    '{{ keys .Subcharts | sortAlpha }} {{ include "who" . }} {{ .Files.Get "own.txt" }} '
    "{{ .Capabilities.KubeVersion.Major }}"
)

VALUES = "v: 0\nm: {k: 0, o: 8}\nglobal: {g: 0, own: 1, t: {z: 1}}\nexports: {data: {out: {a: 1}, v: 7}}\n"

TOP = (
    "apiVersion: v2\nname: cni\nversion: 1.0.0\ndependencies:\n"
    "- {name: a, version: 1.x, condition: 'nosuch.x,a.enabled', tags: [one]}\n"
    "- {name: b, version: '>=0.1', alias: bee, tags: [one, two], import-values: [data, {child: m, parent: from.b}]}\n"
    "- {name: b, version: '>=0.1', condition: 'bee.v', import-values: [nosuch]}\n"
    "- {name: lib, version: '*'}\n"
)


def chart_files(name: str, folder: str, values: str = VALUES) -> dict[str, str]:
    return {
        f"{folder}Chart.yaml": f"apiVersion: v2\nname: {name}\nversion: 1.2.3\n",
        f"{folder}values.yaml": values,
        f"{folder}templates/a.yaml": SHOWN,
        f"{folder}templates/_who.tpl": '{{ define "who" }}NAME{{ end }}{{ define "NAME" }}1{{ end }}'.replace(
            "NAME", name
        ),
        f"{folder}own.txt": f"of {name}",
    }


FILES = {
    **chart_files("cni", "", "x: 1\na: {v: 5, m: {k: 1}}\nbee: {w: 1, m: {n: 2}}\nglobal: {g: 1, t: {u: 1}}\n"),
    "Chart.yaml": TOP,
    "templates/sub/templates/b.yaml": '{{ include "deep" . }}{{ include "lib" . }} {{ .Template.BasePath }}',
    **chart_files("a", "charts/a/"),
    **chart_files("deep", "charts/a/charts/deep/", "deepest: true\n"),
    **chart_files("b", "charts/b/"),
    **chart_files("c", "charts/c/"),  # is there although Chart.yaml does not name it
    **chart_files("lib", "charts/lib/"),
    "charts/lib/Chart.yaml": "apiVersion: v2\nname: lib\nversion: 0.1.0\ntype: library\n",
    **chart_files("no", "charts/_no/"),
}

CASES: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "nothing said": ({}, {}),
    "a condition": ({}, {"a": {"enabled": False}}),
    "a condition that is no truth value": ({}, {"a": {"enabled": "no"}, "bee": {"v": 1}}),
    "conditions go over tags": ({}, {"a": {"enabled": True}, "tags": {"one": False}, "bee": {"v": False}}),
    "tags": ({}, {"tags": {"one": False}}),
    "one tag of two": ({}, {"tags": {"one": False, "two": True}}),
    "values of the parent": ({}, {"a": {"v": 9, "deep": {"deepest": {"of": "all"}}}, "c": {"new": [1]}}),
    "global values": ({}, {"global": {"g": 2, "own": 3, "t": {"z": 9}}, "a": {"global": {"g": 8, "mine": 1}}}),
    "nulls": ({}, {"a": {"v": None, "m": {"k": None, "o": None}, "global": None}, "bee": {"m": None}, "from": None}),
    "nothing of its own": ({"values.yaml": ""}, {}),
    "no dependencies": ({"Chart.yaml": "apiVersion: v2\nname: cni\nversion: 1.0.0\n"}, {"a": {"m": None}}),
    "a text for a chart": ({}, {"c": "text"}),
    "another version": ({"charts/a/Chart.yaml": "apiVersion: v2\nname: a\nversion: 2.0.0\n"}, {}),
    "a schema": ({"charts/c/values.schema.json": '{"properties": {"v": {"type": "string"}}}'}, {}),
    "a schema that fits": ({"charts/c/values.schema.json": '{"required": ["v"]}'}, {"c": {"v": ""}}),
    "the first form": (
        {"Chart.yaml": "apiVersion: v1\nname: cni\nversion: 1.0.0\n", "requirements.yaml": TOP[TOP.index("dep") :]},
        {"tags": {"one": False}},
    ),
    "values of subcharts in templates": (
        {"templates/a.yaml": "{{ range $name, $it := .Subcharts }}{{ $name }} {{ $it.Values | toJson }}{{ end }}"},
        {"c": {"v": 3}},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_helm_gives_the_same(name: str, tmp_path: Path) -> None:
    files, values = CASES[name]
    (tmp_path / "profiles").mkdir()
    folder = tmp_path / "charts/cni"
    for path, text in {**FILES, **files}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, newline="")
    assert by_us(tmp_path, values) == by_helm(folder, values)
