"""Renders injection templates into parts of pods."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from meshctl.documents import DocumentError
from meshctl.documents.similar import SimilarTexts
from meshctl.errors import UnreadableError
from meshctl.gotemplate import TemplateError, TemplateSet
from meshctl.gotemplate.errors import RenderError, TemplateSyntaxError
from meshctl.gotemplate.specialised import ANY_KEY, Specialised
from meshctl.inject.functions import LOOKUPS, REPEATABLE, functions
from meshctl.inject.kubernetes_form import WrongTypeError, patch
from meshctl.inject.settings import GATEWAY_TEMPLATES, Settings
from meshctl.inject.template_data import COMMON

_NAME = "inject"
"""The name under which the injector parses each text, whatever its key: errors of templates show it."""

_TEXTS = frozenset({("ObjectMeta", "Annotations", ANY_KEY), ("ProxyImage",), ("ProxyInitImage",)})
"""What is the same for most pods, if not for all."""


class InjectionTemplateError(UnreadableError):
    """A template that is missing, that cannot be read or rendered, or that gives no part of a pod."""


class Renderer:
    """The templates of a configuration, each read when it is first asked for."""

    def __init__(self, settings: Settings) -> None:
        self._texts = settings.config.templates
        self._aliases = settings.config.aliases
        self._default = tuple(settings.config.default_templates)
        self._origin = settings.origin
        self._functions = functions(settings.environment)
        self._read: dict[str, TemplateSet] = {}
        self._specialised: dict[str, Specialised] = {}
        self._outputs = SimilarTexts()

    def chosen(self, wanted: str | None) -> Sequence[str]:
        """The names of the templates that an annotation asks for, or the default ones; raises for unknown names."""
        names = [name.strip() for name in wanted.split(",") if name.strip()] if wanted else []
        found = [target for name in names or self._default for target in self._aliases.get(name, (name,))]
        for name in found:
            if name not in self._texts:
                known = sorted(set(self._texts) - GATEWAY_TEMPLATES | set(self._aliases))
                raise InjectionTemplateError(
                    f"there is no injection template {name!r} in {self._origin}", hint=f"use one of {', '.join(known)}"
                )
        return found

    def check_all(self) -> None:
        """Reads every template, as the control plane does: one that cannot be read disables its whole configuration."""
        for name in self._texts:
            self._template(name)

    def render(self, name: str, data: Any, like: Hashable = None) -> Mapping[str, Any]:
        """The part of a pod that a template gives for the data; empty output is an empty part.

        Data that are `like` each other have the fields in `COMMON` in common.
        """
        template = self._specialised.get(name)
        if template is None:
            template = self._specialised[name] = Specialised(
                self._template(name), _NAME, common=COMMON, texts=_TEXTS, repeatable=REPEATABLE, lookups=LOOKUPS
            )
        try:
            text = template.render(data, like)
        except RenderError as error:
            hint = (
                "it is made for Gateways, not for pods" if name in GATEWAY_TEMPLATES else self._line(name, error.line)
            )
            raise InjectionTemplateError(f"template {name!r} in {self._origin}: {error.message}", hint=hint) from error
        except TemplateError as error:
            raise InjectionTemplateError(f"template {name!r} in {self._origin}: {error.message}") from error
        try:
            found = self._outputs.read(text) if text and not text.isspace() else {}
        except DocumentError as error:
            raise InjectionTemplateError(
                f"template {name!r} in {self._origin} gives no YAML: line {error.line}: {error.message}",
                hint=_excerpt(text, error.line),
            ) from error
        if found is None:
            return {}
        if not isinstance(found, dict):
            raise InjectionTemplateError(f"template {name!r} in {self._origin} gives no part of a pod: no mapping")
        try:
            return patch(found)
        except WrongTypeError as error:
            raise InjectionTemplateError(f"template {name!r} in {self._origin} gives a wrong value: {error}") from error

    def _template(self, name: str) -> TemplateSet:
        found = self._read.get(name)
        if found is None:
            found = TemplateSet(self._functions)
            try:
                found.add(_NAME, self._texts[name])
            except TemplateSyntaxError as error:
                raise InjectionTemplateError(
                    f"template {name!r} in {self._origin} cannot be read: {error.message}",
                    hint=self._line(name, error.line),
                ) from error
            self._read[name] = found
        return found

    def _line(self, name: str, line: int) -> str:
        lines = self._texts[name].splitlines()
        return f"line {line}: {lines[line - 1].strip()[:120]}" if 0 < line <= len(lines) else ""


def _excerpt(text: str, line: int) -> str:
    """The lines around a fault in rendered text."""
    lines = text.splitlines()
    first = max(line - 2, 1)
    shown = [f"{number}: {lines[number - 1][:100]}" for number in range(first, min(line + 1, len(lines)) + 1)]
    return "rendered text, " + " | ".join(shown)
