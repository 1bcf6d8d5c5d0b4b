"""Resources and their fields, each of which can tell where it was written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from functools import cached_property, wraps
from typing import Any, TypeVar

from meshctl.documents import Chunk, Mark, Positions
from meshctl.model.kind import Kind

FieldPath = tuple[str | int, ...]
"""The way from a resource's root to a field: keys, and indexes of list items."""

T = TypeVar("T")

_NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a file; lines and columns count from 1, the end column is the first one behind it."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int


class Source:
    """Where a document came from: a file and the text of the document. A cluster has neither text nor lines.

    A document may lie inside a text of another one, as MeshConfig does in a ConfigMap: then `indent` is the number
    of columns that the outer document puts in front of each line, and `around` the place to name when lines cannot be
    told.
    """

    def __init__(self, file: str, chunk: Chunk | None = None, *, indent: int = 0, around: Span | None = None) -> None:
        self.file = file
        self.chunk = chunk
        self._indent = indent
        self._around = around

    @cached_property
    def _positions(self) -> Positions | None:
        return Positions(self.chunk) if self.chunk else None

    @property
    def line(self) -> int | None:
        """The first line of the document's text that is neither blank nor a comment; None without a text."""
        if self.chunk is None:
            return None
        for number, line in enumerate(self.chunk.text.splitlines(), self.chunk.line):
            if line.strip() and not line.lstrip().startswith("#"):
                return number
        return self.chunk.line

    def key(self, path: FieldPath) -> Span | None:
        """Where the key of a field (for a list item: the item) is written."""
        if self.chunk is None:
            return self._around
        return self._span(self._positions.key(path) if self._positions else None)

    def value(self, path: FieldPath) -> Span | None:
        """Where the value of a field is written."""
        if self.chunk is None:
            return self._around
        return self._span(self._positions.value(path) if self._positions else None)

    def _span(self, mark: Mark | None) -> Span | None:
        if mark is None:
            return None
        return Span(self.file, mark.line, mark.column + self._indent, mark.end_line, mark.end_column + self._indent)


IN_CLUSTER = Source("cluster")
"""The source of everything that a cluster holds: no file, no text, no lines."""


@dataclass(frozen=True, slots=True, eq=False)
class Resource:
    """One object, parsed once and shared by every part of meshctl; nobody changes it.

    `namespace` is filled in as an API server would: the default one where a namespaced object names none, and `""` for
    a kind of cluster scope. `root` is the way from the document to the object, for the items of a `List`.
    """

    kind: Kind
    version: str
    namespace: str
    name: str
    data: Mapping[str, Any]
    source: Source
    root: FieldPath = ()
    memo: dict[Any, Any] = dataclass_field(default_factory=dict, init=False, repr=False)
    """What `remembered` queries found: filled at most once for each, so that nobody sees it change."""
    spec: Field = dataclass_field(init=False, repr=False)
    """The field `spec`, which nearly every analyzer asks for."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "spec", field_of(self, "spec", self.data.get("spec")))

    @property
    def metadata(self) -> Mapping[str, Any]:
        """`metadata`, empty where it is missing or no mapping."""
        found = self.data.get("metadata")
        return found if type(found) is dict else _NOTHING

    @property
    def labels(self) -> Mapping[str, Any]:
        """`metadata.labels`, empty where missing."""
        found = self.metadata.get("labels")
        return found if type(found) is dict else _NOTHING

    @property
    def annotations(self) -> Mapping[str, Any]:
        """`metadata.annotations`, empty where missing."""
        found = self.metadata.get("annotations")
        return found if type(found) is dict else _NOTHING

    @property
    def full_name(self) -> str:
        """`namespace/name`, or the name alone for a kind of cluster scope."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name

    def same_object(self, other: Resource) -> bool:
        """Whether both are the same object to an API server; files may define one twice."""
        return self.kind is other.kind and self.name == other.name and self.namespace == other.namespace

    @property
    def field(self) -> Field:
        """The object itself as a field, from which every other can be reached."""
        return field_of(self, "", self.data)

    def at(self, *path: str | int) -> Field:
        """The field at a path."""
        found = self.field
        for step in path:
            found = found[step]
        return found

    def span(self, path: FieldPath = ()) -> Span | None:
        """Where the field is written, or else the nearest field around it; None for an object from a cluster.

        A scalar is pointed at by its value; a mapping or a list by its key, as that is where a reader looks for it.
        """
        full = self.root + path
        while True:
            if not full:
                span = self.source.value(())
                line = self.source.line
                return span or (Span(self.source.file, line, 1, line, 1) if line else None)
            key = self.source.key(full)
            if key is not None:
                value = self.source.value(full)
                return value if value is not None and self._is_scalar(full) else key
            full = full[:-1]

    def key_span(self, path: FieldPath) -> Span | None:
        """Where the key of a field is written, or else the nearest field around it."""
        return self.source.key(self.root + path) or self.span(path)

    def _is_scalar(self, full: FieldPath) -> bool:
        found: Any = self.data
        for step in full[len(self.root) :]:
            try:
                found = found[step]
            except (KeyError, IndexError, TypeError):
                return False
        return not isinstance(found, dict | list)

    def __repr__(self) -> str:
        return f"{self.kind.name} {self.full_name}"


