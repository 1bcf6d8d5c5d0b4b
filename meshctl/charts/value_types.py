"""What the schemas say about the type of a field, for flags that give only a text."""

from __future__ import annotations

from meshctl.model.kinds.istio_operator import ISTIO_OPERATOR


def is_text(path: tuple[str | int, ...]) -> bool:
    """Whether the field of `spec` at a path takes a text and nothing else, or a tag, whose `1.30` is no number."""
    from meshctl.schema.schemas import schema_of

    schema = schema_of(ISTIO_OPERATOR)
    node = schema.node(("spec", *path)) if schema is not None else {}
    return node.get("type") in ("string", ["string", "null"]) or "x-meshctl-json-types" in node
