"""Templates that want more than a rendering may take fail with an error, not with a crash."""

from __future__ import annotations

import pytest

from meshctl.gotemplate import HELM, Template, TemplateError

ENDLESS = {
    "itself": '{{ define "a" }}{{ template "a" }}{{ end }}{{ template "a" }}',
    "include": '{{ define "a" }}{{ include "a" . }}{{ end }}{{ include "a" . }}',
    "tpl": '{{ define "a" }}{{ tpl "{{ include \\"a\\" . }}" . }}{{ end }}{{ include "a" . }}',
    "loops": "{{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}",
    "range": "{{ range 1000000000000 }}{{ end }}",
    "repeat": '{{ repeat 1000000000000 "x" }}',
    "until": "{{ until 1000000000000 }}",
    "doubling": '{{ $x := "x" }}{{ range until 100 }}{{ $x = print $x $x }}{{ end }}',
    "doubling lists": "{{ $x := list 1 }}{{ range until 100 }}{{ $x = concat $x $x }}{{ end }}",
    "nested lists": "{{ $x := list 1 }}{{ range until 100 }}{{ $x = list $x $x }}{{ end }}{{ $x }}",
    "nested JSON": "{{ $x := list 1 }}{{ range until 100 }}{{ $x = list $x $x }}{{ end }}{{ toJson $x | len }}",
    "nested YAML": "{{ $x := list 1 }}{{ range until 100 }}{{ $x = list $x $x }}{{ end }}{{ toYaml $x | len }}",
    "circle": '{{ $x := dict }}{{ $y := set $x "x" $x }}{{ $x }}',
    "parentheses": "{{ " + "(" * 10000 + "1" + ")" * 10000 + " }}",
    "blocks": "{{ if 1 }}" * 10000 + "{{ end }}" * 10000,
}


@pytest.mark.parametrize("text", ENDLESS.values(), ids=ENDLESS)
def test_endless_templates_end(text: str) -> None:
    with pytest.raises(TemplateError):
        Template(text, functions=HELM).render({})
