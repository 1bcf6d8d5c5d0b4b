"""Turns violations of a schema into messages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from meshctl.messages import INVALID, UNKNOWN_FIELD, Message
from meshctl.model.kinds.secret import SECRET
from meshctl.model.resource import Field, FieldPath, Resource, format_path
from meshctl.schema.nulls import without_nulls
from meshctl.schema.schemas import Node, Schema, schema_of
from meshctl.schema.suggestions import closest

if TYPE_CHECKING:
    from jsonschema_rs import ValidationError

_TYPE_NAMES = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "a mapping",
    "array": "a list",
    "null": "null",
}

MISTAKES = "x-meshctl-mistakes"
"""Keyword: fields that people often write here although they do not exist, with what to write instead."""


def violations(resource: Resource) -> Iterator[Message]:
    """What the schema of its kind finds wrong with a resource, in the order of the text."""
    schema = schema_of(resource.kind, resource.version)
    if schema is None:
        return
    try:
        if schema.validator.is_valid(resource.data):
            return
        # Few resources get here, so that only they pay for the copy.
        errors = list(filter(_counts, schema.validator.iter_errors(without_nulls(resource.data))))
    except (ValueError, RecursionError):  # raised for data that the validator cannot take: nested beyond all reason
        yield INVALID.at(resource.field, problem="the object is nested too deeply for any API server")
        return
    mistyped = {tuple(error.instance_path) for error in errors if error.kind.name == "type"}
    for error in errors:
        path = tuple(error.instance_path)
        if error.kind.name != "type" and path in mistyped:
            continue
        yield from _explain(resource, schema, path, error)


def _counts(error: ValidationError) -> bool:
    """An API server drops the status of what is applied before it looks at more than names of fields and types."""
    return error.instance_path[:1] != ["status"] or error.kind.name in ("type", "additionalProperties")


def _explain(resource: Resource, schema: Schema, path: FieldPath, error: ValidationError) -> Iterator[Message]:
    node = schema.node(path)
    explain = _EXPLANATIONS.get(error.kind.name, _anything_else)
    yield from explain(resource.at(*path), node, error.kind)


Explanation = Callable[[Field, Node, Any], Iterator[Message]]


def _name(field: Field) -> str:
    return format_path(field.path) or "the object"


def _shown(value: Any) -> str:
    """A value as a message shows it; long ones are cut."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    text = str(value)
    if isinstance(value, str):
        return f'"{text[:57]}…"' if len(text) > 60 else f'"{text}"'
    return f"the number {text[:60]}"


def _shown_field(field: Field) -> str:
    """The value of a field as a message shows it: of what a Secret holds, only the type."""
    if field.resource.kind is SECRET and field.path[:1] in (("data",), ("stringData",)):
        value = field.value
        for types, name in ((bool, "a truth value"), (int | float, "a number"), (str, "this text")):
            if isinstance(value, types):
                return name
    return _shown(field.value)


