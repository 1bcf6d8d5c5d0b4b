"""Messages: what meshctl has to say about a resource, and the table of all codes.

Codes `IST0000` are Istio's, with its names and levels; `MESH0000` are ours, grouped by area:

    MESH00xx documents    MESH01xx structure    MESH02xx traffic    MESH03xx security    MESH04xx telemetry
    MESH05xx Gateway API  MESH06xx installation

A code is never used again for another meaning.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from meshctl.model.kind import Kind
from meshctl.model.resource import Field, FieldPath, Resource, Source, Span


class Level(IntEnum):
    """How bad a message is; the smaller, the worse, as Istio orders them."""

    ERROR = 0
    WARNING = 1
    INFO = 2

    def __str__(self) -> str:
        return self.name.capitalize()

    @classmethod
    def parse(cls, text: str) -> Level | None:
        """The level of that name in any case; None for another text."""
        return cls.__members__.get(text.upper())


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere in a file where no resource could be read; `source` gives the text around it, where there is one."""

    span: Span
    source: Source | None = None


@dataclass(frozen=True, slots=True, eq=False)
class MessageType:
    """What a code stands for. `template` and `hint` are format strings over the arguments of a message.

    `unreadable` types say that input was lost: they decide the exit code 65 instead of counting as findings.
    """

    code: str
    name: str
    level: Level
    template: str
    hint: str = ""
    unreadable: bool = False

    def at(
        self,
        field: Field,
        /,
        *,
        key: bool = False,
        related: Iterable[Field] = (),
        needs: Iterable[Kind] = (),
        **args: Any,
    ) -> Message:
        """A message about a field; `key` points at its name instead of its value."""
        return Message(self, args, field.resource, field.path, key, tuple(related), frozenset(needs))

    def on(
        self, resource: Resource, /, *, related: Iterable[Field] = (), needs: Iterable[Kind] = (), **args: Any
    ) -> Message:
        """A message about a resource as a whole; it points at the name."""
        return Message(self, args, resource, ("metadata", "name"), False, tuple(related), frozenset(needs))

    def in_file(self, place: Place, /, **args: Any) -> Message:
        """A message about a place in a file that is no part of a resource."""
        return Message(self, args, None, (), False, (), frozenset(), place)


@dataclass(frozen=True, slots=True, eq=False)
class Message:
    """One diagnostic: a type, its arguments, and the field that it is about.

    `needs` are the kinds that could have satisfied a reference: when the input holds none of them, nothing can be said
    about it, and the message is withheld unless the input is known to be complete.
    """

    type: MessageType
    args: dict[str, Any]
    resource: Resource | None
    path: FieldPath = ()
    at_key: bool = False
    related: tuple[Field, ...] = ()
    needs: frozenset[Kind] = frozenset()
    place: Place | None = None

    @property
    def code(self) -> str:
        """The code, as `IST0101`."""
        return self.type.code

    @property
    def level(self) -> Level:
        """The level of its type."""
        return self.type.level

    @property
    def text(self) -> str:
        """What it says."""
        return self.type.template.format_map(_Arguments(self.args))

    @property
    def hint(self) -> str:
        """What to do about it; may be empty."""
        own = self.args.get("hint")
        return str(own) if own else self.type.hint.format_map(_Arguments(self.args))

    @property
    def span(self) -> Span | None:
        """Where; None for a resource that came from a cluster."""
        if self.place is not None:
            return self.place.span
        if self.resource is None:
            return None
        return self.resource.key_span(self.path) if self.at_key else self.resource.span(self.path)

    @property
    def origin(self) -> str:
        """The resource as `Kind namespace/name`, the way suppressions and reports name it; empty without one."""
        return repr(self.resource) if self.resource is not None else ""

    @property
    def reference(self) -> str:
        """`FILE:LINE`; empty for a resource from a cluster."""
        span = self.span
        return f"{span.file}:{span.line}" if span else ""

    def __str__(self) -> str:
        where = " ".join(part for part in (self.origin, self.reference) if part)
        return f"{self.level} [{self.code}] ({where}) {self.text}"


class _Arguments(dict[str, Any]):
    """Arguments as message texts show them: lists joined with commas."""

    def __getitem__(self, key: str) -> Any:
        value = dict.__getitem__(self, key)
        return ", ".join(map(str, value)) if isinstance(value, list | tuple) else value


_TYPES: dict[str, MessageType] = {}


def _define(
    code: str, name: str, level: Level, template: str, hint: str = "", *, unreadable: bool = False
) -> MessageType:
    found = _TYPES[code] = MessageType(code, name, level, template, hint, unreadable)
    return found


def message_type(code: str) -> MessageType | None:
    """The type of a code; None for an unknown one."""
    return _TYPES.get(code)


def message_types() -> tuple[MessageType, ...]:
    """Every type, by code."""
    return tuple(_TYPES[code] for code in sorted(_TYPES))


_E, _W, _I = Level.ERROR, Level.WARNING, Level.INFO

# Documents

SYNTAX = _define("MESH0001", "SyntaxError", _E, "{problem}", unreadable=True)
NOT_A_RESOURCE = _define(
    "MESH0002",
    "NotAResource",
    _E,
    "this document is no Kubernetes object: {problem}",
    "every object has an apiVersion and a kind; leave files of other programs out, or say --ignore-unknown",
    unreadable=True,
)
REPEATED_KEY = _define(
    "MESH0003",
    "RepeatedKey",
    _E,
    'the key "{key}" stands here for a second time; it was first written in line {first_line}',
    "Kubernetes refuses this or silently drops the first value: keep one of the two",
)
IGNORED_TEXT = _define(
    "MESH0004",
    "IgnoredText",
    _W,
    "Kubernetes never reads what follows here: {problem}",
    "begin a new document with a line that holds only ---",
)
UNREADABLE_FILE = _define("MESH0005", "UnreadableFile", _E, "{problem}", unreadable=True)

# Structure

UNKNOWN_FIELD = _define("MESH0101", "UnknownField", _E, '{kind} has no field "{field}"')
UNKNOWN_KIND = _define("MESH0102", "UnknownKind", _E, 'the API group {group} has no kind "{kind}"')
UNKNOWN_VERSION = _define(
    "MESH0103",
    "UnknownVersion",
    _E,
    'Istio 1.31 does not know {kind} in version "{version}" of {group}',
    "use {known}",
)
SAME_OBJECT_TWICE = _define(
    "MESH0104",
    "SameObjectTwice",
    _E,
    "{kind} {object} is defined twice; the first definition is at {first}",
    "only the last one applied would stay: remove or rename one of them",
)
INVALID = _define("IST0106", "SchemaValidationError", _E, "{problem}")

# References

NOT_FOUND = _define("IST0101", "ReferencedResourceNotFound", _E, 'no {reftype} "{refval}" was found')
HOST_NOT_IN_GATEWAY = _define(
    "IST0132",
    "VirtualServiceHostNotFoundInGateway",
    _W,
    "gateway {gateway} serves none of the hosts of this virtual service ({host})",
    "add a host to a server of the gateway, or one of its hosts to the virtual service",
)
