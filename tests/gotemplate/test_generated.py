"""The same output and errors as Go's own templates, for templates and data that hypothesis makes up."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.gotemplate.compared import ours, theirs
from tests.gotemplate.oracle import Case, render

DATA: Any = yaml.safe_load((Path(__file__).parent / "data.yaml").read_text())
del DATA["p"]  # Go prints the address of a pointer

BATCH = 25
"""Templates per call of Go's program: starting it takes longer than rendering."""

_names = st.sampled_from([*DATA, "nope"])
_literals = st.sampled_from(
    ["1", "-2", "0x1F", "1.5", "1e3", '"text"', '"a\\nb"', "`raw`", "true", "false", "'x'", "1i", '""']
)
_fields = st.one_of(
    st.builds(".{}".format, _names),
    st.builds(".{}.{}".format, _names, _names),
    st.builds("$.{}".format, _names),
    st.sampled_from([".", "$", "$x", "$y", "nil", ".a.b.c"]),
)
_functions = st.sampled_from(
    "not eq ne lt le gt ge index len print printf quote default list dict upper trunc add toJson toYaml "
    "join first last has hasKey empty coalesce kindOf typeOf slice trim splitList until ternary cat indent html".split()
)


def _calls(arguments: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds(lambda name, args: " ".join([name, *args]), _functions, st.lists(arguments, max_size=3)),
        st.builds("{} | {}".format, arguments, _functions),
        st.builds("{} | {} {}".format, arguments, _functions, arguments),
    )


_expressions = st.recursive(
    st.one_of(_literals, _fields),
    lambda inner: st.one_of(st.builds("({})".format, inner), st.builds("({})".format, _calls(inner)), inner),
    max_leaves=5,
)
_pipelines = st.one_of(_expressions, _calls(_expressions))
_left, _right = st.sampled_from(["{{ ", "{{- "]), st.sampled_from([" }}", " -}}"])
_texts = st.sampled_from(["", " ", "a", "\n", " b \n", "}}"])
_actions = st.builds("{}{}{}".format, _left, _pipelines, _right)


def _blocks(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    headers = st.sampled_from(["if {}", "with {}", "range {}", "range $x, $y = {}", "range $y := {}", "with $x := {}"])
    return st.builds(
        lambda header, value, body, otherwise: (
            f"{{{{ {header.format(value)} }}}}{body}{{{{ else }}}}{otherwise}{{{{ end }}}}"
        ),
        headers,
        _expressions,
        inner,
        inner,
    )


_pieces = st.recursive(
    st.one_of(
        _texts, _actions, st.sampled_from(["{{ $x = .s }}", "{{ $y := 2 }}", "{{ break }}", '{{ template "d" . }}'])
    ),
    lambda inner: st.one_of(_blocks(inner), st.builds("{}{}".format, inner, inner)),
    max_leaves=6,
)
_start = '{{ define "d" }}<{{ .a }}>{{ end }}{{ $x := 1 }}{{ $y := .l }}'
_templates = _pieces.map(_start.__add__)
_broken = st.text(alphabet="{}- \n\t.$|()\"'`/*=:,axif1end", max_size=30).map("{{ ".__add__)


def _without_types(result: tuple[str, str]) -> tuple[str, str]:
    """Without the type of a value that has no such field: Go names that of the variable, which may take anything."""
    return result[0], re.sub(r"(can't evaluate field \w+ in type|nil pointer evaluating) .*", r"\1", result[1])


def _compare(texts: list[str]) -> None:
    cases = [Case(text, DATA, name="generated") for text in texts]
    for case, result in zip(cases, render(cases), strict=True):
        assert _without_types(ours(case)) == _without_types(theirs(result)), case.text


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(_templates, min_size=BATCH, max_size=BATCH))
def test_templates(texts: list[str]) -> None:
    _compare(texts)


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(_broken, min_size=BATCH, max_size=BATCH))
def test_broken_templates(texts: list[str]) -> None:
    _compare(texts)
