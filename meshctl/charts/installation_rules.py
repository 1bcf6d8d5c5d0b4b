"""What must hold for an IstioOperator besides its schema, for the charts to make something of it that works."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from meshctl.charts.chart import chart_profiles
from meshctl.charts.components import COMPONENTS
from meshctl.charts.trees import Tree, mapping_at, value_at
from meshctl.gotemplate import TemplateSyntaxError
from meshctl.gotemplate.parse import parse
from meshctl.model.resource import FieldPath, format_path

Place = Callable[[FieldPath], str]
"""Tells where the user wrote the field at a path."""

_NAMESPACE = re.compile(r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?")

_PROFILES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("", ("spec.values.profile", "spec.values.global.profile")),
    ("platform-", ("spec.values.platform", "spec.values.global.platform")),
    ("compatibility-version-", ("spec.compatibilityVersion", "spec.values.compatibilityVersion")),
)
"""Values that name a file of our charts, `profile-<prefix><value>.yaml`; the first one that is wrong is told."""

_TEMPLATES = "spec.values.sidecarInjectorWebhook.templates"


class _AnyName:
    """The functions of the injector are not known here: every name may be one."""

    def __contains__(self, name: object) -> bool:
        return True


def broken_rules(operator: Tree, place: Place, *, package: bool) -> Iterator[str]:
    """Problems, each with its place; `package` says that the charts are somebody else's, with profiles of their own."""
    if not package:
        yield from _profiles(operator, place)
    yield from _namespaces(operator, place)
    for name, text in mapping_at(operator, _TEMPLATES).items():
        path = (*_TEMPLATES.split("."), name)
        yield from _template(text, place(path), format_path(path))
    ztunnel = value_at(operator, "spec.values.ztunnel")
    if ztunnel is not None and not isinstance(ztunnel, dict):
        yield f"{place(('spec', 'values', 'ztunnel'))}: spec.values.ztunnel must be a mapping"


def _profiles(operator: Tree, place: Place) -> Iterator[str]:
    for prefix, paths in _PROFILES:
        known = chart_profiles(prefix)
        for path in paths:
            value = value_at(operator, path)
            if isinstance(value, str) and value and value not in known:
                where = place(tuple(path.split(".")))
                yield f"{where}: {path} {value[:100]!r} does not exist (use one of {', '.join(known)})"
                break


def _namespaces(operator: Tree, place: Place) -> Iterator[str]:
    paths: list[FieldPath] = [("spec", "values", "global", "istioNamespace")]
    for kind in COMPONENTS:
        found = value_at(operator, f"spec.components.{kind.name}")
        holders = range(len(found)) if kind.many and isinstance(found, list) else ()
        paths += [("spec", "components", kind.name, index, "namespace") for index in holders]
        paths.append(("spec", "components", kind.name, "namespace"))
    for path in paths:
        value = _at(operator, path)
        if isinstance(value, str) and value and not _NAMESPACE.fullmatch(value):
            yield (
                f"{place(path)}: {format_path(path)} {value[:100]!r} is no name of a namespace "
                "(use small letters, digits and -, at most 63 of them)"
            )


def _template(text: Any, where: str, path: str) -> Iterator[str]:
    """One template that cannot be read keeps istiod from injecting at all."""
    if not isinstance(text, str):
        return
    try:
        parse("template", text, _AnyName())
    except TemplateSyntaxError as error:
        yield f"{where}: {path} is no template: {error.problem} in its line {error.line}"


def _at(tree: Any, path: FieldPath) -> Any:
    for step in path:
        if isinstance(tree, dict) and isinstance(step, str):
            tree = tree.get(step)
        elif isinstance(tree, list) and isinstance(step, int):
            tree = tree[step]
        else:
            return None
    return tree
