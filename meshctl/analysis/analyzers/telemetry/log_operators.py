"""Operators in formats of access logs that Envoy does not know."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import UNKNOWN_LOG_OPERATOR, Message
from meshctl.model.kinds.envoy_filter import ENVOY_FILTER
from meshctl.model.kinds.virtual_service import VIRTUAL_SERVICE
from meshctl.model.log_format import OPERATORS, Fault, faults
from meshctl.model.mesh_settings import SETTINGS_KINDS, MeshSettings, all_settings
from meshctl.model.resource import Field
from meshctl.model.snapshot import Snapshot

_LOGGERS = ("envoyFileAccessLog", "envoyOtelAls")
_FORMATS = {"text_format", "textFormat", "json_format", "jsonFormat", "text_format_source", "textFormatSource"}
"""Fields of Envoy that hold formats, in an EnvoyFilter."""


@analyzer(
    "telemetry.LogOperatorAnalyzer",
    inputs={ENVOY_FILTER, VIRTUAL_SERVICE, *SETTINGS_KINDS},
    emits={UNKNOWN_LOG_OPERATOR},
)
def log_operators(mesh: Snapshot) -> Iterator[Message]:
    """Checks the operators in formats of access logs and in values of headers."""
    for settings in all_settings(mesh):
        for text in _log_formats(settings):
            yield from _check(text)
    for envoy_filter in mesh[ENVOY_FILTER]:
        for config_patch in envoy_filter.spec["configPatches"]:
            for text in _patch_formats(config_patch["patch"]["value"]):
                yield from _check(text)
    for virtual_service in mesh[VIRTUAL_SERVICE]:
        for rule in virtual_service.spec["http"]:
            for holder in (rule, *rule["route"]):
                if holder["headers"]:
                    for text in _header_values(holder["headers"]):
                        # The validator looks at the form; only names remain.
                        yield from _check(text, names_only=True)


def _check(text: Field, *, names_only: bool = False) -> Iterator[Message]:
    if "%" not in text.text:
        return
    for fault in faults(text.text):
        if not names_only or (fault.name and fault.name not in OPERATORS):
            yield UNKNOWN_LOG_OPERATOR.at(text, problem=fault.problem, hint=_hint(fault))


def _hint(fault: Fault) -> str:
    from meshctl.schema.suggestions import closest

    if fault.name in OPERATORS:
        return f"write %{fault.name}(…)%" if OPERATORS[fault.name] == "required" else f"write %{fault.name}%"
    if fault.text.startswith(("%Y", "%H", "%F", "%T", "%d", "%m")):
        return f"a time is written %START_TIME({fault.text})%"
    meant = closest(fault.name.upper(), OPERATORS) if fault.name else ""
    return f"did you mean %{meant}%?" if meant else "a percent sign alone is written %%"


def _texts(start: Iterable[Field]) -> Iterator[Field]:
    """All texts below these fields, in their order."""
    waiting = list(start)[::-1]
    while waiting:
        field = waiting.pop()
        if field.text:
            yield field
        else:
            waiting += [*(item for _, item in field.items()), *field][::-1]


def _log_formats(settings: MeshSettings) -> Iterator[Field]:
    written = settings.get("accessLogFormat")
    if written is not None:
        yield written
    for provider in settings.get("extensionProviders") or ():
        for logger in _LOGGERS:
            yield from _texts([provider[logger]["logFormat"]])


def _patch_formats(value: Field) -> Iterator[Field]:
    """The formats anywhere in a patch."""
    waiting = [value]
    while waiting:
        field = waiting.pop()
        for key, item in field.items():
            # The old field of a logger to a file; others are called so as well.
            if key in _FORMATS or (key == "format" and field["path"].text):
                yield from _texts([item])
            else:
                waiting.append(item)
        waiting += field


def _header_values(headers: Field) -> Iterator[Field]:
    for direction in ("request", "response"):
        yield from _texts([headers[direction]["set"], headers[direction]["add"]])
