"""Charts and values to texts, as Helm does it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from meshctl.charts.chart import Chart
from meshctl.charts.errors import InstallationError
from meshctl.charts.subcharts import coalesced, with_wanted
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
        if chart.charts or chart.metadata.get("dependencies"):
            chart = with_wanted(chart, values)
        templates = _compiled(chart)
        if target.lookup:
            templates = templates.with_functions({"lookup": target.lookup})
        merged = coalesced(chart, values)
        check_values(chart, merged)
        parts = _parts(chart, helm.values(merged), _common(release, target))
        found = {}
        for path in _order(_templates(chart)):
            if path.rpartition("/")[2].startswith("_"):
                continue
            folder = max((folder for folder in parts if path.startswith(folder)), key=len)
            data = parts[folder]
            data["Template"] = {"Name": f"{chart.name}/{path}", "BasePath": f"{chart.name}/{folder}templates"}
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


def _common(release: Release, target: Target) -> dict[str, Any]:
    """What the templates of a chart and of those within it share."""
    return {
        "Release": {
            "Name": release.name,
            "Namespace": release.namespace,
            "Service": "Helm",
            "Revision": 1,
            "IsInstall": True,
            "IsUpgrade": False,
        },
        "Capabilities": helm.capabilities(target.version, target.api_versions),
    }


def _parts(
    chart: Chart, values: dict[str, Any], common: Mapping[str, Any], folder: str = ""
) -> dict[str, dict[str, Any]]:
    """What the templates of a chart get, and those of the charts within it, by their folders."""
    found: dict[str, dict[str, Any]] = {}
    subcharts = {}
    for inner in chart.charts:
        below = f"{folder}charts/{inner.name}/"
        found |= _parts(inner, helm.values_within(values, inner.name), common, below)
        subcharts[inner.name] = found[below]
    found[folder] = {
        **common,
        "Values": values,
        "Chart": helm.chart(chart.metadata, root=not folder),
        "Files": helm.files(chart.files),
        "Subcharts": subcharts,
    }
    return found


def _templates(chart: Chart, folder: str = "") -> dict[str, str]:
    """The texts of a chart's templates and of those of the charts within it; a library is there for its definitions."""
    library = chart.metadata.get("type") == "library"
    found = {
        f"{folder}{path}": text
        for path, text in chart.templates.items()
        if not library or path.rpartition("/")[2].startswith("_")
    }
    for inner in chart.charts:
        found |= _templates(inner, f"{folder}charts/{inner.name}/")
    return found


@lru_cache(maxsize=16)
def _compiled(chart: Chart) -> TemplateSet:
    templates = _shared(chart.shared).copy() if chart.shared else TemplateSet(HELM, missing_key=_MISSING_KEY)
    known = set(templates.names())
    texts = _templates(chart)
    for path in _order(texts):
        if _name(chart, path) not in known:
            templates.add(_name(chart, path), texts[path])
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