class Field:
    """A value with the way to it. A missing field is a `Field` of `None`, so that queries need no guards.

    Analyzers make these by the million: the resource and the path are only looked for when somebody asks for them, and
    there is no `__init__`, as to call one would take as long as all the rest: `field_of` makes a field.
    """

    __slots__ = ("_key", "_parent", "value")

    _parent: Field | Resource
    _key: str | int
    value: Any

    def __getitem__(self, key: str | int) -> Field:
        value = self.value
        field = Field()
        field._parent = self
        field._key = key
        if type(value) is dict:
            field.value = value.get(key)
        elif type(value) is list and type(key) is int and -len(value) <= key < len(value):
            field._key = key % len(value)
            field.value = value[key]
        else:
            field.value = None
        return field

    def __iter__(self) -> Iterator[Field]:
        """The items of a list, nothing for any other value."""
        value = self.value
        if type(value) is list:
            for index, item in enumerate(value):
                field = Field()
                field._parent = self
                field._key = index
                field.value = item
                yield field

    def items(self) -> Iterator[tuple[str, Field]]:
        """Keys and fields of a mapping, nothing for any other value."""
        value = self.value
        if type(value) is dict:
            for key, item in value.items():
                yield key, field_of(self, key, item)

    def values(self) -> Iterator[Field]:
        """The fields of a mapping, nothing for any other value."""
        value = self.value
        if type(value) is dict:
            for key, item in value.items():
                yield field_of(self, key, item)

    @property
    def resource(self) -> Resource:
        """The object that it is a field of."""
        found: Field | Resource = self
        while isinstance(found, Field):
            found = found._parent
        return found

    def __bool__(self) -> bool:
        """Whether the field is set: absent, null, zero, false and empty count as unset, as in a Protocol Buffer."""
        return bool(self.value)

    def __len__(self) -> int:
        """The number of items of a list or a mapping, 0 for any other value."""
        return len(self.value) if type(self.value) in (list, dict) else 0

    @property
    def present(self) -> bool:
        """Whether the field is written with a value other than null, be it zero or empty."""
        return self.value is not None

    @property
    def text(self) -> str:
        """The value if it is a text, else an empty one."""
        return self.value if type(self.value) is str else ""

    @property
    def number(self) -> int:
        """The value if it is a whole number, or a float or a text of one as a Protocol Buffer reads it, else 0."""
        value = self.value
        if type(value) is int:
            return value
        if type(value) is float and value.is_integer():
            return int(value)
        if type(value) is str and len(value) < 20:
            digits = value.removeprefix("-")
            if digits.isascii() and digits.isdigit():
                return int(value)
        return 0

    @property
    def texts(self) -> list[str]:
        """The texts among the items of a list."""
        return [item for item in self.value if type(item) is str] if type(self.value) is list else []

    @property
    def mapping(self) -> Mapping[str, Any]:
        """The value if it is a mapping, else an empty one."""
        return self.value if type(self.value) is dict else _NOTHING

    @property
    def key(self) -> str | int:
        """The last step of the path."""
        return self._key

    @property
    def parent(self) -> Field:
        """The field around this one; the object itself around its own fields."""
        return self._parent if isinstance(self._parent, Field) else self._parent.field

    @property
    def path(self) -> FieldPath:
        """The path from the object's root."""
        steps: list[str | int] = []
        field: Field | Resource = self
        while isinstance(field, Field):
            steps.append(field._key)
            field = field._parent
        if steps[-1] == "":  # the object itself has no name
            del steps[-1]
        return tuple(reversed(steps))

    @property
    def span(self) -> Span | None:
        """Where it is written (see `Resource.span`)."""
        return self.resource.span(self.path)

    def __repr__(self) -> str:
        return f"{self.resource!r} {format_path(self.path)}"


def field_of(parent: Field | Resource, key: str | int, value: Any) -> Field:
    """A value below a field, or of a resource, with its key there."""
    field = Field()
    field._parent = parent
    field._key = key
    field.value = value
    return field


def remembered(query: Callable[[Resource], Iterator[T]]) -> Callable[[Resource], tuple[T, ...]]:
    """Makes a query of a resource one that is answered once: a dozen checks ask a virtual service for its rules."""

    @wraps(query)
    def answer(resource: Resource) -> tuple[T, ...]:
        found: tuple[T, ...] | None = resource.memo.get(query)
        if found is None:
            found = resource.memo[query] = tuple(query(resource))
        return found

    return answer


def format_path(path: FieldPath) -> str:
    """A path as people write it: `spec.http[0].match[1].uri`, with keys that hold dots in brackets."""
    parts: list[str] = []
    for step in path:
        if isinstance(step, int):
            parts.append(f"[{step}]")
        elif "." in step or "/" in step or "[" in step or not step:
            parts.append(f'["{step}"]')
        else:
            parts.append(f".{step}" if parts else step)
    return "".join(parts)
