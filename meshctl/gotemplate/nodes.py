"""The syntax tree of a template. `str(node)` is the node's text as Go writes it in its messages."""

from __future__ import annotations

from dataclasses import dataclass, field

from meshctl.gotemplate.quoting import quote

NO_SLOT = -1
"""Slot of a variable that the parser accepts although it has no value yet: rendering fails when it gets there."""


@dataclass(slots=True)
class Node:
    """A part of a template; `position` is a character offset in its text."""

    position: int


@dataclass(slots=True)
class Text(Node):
    """Text to be written as it is."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(slots=True)
class Bool(Node):
    """`true` or `false`."""

    value: bool

    def __str__(self) -> str:
        return "true" if self.value else "false"


@dataclass(slots=True)
class Number(Node):
    """A number or a character.

    A literal may be several things at once: `1.0` is a float that can also be given where an integer is wanted.
    `natural` is set for integers that are not negative, and may be too great for `integer`.
    """

    text: str
    integer: int | None = None
    natural: int | None = None
    floating: float | None = None
    imaginary: complex | None = None
    is_character: bool = False

    def __str__(self) -> str:
        return self.text


@dataclass(slots=True)
class String(Node):
    """A string; `quoted` is how it was written."""

    quoted: str
    text: str

    def __str__(self) -> str:
        return self.quoted


@dataclass(slots=True)
class Dot(Node):
    """The cursor: `.`."""

    def __str__(self) -> str:
        return "."


@dataclass(slots=True)
class Nil(Node):
    """The word `nil`."""

    def __str__(self) -> str:
        return "nil"


@dataclass(slots=True)
class Field(Node):
    """Fields of the cursor: `.A.B`."""

    names: list[str]

    def __str__(self) -> str:
        return "." + ".".join(self.names)


@dataclass(slots=True)
class Variable(Node):
    """A variable, and fields of it: `$x.A`; the first name has its dollar sign. `slot` is its place in a frame."""

    names: list[str]
    slot: int = NO_SLOT

    def __str__(self) -> str:
        return ".".join(self.names)


@dataclass(slots=True)
class Identifier(Node):
    """The name of a function."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(slots=True)
class Chain(Node):
    """Fields of something in parentheses, or of a function's result: `(index . 0).Name`."""

    node: Node
    names: list[str]

    def __str__(self) -> str:
        inner = f"({self.node})" if isinstance(self.node, Pipe) else str(self.node)
        return inner + "".join("." + name for name in self.names)


@dataclass(slots=True)
class Command(Node):
    """One stage of a pipeline: an operand, or a function with its arguments."""

    args: list[Node] = field(default_factory=list)

    def __str__(self) -> str:
        return " ".join(f"({arg})" if isinstance(arg, Pipe) else str(arg) for arg in self.args)


@dataclass(slots=True)
class Pipe(Node):
    """Commands that hand their results on, and the variables that take the last one."""

    commands: list[Command] = field(default_factory=list)
    variables: list[Variable] = field(default_factory=list)
    assigns: bool = False

    def __str__(self) -> str:
        target = ", ".join(map(str, self.variables))
        target += (" = " if self.assigns else " := ") if target else ""
        return target + " | ".join(map(str, self.commands))


@dataclass(slots=True)
class Action(Node):
    """A pipeline whose value is written, unless variables take it."""

    pipe: Pipe

    def __str__(self) -> str:
        return "{{" + str(self.pipe) + "}}"


@dataclass(slots=True)
class Branch(Node):
    """`if`, `with` or `range`, by its `word`."""

    word: str
    pipe: Pipe
    body: list[Node]
    otherwise: list[Node] | None

    def __str__(self) -> str:
        otherwise = "" if self.otherwise is None else "{{else}}" + "".join(map(str, self.otherwise))
        return f"{{{{{self.word} {self.pipe}}}}}" + "".join(map(str, self.body)) + otherwise + "{{end}}"


@dataclass(slots=True)
class Call(Node):
    """`template` (or `block`): the output of another template."""

    name: str
    pipe: Pipe | None

    def __str__(self) -> str:
        return "{{template " + quote(self.name) + (f" {self.pipe}" if self.pipe else "") + "}}"


@dataclass(slots=True)
class Jump(Node):
    """`break` or `continue`, by its `word`."""

    word: str

    def __str__(self) -> str:
        return "{{" + self.word + "}}"


@dataclass(slots=True)
class Ending(Node):
    """`else` or `end`; only the parser sees them."""

    word: str

    def __str__(self) -> str:
        return "{{" + self.word + "}}"


@dataclass(slots=True)
class Source:
    """Where a definition stands: the name and the text that its positions count in."""

    name: str
    text: str


@dataclass(slots=True)
class Definition:
    """A template with its name; `slots` is how many variables it has at most, the data root included."""

    name: str
    source: Source
    body: list[Node]
    slots: int = 1

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing but white space: such a definition does not replace another one."""
        return all(isinstance(node, Text) and not node.text.strip() for node in self.body)
