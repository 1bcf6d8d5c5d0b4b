"""What data have in common is rendered once, and the output is the one that the plain template gives."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meshctl.gotemplate import SPRIG, FunctionError, RenderError, TemplateSet
from meshctl.gotemplate.specialised import ANY_KEY, Specialised

TEXTS = [
    "{{ .Values.a }} {{ .Name }} {{ .Notes.x }}",
    # Variables: of what is shared, of what is not, of both, and changed on the way.
    "{{ $a := .Values.a }}{{ $b := .Name }}{{ $a }}{{ $b }}{{ $a = .Name }}{{ $a }}",
    "{{ $a := 1 }}{{ if .Name }}{{ $a = 2 }}{{ end }}{{ $b := $a }}{{ if .Values.a }}{{ $b }}{{ end }}",
    '{{ $a := "" }}{{ if eq .Notes.x "1" }}{{ $a = "one" }}{{ end }}{{ .Name }}{{ $a }}',
    "{{ $a := .Name }}{{ if .Values.none }}{{ $a = 1 }}{{ end }}{{ $a }}",
    "{{ $a := .Values.a }}{{ .Name }}{{ $a }}{{ $a = .Notes.x }}{{ .Name }}{{ $a }}{{ $a = .Values.a }}{{ $a }}",
    '{{ $a := "[" }}{{ range .Items }}{{ $a = print $a . }}{{ end }}{{ $a = print $a "]" }}{{ $a }}',
    "{{ $ = .Notes }}{{ $.x }}{{ .Values.a }}",
    # The cursor elsewhere.
    "{{ with .Values }}{{ .a }}{{ $.Name }}{{ end }}{{ with .Notes.x }}{{ . }}{{ else }}{{ .Name }}{{ end }}",
    "{{ range .Values.list }}{{ . }}{{ end }}{{ range $i, $x := .Items }}{{ $i }}{{ else }}{{ .Name }}{{ end }}",
    "{{ range .Values.list }}{{ if eq . 2 }}{{ break }}{{ end }}{{ . }}{{ end }}",
    "{{ printf `%v` . }}",
    "{{ $x := . }}{{ $x.Name }}{{ with $ }}{{ .Notes.x }}{{ end }}",
    # Entries and whole maps.
    "{{ index .Notes `x` }}{{ index .Notes .Name }}{{ .Notes }}{{ index .Values `a` }}{{ (.Values).a }}",
    "{{ index .Notes `x` | default .Name | quote }}{{ .Values.a | default .Name }}",
    # Other templates.
    '{{ define "part" }}{{ . }}{{ end }}{{ template "part" .Values.a }}{{ template "part" . }}',
    # What is changed in place, on a copy or not.
    '{{ $d := dict "a" 1 }}{{ $_ := set $d "b" .Name }}{{ $d }}{{ .Values.a }}',
    '{{ $d := dict "a" 1 }}{{ $e := set (deepCopy $d) "b" .Name }}{{ $d }}{{ $e }}',
    '{{ $_ := set .Values "new" .Name }}{{ .Values.new }}',
    '{{ $d := dict "a" 1 }}{{ $_ := merge (deepCopy $d) (dict "x" .Values.map) (dict "x" .Notes) }}{{ .Values }}',
    # What fails for some data only, and what fails for all.
    '{{ if eq .Name "b" }}{{ fail "no b" }}{{ end }}{{ .Values.a }}{{ if eq .Notes.x "2" }}{{ fail "no 2" }}{{ end }}',
    "{{ .Name }}{{ .Values.a.b.c }}",
]

_DATA = st.fixed_dictionaries(
    {
        "Name": st.sampled_from(["", "a", "b"]),
        "Items": st.lists(st.integers(0, 3), max_size=2),
        "Notes": st.dictionaries(st.sampled_from("xy"), st.sampled_from(["", "1", "2"])),
    }
)


def _values() -> dict[str, Any]:
    return {"a": 5, "list": [1, 2, 3], "map": {"k": "v"}}


def _outcome(render: Any) -> str:
    try:
        return str(render())
    except RenderError as error:
        return f"error: {error}"


@pytest.mark.parametrize("text", TEXTS)
@settings(deadline=None)
@given(data=st.lists(_DATA, min_size=1, max_size=6))
def test_same_as_the_plain_template(text: str, data: list[dict[str, Any]]) -> None:
    templates = TemplateSet()
    templates.add("t", text)
    specialised = Specialised(templates, "t", common={"Values"}, texts={("Notes", ANY_KEY)})
    mine, plain = _values(), _values()
    for one in data:
        expected = _outcome(lambda one=one: templates.render("t", {**one, "Values": plain}))
        assert _outcome(lambda one=one: specialised.render({**one, "Values": mine})) == expected


def test_renders_once_what_data_have_in_common() -> None:
    asked: list[str] = []

    def noted(text: str) -> str:
        asked.append(text)
        return text

    templates = TemplateSet({**SPRIG, "noted": noted})
    templates.add("t", "{{ noted .Values.a }}{{ noted .Name }}{{ index .Notes `x` | noted }}")
    specialised = Specialised(templates, "t", common={"Values"}, texts={("Notes", ANY_KEY)}, repeatable={"noted"})
    for name, note in (("n1", "1"), ("n2", "1"), ("n3", "2"), ("n4", "1")):
        data = {"Values": {"a": "v"}, "Name": name, "Notes": {"x": note, "other": name}}
        assert specialised.render(data) == f"v{name}{note}"
    assert asked == ["v", "n1", "1", "n2", "v", "n3", "2", "n4"]


def test_data_under_different_names_have_nothing_in_common() -> None:
    templates = TemplateSet()
    templates.add("t", "{{ .Values }}")
    specialised = Specialised(templates, "t", common={"Values"})
    assert [specialised.render({"Values": n}, like=n) for n in (1, 2, 1)] == ["1", "2", "1"]


@pytest.mark.parametrize("text", ["{{ counted }}", "{{ .Values.a | counted }}", "{{ print (counted) }}"])
def test_functions_that_may_give_something_else_are_always_called(text: str) -> None:
    calls: list[None] = []

    def counted(*rest: Any) -> str:
        calls.append(None)
        if len(calls) > 3:
            raise FunctionError("often enough")
        return str(len(calls))

    templates = TemplateSet({**SPRIG, "counted": counted})
    templates.add("t", text)
    specialised = Specialised(templates, "t", common={"Values"})
    assert [specialised.render({"Values": {"a": 1}}) for _ in range(3)] == ["1", "2", "3"]
