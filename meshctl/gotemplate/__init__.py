"""Go's text/template, with the functions of sprig and Helm.

    template = Template("{{ .name | quote }}")
    template.render({"name": "reviews"})

Templates are read once and rendered often. Data are plain Python values where Go's types do not matter, and typed ones
(`values.py`) where they do. Errors name template, line, column and expression in Go's own form.
"""

from meshctl.gotemplate.errors import FunctionError, RenderError, TemplateError, TemplateSyntaxError
from meshctl.gotemplate.function import FunctionMap, Raw
from meshctl.gotemplate.functions.helm import HELM
from meshctl.gotemplate.functions.sprig import SPRIG
from meshctl.gotemplate.template import Template, TemplateSet
from meshctl.gotemplate.values import MISSING

__all__ = [
    "HELM",
    "MISSING",
    "SPRIG",
    "FunctionError",
    "FunctionMap",
    "Raw",
    "RenderError",
    "Template",
    "TemplateError",
    "TemplateSet",
    "TemplateSyntaxError",
]
