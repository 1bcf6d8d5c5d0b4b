"""Charts within a chart (`charts/` in its folder): which of them are wanted, under which names, with which values.

Source: Helm's documentation of dependencies, subcharts and global values, and the behaviour of Helm 4. Chart.yaml may
name a chart within, give it another name (`alias`) and say when it is wanted: by values (`condition`, of which the
first that is there decides) or else by `tags`. A chart within that Chart.yaml does not name is always wanted.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from meshctl.charts.chart import Chart
from meshctl.charts.errors import InstallationError
from meshctl.charts.trees import Tree, mapping_at, nested, overlaid, value_at


def with_wanted(chart: Chart, values: Mapping[str, Any]) -> Chart:
    """The chart with those charts within that its values ask for; raises `InstallationError` when one is missing."""
    wanted = _wanted(chart, values, "")
    return _with_imports(wanted) if wanted.charts else wanted


def _wanted(chart: Chart, values: Mapping[str, Any], path: str) -> Chart:
    named = _named(chart)
    if not named:
        return chart
    unnamed = [inner for inner in chart.charts if not any(_is(inner, entry) for entry in named)]
    renamed = [(entry, _renamed(inner, entry)) for entry in named for inner in _found(chart, entry)]
    merged = coalesced(replace(chart, charts=(*unnamed, *(inner for _, inner in renamed))), values)
    entries = [entry for entry in named if _enabled(entry, merged, path)]
    within = [*unnamed, *(inner for entry, inner in renamed if entry in entries)]
    charts = tuple(_wanted(inner, merged, f"{path}{inner.name}.") for inner in within)
    dependencies = [
        {**entry, "name": entry.get("alias") or entry["name"], "import-values": _imports(entry), "enabled": True}
        for entry in entries
    ]
    return replace(chart, metadata={**chart.metadata, "dependencies": dependencies}, charts=charts)


def _named(chart: Chart) -> list[Tree]:
    found = chart.metadata.get("dependencies") or []
    if not isinstance(found, list) or not all(isinstance(item, dict) and item.get("name") for item in found):
        raise InstallationError(f"the chart {chart.name} has dependencies without a name")
    return found


def _imports(entry: Mapping[str, Any]) -> list[dict[str, str]]:
    """Where values of a chart within are and where they go to; a plain name is that of one of its `exports`."""
    ways = (
        item if isinstance(item, dict) else {"child": f"exports.{item}", "parent": "."}
        for item in entry.get("import-values") or []
    )
    return [{"child": str(way.get("child")), "parent": str(way.get("parent"))} for way in ways]


def _is(chart: Chart, entry: Mapping[str, Any]) -> bool:
    from meshctl.gotemplate import FunctionError
    from meshctl.gotemplate.functions.sprig.semver import semver_compare

    if chart.name != entry["name"]:
        return False
    try:
        return semver_compare(str(entry.get("version") or "*"), str(chart.metadata.get("version", "")))
    except FunctionError:
        return False


def _found(chart: Chart, entry: Mapping[str, Any]) -> list[Chart]:
    """The chart within that is meant; none when it has another version: then it is there as if it were not named."""
    if all(inner.name != entry["name"] for inner in chart.charts):
        raise InstallationError(
            f"the chart {chart.name} is made of other charts, and {entry['name']} is not in its folder charts",
            hint="helm dependency build fetches it",
        )
    return [inner for inner in chart.charts if _is(inner, entry)][:1]


def _renamed(chart: Chart, entry: Mapping[str, Any]) -> Chart:
    return replace(chart, metadata={**chart.metadata, "name": entry.get("alias") or chart.name})


def _enabled(entry: Mapping[str, Any], values: Mapping[str, Any], path: str) -> bool:
    for condition in str(entry.get("condition") or "").strip().split(","):
        found = value_at(values, f"{path}{condition}")
        if isinstance(found, bool):
            return found
    tags = mapping_at(values, "tags")
    said = [tags[tag] for tag in entry.get("tags") or [] if isinstance(tags.get(tag), bool)]
    return any(said) or not said


def _with_imports(chart: Chart) -> Chart:
    """The chart with the values that it takes from charts within (`import-values`) below its own."""
    chart = replace(chart, charts=tuple(_with_imports(inner) for inner in chart.charts))
    named = _named(chart)
    if not named:
        return chart
    values = coalesced(chart, {})
    imported: Tree = {}
    for entry in named:
        for way in _imports(entry):
            found = value_at(values, f"{entry['name']}.{way['child']}")
            if isinstance(found, dict):
                imported = overlaid(nested([step for step in way["parent"].split(".") if step], found), imported)
    return replace(chart, values=_without_nulls(overlaid(imported, values)))


def _without_nulls(tree: Mapping[str, Any]) -> Tree:
    return {
        key: _without_nulls(value) if isinstance(value, dict) else value
        for key, value in tree.items()
        if value is not None
    }


def coalesced(chart: Chart, values: Mapping[str, Any]) -> Tree:
    """Values over the defaults of a chart: mappings merge key by key, and null takes a default away.

    A default that is null is none. A null without a default stays, but for one at the top over a default of null. Each
    chart within has its values under its name, with the global ones of the chart around it.
    """
    nulls = {key for key, default in chart.values.items() if default is None}
    given = {key: value for key, value in values.items() if value is not None or key not in nulls}
    found = _merged(chart.values, given, kept=frozenset(inner.name for inner in chart.charts))
    for inner in chart.charts:
        own = found.get(inner.name, {})
        if not isinstance(own, dict):
            raise InstallationError(f"{inner.name}, the values of a chart within {chart.name}, must be a mapping")
        found[inner.name] = coalesced(inner, _with_globals(own, found.get("global")))
    return found


def _with_globals(values: Mapping[str, Any], around: Any) -> Mapping[str, Any]:
    """The values of a chart within, with the global ones of the chart around it, which go over its own."""
    own = values.get("global", {})
    if not isinstance(own, dict):
        return values
    return {**values, "global": overlaid(own, copy.deepcopy(around) if isinstance(around, dict) else {})}


def _merged(defaults: Mapping[str, Any], values: Mapping[str, Any], kept: frozenset[str] = frozenset()) -> Tree:
    """`kept` are mappings in which a null stays, for it is to take away a default of a chart within."""
    found = copy.deepcopy(dict(values))
    for key, default in defaults.items():
        if default is None:
            continue
        if key not in found:
            found[key] = _merged(default, {}) if isinstance(default, dict) else copy.deepcopy(default)
        elif found[key] is None:
            del found[key]
        elif isinstance(default, dict) and isinstance(found[key], dict):
            found[key] = overlaid(default, found[key]) if key in kept else _merged(default, found[key])
    return found


def crds(chart: Chart) -> Iterator[tuple[str, str]]:
    """The definitions of kinds of a chart and of those within it, by path."""
    yield from chart.crds.items()
    for inner in chart.charts:
        yield from ((f"charts/{inner.name}/{path}", text) for path, text in crds(inner))
