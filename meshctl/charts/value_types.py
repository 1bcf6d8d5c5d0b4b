"""What the schemas say about the type of a field, for flags that give only a text."""

from __future__ import annotations

from meshctl.model.kinds.istio_operator import ISTIO_OPERATOR


def is_text(path: tuple[str | int, ...]) -> bool:
    """Whether the field of `spec` at a path takes a text and nothing else."""
    from meshctl.schema.schemas import schema_of

    schema = schema_of(ISTIO_OPERATOR)
    return schema is not None and schema.node(("spec", *path)).get("type") in ("string", ["string", "null"])