def _either(names: Iterable[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} or {last}" if most else last


def _unknown_fields(field: Field, node: Node, kind: Any) -> Iterator[Message]:
    known = list(node.get("properties", ()))
    mistakes = node.get(MISTAKES, {})
    for name in kind.unexpected:
        meant = mistakes.get(name)
        if meant is None:
            close = closest(name, known)
            meant = f"did you mean {close}?" if close else ""
        where = format_path(field.path)
        yield UNKNOWN_FIELD.at(
            field[name], key=True, kind=f"{field.resource.kind.name} {where}".strip(), field=name, hint=meant
        )


def _plain_types(node: Node, types: list[str]) -> list[str]:
    """The types to name: not null, and not those that a reader only puts up with (`decoding.py`)."""
    names = [name for name in types if name != "null"] or types
    if "pattern" in node and "string" in names and len(names) > 1:
        return [name for name in names if name != "string"]
    return [name for name in names if name != "integer"] if "then" in node else names


def _wrong_type(field: Field, node: Node, kind: Any) -> Iterator[Message]:
    wanted = _either(_TYPE_NAMES.get(name, name) for name in _plain_types(node, kind.types))
    value = field.value
    hint = ""
    if "string" in kind.types and isinstance(value, bool | int | float):
        hint = "put it in quotes: YAML reads it as a number or a truth value"
    elif isinstance(value, str) and {"integer", "number", "boolean"} & set(kind.types):
        hint = "write it without quotes"
    elif "array" in kind.types and value is not None:
        hint = "begin each item with a dash"
    problem = f"{_name(field)} must be {wanted}, not {_shown_field(field)}"
    yield INVALID.at(field, problem=problem, hint=hint)


def _not_in_enum(field: Field, node: Node, kind: Any) -> Iterator[Message]:
    options = [str(option) for option in kind.options if option not in (None, "")]
    close = closest(str(field.value), options)
    yield INVALID.at(
        field,
        problem=f"{_name(field)} cannot be {_shown_field(field)}; it is one of {', '.join(options)}",
        hint=f"did you mean {close}?" if close else "",
    )


def _not_constant(field: Field, node: Node, kind: Any) -> Iterator[Message]:
    yield INVALID.at(field, problem=f"{_name(field)} must be {_shown(kind.expected_value)}, not {_shown_field(field)}")


def _missing(field: Field, node: Node, kind: Any) -> Iterator[Message]:
    missing = field[str(kind.property)]
    yield INVALID.at(missing, problem=f"{_name(missing)} is missing")


def _groups(node: Node) -> Iterator[list[str]]:
    """The groups of fields of which at most one, or exactly one, may be set."""
    for part in (node, *node.get("allOf", ())):
        names = [name for branch in part.get("oneOf", ()) for name in branch.get("required", ())]
        if names:
            yield names


def _exclusive(field: Field, node: Node, kind: Any) -> Iterator[Message]:
    for names in _groups(node):
        present = [name for name in field.mapping if name in names]
        if len(present) > 1:
            problem = (
                f"{_name(field)} takes only one of {', '.join(sorted(set(names)))}; it has {' and '.join(present)}"
            )
            yield INVALID.at(field[present[-1]], key=True, problem=problem, hint="remove all but one of them")


def _none_of(field: Field, node: Node, kind: Any) -> Iterator[Message]:
    for names in _groups(node):
        if not any(name in names for name in field.mapping):
            yield INVALID.at(field, key=True, problem=f"{_name(field)} needs one of {', '.join(sorted(set(names)))}")


def _limit(text: str) -> Explanation:
    def explain(field: Field, node: Node, kind: Any) -> Iterator[Message]:
        yield INVALID.at(field, problem=f"{_name(field)} {text.format(kind.limit)}, not {_shown_field(field)}")

    return explain


def _count(text: str) -> Explanation:
    def explain(field: Field, node: Node, kind: Any) -> Iterator[Message]:
        count = len(field) if isinstance(field.value, list | dict) else len(field.text)
        yield INVALID.at(field, problem=f"{_name(field)} {text.format(kind.limit)}; it has {count}")

    return explain


def _not_matching(field: Field, node: Node, kind: Any) -> Iterator[Message]:
    types = node.get("type", ())
    if (
        "integer" in types or "number" in types
    ):  # a number in quotes is read as one (`decoding.py`), another text is not
        wanted = _TYPE_NAMES["integer" if "integer" in types else "number"]
        yield INVALID.at(field, problem=f"{_name(field)} must be {wanted}, not {_shown_field(field)}")
        return
    yield INVALID.at(
        field, problem=f"{_name(field)} cannot be {_shown_field(field)}: it has to match {node.get('pattern')}"
    )


def _repeated(field: Field, node: Node, kind: Any) -> Iterator[Message]:
    yield INVALID.at(field, problem=f"{_name(field)} has an item twice")


def _any_of(field: Field, node: Node, kind: Any) -> Iterator[Message]:
    types = [branch["type"] for branch in node.get("anyOf", ()) if isinstance(branch.get("type"), str)]
    if types:
        wanted = _either(_TYPE_NAMES.get(name, name) for name in types)
        yield INVALID.at(field, problem=f"{_name(field)} must be {wanted}, not {_shown_field(field)}")
    else:
        yield from _anything_else(field, node, kind)


def _anything_else(field: Field, node: Node, kind: Any) -> Iterator[Message]:
    yield INVALID.at(field, problem=f"{_name(field)} breaks the rule {kind.name} of its schema")


_EXPLANATIONS: dict[str, Explanation] = {
    "additionalProperties": _unknown_fields,
    "unevaluatedProperties": _unknown_fields,
    "type": _wrong_type,
    "enum": _not_in_enum,
    "const": _not_constant,
    "required": _missing,
    "oneOf": lambda field, node, kind: (_none_of if type(kind).__name__ == "OneOfNotValid" else _exclusive)(
        field, node, kind
    ),
    "minimum": _limit("must be at least {}"),
    "maximum": _limit("must be at most {}"),
    "exclusiveMinimum": _limit("must be more than {}"),
    "exclusiveMaximum": _limit("must be less than {}"),
    "minLength": _count("needs at least {} characters"),
    "maxLength": _count("takes at most {} characters"),
    "minItems": _count("needs at least {} items"),
    "maxItems": _count("takes at most {} items"),
    "minProperties": _count("needs at least {} entries"),
    "maxProperties": _count("takes at most {} entries"),
    "pattern": _not_matching,
    "uniqueItems": _repeated,
    "anyOf": _any_of,
}
