"""Cases rendered by Go and by `meshctl.gotemplate`, and what has to be the same."""

from __future__ import annotations

import re
from typing import Any

from meshctl.gotemplate import SPRIG, TemplateError, TemplateSet
from meshctl.gotemplate.functions.helm import must_from_yaml, must_to_yaml_document
from tests.gotemplate.oracle import Case, Result
from tests.gotemplate.typed_data import value

FUNCTIONS: dict[str, dict[str, Any]] = {
    "sprig": {**SPRIG, "toYaml": must_to_yaml_document, "fromYaml": must_from_yaml},
    "none": {},
}


def rendered(case: Case) -> tuple[str, str]:
    """Our output and error of a case."""
    try:
        templates = TemplateSet(FUNCTIONS[case.functions], missing_key=case.missingKey or "default")
        templates.add(case.name, case.text)
        for name, text in case.more.items():
            templates.add(name, text)
        return templates.render(case.name, value(case.data, case.type)), ""
    except TemplateError as error:
        return "", error.message


def comparable(error: str) -> str:
    """An error without what a function says about its arguments, which each says in its own words."""
    return re.sub(r"(: error calling \w+: ).*", r"\1", error, flags=re.DOTALL)


def ours(case: Case) -> tuple[str, str]:
    """Our result in comparable form."""
    output, error = rendered(case)
    return output, comparable(error)


def theirs(result: Result) -> tuple[str, str]:
    """Go's result in comparable form: what was written before an error does not count."""
    output = "" if result.error else result.output.decode("utf-8", "replace")
    return output, comparable(result.error)
