"""What the schemas say about the type of a field, for flags that give only a text."""

from __future__ import annotations

from meshctl.charts.set_flags import FieldType
from meshctl.model.kinds.istio_operator import ISTIO_OPERATOR


def type_of(path: tuple[str | int, ...]) -> FieldType:
    """What the field of `spec` at a path takes: a tag is a text, as its `1.30` is no number."""
    from meshctl.schema.schemas import schema_of

    schema = schema_of(ISTIO_OPERATOR)
    node = schema.node(("spec", *path)) if schema is not None else {}
    kind = node.get("type")
    if kind in ("string", ["string", "null"]) or "x-meshctl-json-types" in node:
        return FieldType.TEXT
    return FieldType.NO_TEXT if kind or "properties" in node else FieldType.ANY
