"""Charts as people write them, rendered by Helm and by us: the same texts, and the same refusals."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import helm_python
import pytest

from meshctl.charts.chart import chart
from meshctl.charts.errors import InstallationError
from meshctl.charts.rendering import Release, render
from meshctl.charts.target import API_VERSIONS, Target

TARGET = Target("v1.36.0", API_VERSIONS)

CHART = "apiVersion: v2\nname: cni\nversion: 1.2.3\n"

FULL = (
    "apiVersion: v2\nname: cni\nversion: 1.2.3\nappVersion: '4.5'\ndescription: d\ntype: application\nhome: http://h\n"
    "icon: i\nkeywords: [a]\nsources: [s]\nmaintainers: [{name: m, email: e}]\nannotations: {a/b: c}\n"
    "deprecated: true\nkubeVersion: '>=1.20.0-0'\nunknown: 1\n"
)

NULLS = "a: null\nb: {c: null, d: {e: null, f: 1}}\nl: [null, {x: null}]\ns: 1\nt: {u: 1}\nglobal: {g: null}\n"

HELPERS = (
    '{{- define "name" -}}{{ .Chart.Name | trunc 63 }}{{- end }}\n'
    '{{- define "labels" -}}\nhelm.sh/chart: {{ include "name" . }}\napp: {{ .Release.Name }}\n{{- end -}}\n'
)

FILES = {
    "files/a.txt": "one\ntwo\n",
    "files/c.yaml": "k: v\n",
    "files/deep/d.txt": "d",
    "conf/x.conf": "a=b\r\nc",
    "crds/crd.yaml": "kind: CustomResourceDefinition\nmetadata: {name: a}\n",
    "README.md": "r",
    "ci/x.yaml": "a: 1",
    "Chart.lock": "dependencies: []\n",
}


def written(template: str, values: str = "", **files: str) -> dict[str, str]:
    return {"templates/a.yaml": template, "values.yaml": values, **files}


VALUES = "a: {{ .Values | toJson }}"

CASES: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "nulls in the defaults": (written(VALUES, NULLS), {}),
    "nulls over nulls": (written(VALUES, NULLS), {"a": None, "b": {"c": None, "d": {"f": None}, "z": None}}),
    "nulls over mappings": (written(VALUES, NULLS), {"b": None, "t": {"u": None, "v": None}, "new": {"k": None}}),
    "mappings over texts": (written(VALUES, NULLS), {"s": {"x": None}, "t": {"u": {"y": 1}}, "l": {"q": 1}}),
    "several documents of defaults": (written(VALUES, "a: {b: 1, c: 2}\n---\n# none\n---\na: {b: 3, c: null}\n"), {}),
    "anchors": (written(VALUES, "x: &a {b: 1, c: {d: 2}}\ny: {<<: *a, b: 3}\nz: *a\n"), {"x": {"b": 9}}),
    "old spellings": (written(VALUES, "a: 0o17\nb: 017\nc: 0x1F\nd: yes\ne: 1_000\nf: 1e3\ng: 2024-01-02\n1: x\n"), {}),
    "no defaults": ({"templates/a.yaml": VALUES}, {"a": 1}),
    "the type of values": (written("{{ typeOf .Values }} {{ kindOf .Values }} {{ typeOf .Values.t }}", NULLS), {}),
    "values as a map": (written('{{ dig "t" "u" 5 .Values.AsMap }} {{ .Values.AsMap | len }}', NULLS), {}),
    "values as text": (written("{{ .Values.YAML }}", NULLS), {}),
    "a table of values": (written('{{ (.Values.Table "b.d").f }} {{ .Values.PathValue "t.u" }}', NULLS), {}),
    "a table that is none": (written('{{ .Values.Table "s" }}', NULLS), {}),
    "a value that is a table": (written('{{ .Values.PathValue "t" }}', NULLS), {}),
    "digging in values": (written('{{ dig "t" "u" 5 .Values }}', NULLS), {}),
    "values that are set": (
        written('{{ $_ := set .Values "n" 1 }}{{ .Values.n }} {{ hasKey .Values "n" }}', NULLS),
        {},
    ),
    "values put together": (
        written(
            '{{ merge (dict "s" 2) .Values | toJson }}{{ omit .Values "l" | toJson }}{{ deepCopy .Values }}', NULLS
        ),
        {},
    ),
    "other values for all": (
        {"templates/z.yaml": '{{ $_ := set . "Values" (dict "q" 1) }}', "templates/a.yaml": VALUES},
        {},
    ),
    "metadata": (written("{{ .Chart | toJson }} {{ .Chart }}", **{"Chart.yaml": FULL}), {}),
    "metadata of little": (written("{{ toYaml .Chart }}\n{{ .Chart.Annotations }} {{ .Chart.Keywords }}"), {}),
    "maintainers": (
        written("{{ range .Chart.Maintainers }}{{ .Name }} {{ .Email }} {{ .URL }}{{ end }}", **{"Chart.yaml": FULL}),
        {},
    ),
    "a chart for other charts": (written("a: 1", **{"Chart.yaml": CHART + "type: library\n"}), {}),
    "helpers": (
        written(
            'a: {{ include "name" . }}\nl:\n  {{- include "labels" . | nindent 2 }}', **{"templates/_h.tpl": HELPERS}
        ),
        {},
    ),
    "a template of another file": (
        {
            "templates/a.yaml": 'a: {{ include (print $.Template.BasePath "/b.yaml") . | sha256sum }}',
            "templates/b.yaml": "b: {{ .Values.q }}",
        },
        {"q": 1},
    ),
    "definitions that win": (
        {
            "templates/a.yaml": '{{ define "x" }}A{{ end }}a: {{ include "x" . }}',
            "templates/b.yaml": '{{ define "x" }}B{{ end }}b: {{ include "x" . }}',
            "templates/sub/c.yaml": '{{ define "x" }}C{{ end }}c: {{ include "x" . }}',
            "templates/_z.tpl": '{{ define "x" }}Z{{ end }}',
        },
        {},
    ),
    "a text with definitions": (
        written('{{ tpl "{{ define \\"n\\" }}N{{ . }}{{ end }}{{ include \\"n\\" 1 }}" . }}'),
        {},
    ),
    "a definition of a text ends with it": (
        written(
            '{{ define "n" }}old{{ end }}{{ tpl "{{ define \\"n\\" }}new{{ end }}{{ include \\"n\\" 1 }}" . }}'
            '{{ include "n" 2 }}'
        ),
        {},
    ),
    "a text of a text": (written("{{ tpl (tpl .Values.t .) . }}", "t: '{{ `{{ .Release.Name }}` }}'\n"), {}),
    "a text with other data": (
        written('{{ tpl "{{ .x }}{{ .Template.Name }}" (dict "x" 1 "Template" .Template) }}'),
        {},
    ),
    "a text with values": (
        written("{{ range .Values.l }}{{ tpl . $ }}{{ end }}", "l: ['{{ len .Values.l }}', x]\n"),
        {},
    ),
    "notes and tests": (written("a: 1", **{"templates/NOTES.txt": "hi", "templates/tests/t.yaml": "t: 1"}), {}),
    "parts are no manifests": (written("a: 1", **{"templates/_e.yaml": "no", "templates/sub/_g.yml": "no"}), {}),
    "old API versions": (
        written(
            '{{ range list "policy/v1beta1" "extensions/v1beta1" "policy/v1" "apps/v1/Deployment" "x.io/v1" }}'
            "{{ $.Capabilities.APIVersions.Has . }} {{ end }}"
        ),
        {},
    ),
    "a version that is wanted": (
        written('{{ semverCompare ">=1.21-0" .Capabilities.KubeVersion.Version }} {{ .Capabilities.KubeVersion }}'),
        {},
    ),
    "large numbers": (
        written("{{ .Values.a }} {{ .Values.a | int64 }} {{ toToml .Values }}", "a: 1000000\nb: 0.00001\nc: 123.5\n"),
        {},
    ),
    "a lookup": (
        written('{{ (lookup "v1" "Secret" "n" "x").data }}{{ range (lookup "v1" "Secret" "n" "").items }}x{{ end }}'),
        {},
    ),
    "a schema": (
        written("a: 1", "a: x", **{"values.schema.json": '{"properties": {"a": {"type": "integer"}}}'}),
        {},
    ),
    "a schema and a value that null takes away": (
        written("a: 1", "a: 5", **{"values.schema.json": '{"required": ["a"]}'}),
        {"a": None},
    ),
    **{
        f"files: {expression}": (written("x: {{ " + expression + " }}", **FILES), {})
        for expression in (
            '.Files.Get "files/a.txt"',
            "range $path, $_ := .Files }}{{ $path }};{{ end",
            '.Files.Glob "files/*.txt" | toYaml',
            '(.Files.Glob "files/**").AsConfig | nindent 2',
            '(.Files.Glob "files/{a,c}.*").AsSecrets',
            '(.Files.Glob "none/*").AsConfig',
            'range .Files.Lines "conf/x.conf" }}{{ . | quote }}{{ end',
            '.Files.Get "files/c.yaml" | fromYaml | toJson',
            '.Files.Get "Chart.lock"',
            '.Files.Get "values.yaml"',
            '.Files.Get "../x"',
            'if .Files.Get "none" }}y{{ else }}n{{ end',
        )
    },
}


def by_helm(folder: Path, values: dict[str, Any]) -> dict[str, str] | None:
    try:
        found = helm_python.Chart.load(str(folder)).render(values, name="rel", namespace="ns")
    except helm_python.HelmError:
        return None
    return {path.partition("/")[2]: text.strip() for path, text in found.items() if text.strip()}


def by_us(folder: Path, values: dict[str, Any]) -> dict[str, str] | None:
    try:
        found = render(chart("cni", str(folder)), values, Release("rel", "ns"), TARGET)
    except InstallationError:
        return None
    return {path: text.strip() for path, text in found.items() if text.strip()}


@pytest.mark.parametrize("name", CASES)
def test_helm_gives_the_same(name: str, tmp_path: Path) -> None:
    files, values = CASES[name]
    (tmp_path / "profiles").mkdir()
    folder = tmp_path / "charts/cni"
    for path, text in {"Chart.yaml": CHART, **files}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, newline="")
    assert by_us(tmp_path, values) == by_helm(folder, values)
