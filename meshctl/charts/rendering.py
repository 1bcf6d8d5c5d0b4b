"""Charts and values to texts, as Helm does it."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from meshctl.charts.chart import Chart
from meshctl.charts.errors import InstallationError
from meshctl.charts.target import OFFLINE, Target
from meshctl.charts.values_schema import check_values
from meshctl.gotemplate import HELM, TemplateError, TemplateSet
from meshctl.gotemplate import helm_data as helm

_PLACE = re.compile(r"template: ([^ ]+:\d+):\d+: executing")
"""The file and line in each part of a template's message; the last one is the innermost."""

_SHARED = "shared"
"""What takes the place of the chart's name in the names of templates that charts share."""

_MISSING_KEY = "zero"
"""A value that is not there is nil, and looking into it is an error, as in Helm."""


@dataclass(frozen=True, slots=True)
class Release:
    """The name under which a chart is installed, and the namespace."""

    name: str
    namespace: str


def render(chart: Chart, values: Mapping[str, Any], release: Release, target: Target = OFFLINE) -> dict[str, str]:
    """The output of each template of the chart, by its path; `values` go over those of the chart.

    Raises `InstallationError` with the message of the template that fails.
    """
    try:
        templates = _compiled(chart)
        if target.lookup:
            templates = templates.with_functions({"lookup": target.lookup})
        merged = coalesced(chart.values, values)
        check_values(chart, merged)
        data: dict[str, Any] = {
            "Values": helm.values(merged),
            "Chart": helm.chart(chart.metadata),
            "Release": {
                "Name": release.name,
                "Namespace": release.namespace,
                "Service": "Helm",
                "Revision": 1,
                "IsInstall": True,
                "IsUpgrade": False,
            },
            "Files": helm.files(chart.files),
            "Capabilities": helm.capabilities(target.version, target.api_versions),
            "Subcharts": {},
        }
        found = {}
        library = chart.metadata.get("type") == "library"  # such a chart is for others to use
        for path in () if library else _order(chart.templates):
            if path.rpartition("/")[2].startswith("_"):
                continue
            data["Template"] = {"Name": f"{chart.name}/{path}", "BasePath": f"{chart.name}/templates"}
            found[path] = templates.render(_name(chart, path), data).replace("<no value>", "")
        return found
    except TemplateError as error:
        raise _failure(chart, str(error)) from error


def _failure(chart: Chart, problem: str) -> InstallationError:
    """What to tell of a template that failed: what it says itself, when it refuses the values, and where."""
    for function in ("fail", "required"):
        _, found, reason = problem.rpartition(f"error calling {function}: ")
        if found:
            places = _PLACE.findall(problem)
            where = f" ({places[-1]})" if places else ""
            return InstallationError(f"the chart {chart.name} refuses these values: {reason}{where}")
    return InstallationError(f"the chart {chart.name} cannot be rendered: {problem}")


def coalesced(defaults: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Values over the defaults of a chart: mappings merge key by key, and null takes a default away.

    A default that is null is none. A null without a default stays, but for one at the top over a default of null.
    """
    nulls = {key for key, default in defaults.items() if default is None}
    return _merged(defaults, {key: value for key, value in values.items() if value is not None or key not in nulls})


def _merged(defaults: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    found = copy.deepcopy(dict(values))
    for key, default in defaults.items():
        if default is None:
            continue
        if key not in found:
            found[key] = _merged(default, {}) if isinstance(default, dict) else copy.deepcopy(default)
        elif found[key] is None:
            del found[key]
        elif isinstance(default, dict) and isinstance(found[key], dict):
            found[key] = _merged(default, found[key])
    return found


@lru_cache(maxsize=16)
def _compiled(chart: Chart) -> TemplateSet:
    templates = _shared(chart.shared).copy() if chart.shared else TemplateSet(HELM, missing_key=_MISSING_KEY)
    known = set(templates.names())
    for path in _order(chart.templates):
        if _name(chart, path) not in known:
            templates.add(_name(chart, path), chart.templates[path])
    return templates


@lru_cache(maxsize=4)
def _shared(folders: tuple[Path, ...]) -> TemplateSet:
    """The templates that charts have in common, read once for all of them."""
    *before, last = folders
    templates = _shared(tuple(before)).copy() if before else TemplateSet(HELM, missing_key=_MISSING_KEY)
    texts = {path.relative_to(last).as_posix(): path.read_text(encoding="utf-8") for path in last.glob("templates/*")}
    for path in _order(texts):
        templates.add(f"{_SHARED}/{path}", texts[path])
    return templates


def _name(chart: Chart, path: str) -> str:
    """The name of a template: as Helm has it, but for those that charts share."""
    shared = any((folder / path).is_file() for folder in chart.shared)
    return f"{_SHARED if shared else chart.name}/{path}"


def _order(paths: Iterable[str]) -> list[str]:
    """The templates in the order in which Helm reads and renders them: the deepest first, each depth from z to a."""
    return sorted(paths, key=lambda path: (path.count("/"), path), reverse=True)
