"""Names of fields in Protocol Buffers, which mesh settings may use beside the usual ones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from meshctl.model.resource import Field

_IRREGULAR = {"meshMTLS": "mesh_mTLS", "consecutive5xxErrors": "consecutive_5xx_errors"}
"""Names that the rule for snake_case does not lead back to."""


@cache
def proto_name(name: str) -> str:
    """The name of a field in its Protocol Buffer: `trust_domain` of `trustDomain`."""
    return _IRREGULAR.get(name) or re.sub(r"[A-Z]", lambda letter: f"_{letter[0].lower()}", name)


class ProtoField(Field):
    """A field below which each name also finds what is written under its name in Protocol Buffers.

    The usual name wins where both are written. The path is that of the name which was found.
    """

    __slots__ = ()

    @classmethod
    def of(cls, field: Field) -> ProtoField:
        """The field with all below it read so."""
        found = cls()
        found._parent, found._key, found.value = field._parent, field._key, field.value
        return found

    def __getitem__(self, key: str | int) -> ProtoField:
        if type(key) is str and type(self.value) is dict and self.value.get(key) is None:
            other = proto_name(key)
            if self.value.get(other) is not None:
                key = other
        return ProtoField.of(super().__getitem__(key))

    def __iter__(self) -> Iterator[Field]:
        """The items of a list, nothing for any other value."""
        return map(ProtoField.of, super().__iter__())

    def items(self) -> Iterator[tuple[str, Field]]:
        """Keys and fields of a mapping, nothing for any other value."""
        return ((key, ProtoField.of(item)) for key, item in super().items())
