"""Tokens of a template to its definitions.

Names of functions and variables are checked here, also in branches that are never taken, and every variable gets the
slot of the frame that it lives in when the template is rendered.
"""

from __future__ import annotations

from collections.abc import Container
from typing import NoReturn

from meshctl.gotemplate import lex, nodes
from meshctl.gotemplate.errors import TemplateSyntaxError
from meshctl.gotemplate.lex import Token
from meshctl.gotemplate.numbers import NumberError, number
from meshctl.gotemplate.quoting import quote, unquote

MAX_DEPTH = 100
"""How deep blocks and parentheses may be nested, so that reading a template does not exhaust Python's stack."""

_LOOKAHEAD = 8

_OPERANDS = frozenset(
    {lex.BOOL, lex.CHAR_CONSTANT, lex.COMPLEX, lex.DOT, lex.FIELD, lex.IDENTIFIER, lex.NUMBER, lex.NIL}
    | {lex.RAW_STRING, lex.STRING, lex.VARIABLE, lex.LEFT_PAREN}
)
_VALUES = (nodes.Bool, nodes.Dot, nodes.Nil, nodes.Number, nodes.String)


def parse(name: str, text: str, functions: Container[str]) -> dict[str, nodes.Definition]:
    """The definitions of a text: its own, under `name`, and those of its `define` and `block` actions.

    Raises `TemplateSyntaxError`.
    """
    parser = _Parser(name, text, functions)
    parser.top()
    return parser.definitions


class _Scope:
    """The variables that the definition being read can see, innermost last."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.variables = ["$"]
        self.slots = [0]
        self.count = 1
        self.loops = 0
        self.pending: list[str] = []

    def declare(self, name: str) -> int:
        """A slot of its own for every declaration: an outer variable of the same name keeps its value."""
        self.variables.append(name)
        self.slots.append(self.count)
        self.count += 1
        return self.slots[-1]

    def slot(self, name: str) -> int | None:
        for at in range(len(self.variables) - 1, -1, -1):
            if self.variables[at] == name:
                return self.slots[at]
        return None

    def leave(self, length: int) -> None:
        del self.variables[length:], self.slots[length:]


class _Parser:
    def __init__(self, name: str, text: str, functions: Container[str]) -> None:
        self.source = nodes.Source(name, text)
        self.functions = functions
        self.tokens = lex.tokens(text)
        self.tokens += self.tokens[-1:] * _LOOKAHEAD  # looking ahead, the parser may read beyond the end
        self.at = 0
        self.furthest = 0
        self.action_line = 0
        self.depth = 0
        self.scope = _Scope(name)
        self.definitions: dict[str, nodes.Definition] = {}

    # Tokens. An error is reported at the line of the furthest token that was looked at.

    def next(self) -> Token:
        at = self.at
        if at > self.furthest:
            self.furthest = at
        self.at = at + 1
        return self.tokens[at]

    def peek(self) -> Token:
        at = self.at
        if at > self.furthest:
            self.furthest = at
        return self.tokens[at]

    def next_word(self) -> Token:
        """The next token that is no space."""
        while True:
            token = self.next()
            if token.kind != lex.SPACE:
                return token

    def peek_word(self) -> Token:
        token = self.next_word()
        self.at -= 1
        return token

    def fail(self, problem: str) -> NoReturn:
        raise TemplateSyntaxError(self.source.name, self.tokens[self.furthest].line, problem)

    def unexpected(self, token: Token, context: str) -> NoReturn:
        if token.kind == lex.ERROR:
            extra = ""
            if self.action_line and self.action_line != token.line:
                extra = f" in action started at {self.source.name}:{self.action_line}"
                if token.text.endswith(" action"):
                    extra = extra.removeprefix(" in action")
            self.fail(f"{token}{extra}")
        self.fail(f"unexpected {token} in {context}")

    def expect(self, kind: str, context: str) -> Token:
        token = self.next_word()
        if token.kind != kind:
            self.unexpected(token, context)
        return token

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.fail(f"blocks or parentheses nested deeper than {MAX_DEPTH}")

    # Definitions

    def top(self) -> None:
        body: list[nodes.Node] = []
        while self.peek().kind != lex.EOF:
            start = self.at
            if self.peek().kind == lex.LEFT_DELIM:
                self.next()
                if (word := self.next_word()).kind == lex.KEYWORD and word.text == "define":
                    self.definition()
                    continue
                self.at = start
            node = self.text_or_action()
            if isinstance(node, nodes.Ending):
                self.fail(f"unexpected {node}")
            body.append(node)
        self.add(nodes.Definition(self.scope.name, self.source, body, self.scope.count))

    def definition(self) -> None:
        context = "define clause"
        token = self.next_word()
        if token.kind not in (lex.STRING, lex.RAW_STRING):
            self.unexpected(token, context)
        name = self.unquoted(token)
        self.expect(lex.RIGHT_DELIM, context)
        self.nested(name, context)

    def nested(self, name: str, context: str) -> None:
        """The body of a definition, which sees no variables but its own."""
        outer, self.scope = self.scope, _Scope(name)
        body, ending = self.items()
        if ending.word != "end":
            self.fail(f"unexpected {ending} in {context}")
        definition = nodes.Definition(name, self.source, body, self.scope.count)
        self.scope = outer
        self.add(definition)

    def add(self, definition: nodes.Definition) -> None:
        known = self.definitions.get(definition.name)
        if known is None or known.is_empty:
            self.definitions[definition.name] = definition
        elif not definition.is_empty:
            self.fail(f"template: multiple definition of template {quote(definition.name)}")

    def unquoted(self, token: Token) -> str:
        try:
            return unquote(token.text)
        except ValueError as error:
            self.fail(str(error))

    # Actions

    def items(self) -> tuple[list[nodes.Node], nodes.Ending]:
        found: list[nodes.Node] = []
        self.deeper()
        while self.peek_word().kind != lex.EOF:
            node = self.text_or_action()
            if isinstance(node, nodes.Ending):
                self.depth -= 1
                return found, node
            found.append(node)
        return self.fail("unexpected EOF")

    def text_or_action(self) -> nodes.Node:
        token = self.next_word()
        if token.kind == lex.TEXT:
            return nodes.Text(token.position, token.text)
        if token.kind != lex.LEFT_DELIM:
            self.unexpected(token, "input")
        self.action_line = token.line
        node = self.action()
        self.action_line = 0
        return node

    def action(self) -> nodes.Node:
        token = self.next_word()
        word = token.text if token.kind == lex.KEYWORD else ""
        if word in ("if", "with", "range"):
            return self.branch(word)
        if word in ("break", "continue"):
            return self.jump(token)
        if word == "else":
            following = self.peek_word()
            if not (following.kind == lex.KEYWORD and following.text in ("if", "with")):
                self.expect(lex.RIGHT_DELIM, "else")
            return nodes.Ending(token.position, "else")
        if word == "end":
            self.expect(lex.RIGHT_DELIM, "end")
            return nodes.Ending(token.position, "end")
        if word == "template":
            return self.call()
        if word == "block":
            return self.block()
        self.at -= 1
        return nodes.Action(token.position, self.pipeline("command", lex.RIGHT_DELIM))

    def branch(self, word: str) -> nodes.Branch:
        seen = len(self.scope.variables)
        pipe = self.pipeline(word, lex.RIGHT_DELIM)
        declared = len(self.scope.variables)
        self.scope.loops += word == "range"
        body, ending = self.items()
        self.scope.loops -= word == "range"
        # What the body declares is known in the other branch as well, but has no value there.
        known = len(self.scope.pending)
        self.scope.pending += self.scope.variables[declared:]
        self.scope.leave(declared)
        otherwise: list[nodes.Node] | None = None
        if ending.word == "else":
            following = self.peek()
            if word in ("if", "with") and following.kind == lex.KEYWORD and following.text == word:
                self.next()
                self.deeper()
                otherwise = [self.branch(word)]
                self.depth -= 1
            else:
                otherwise, ending = self.items()
                if ending.word != "end":
                    self.fail(f"expected end; found {ending}")
        del self.scope.pending[known:]
        self.scope.leave(seen)
        return nodes.Branch(pipe.position, word, pipe, body, otherwise)

    def jump(self, token: Token) -> nodes.Jump:
        node = nodes.Jump(token.position, token.text)
        following = self.next_word()
        if following.kind != lex.RIGHT_DELIM:
            self.unexpected(following, str(node))
        if not self.scope.loops:
            self.fail(f"{node} outside {{{{range}}}}")
        return node

    def template_name(self, token: Token, context: str) -> str:
        if token.kind not in (lex.STRING, lex.RAW_STRING):
            self.unexpected(token, context)
        return self.unquoted(token)

    def call(self) -> nodes.Call:
        context = "template clause"
        token = self.next_word()
        name = self.template_name(token, context)
        pipe = None
        if self.next_word().kind != lex.RIGHT_DELIM:
            self.at -= 1
            pipe = self.pipeline(context, lex.RIGHT_DELIM)
        return nodes.Call(token.position, name, pipe)

    def block(self) -> nodes.Call:
        context = "block clause"
        token = self.next_word()
        name = self.template_name(token, context)
        pipe = self.pipeline(context, lex.RIGHT_DELIM)
        self.nested(name, context)
        return nodes.Call(token.position, name, pipe)

    # Pipelines

    def pipeline(self, context: str, end: str) -> nodes.Pipe:
        self.deeper()
        pipe = nodes.Pipe(self.peek_word().position)
        self.variables(pipe, context)
        while True:
            token = self.next_word()
            if token.kind == end:
                self.check(pipe, context)
                self.bind(pipe)
                self.depth -= 1
                return pipe
            if token.kind not in _OPERANDS:
                self.unexpected(token, context)
            self.at -= 1
            pipe.commands.append(self.command())

    def variables(self, pipe: nodes.Pipe, context: str) -> None:
        """The variables before `:=` or `=`, if the pipeline has any."""
        while self.peek_word().kind == lex.VARIABLE:
            start = self.at
            variable = self.next_word()
            following = self.next_word()
            if following.kind in (lex.DECLARE, lex.ASSIGN):
                pipe.assigns = following.kind == lex.ASSIGN
                self.target(pipe, variable)
                return
            if following.kind != lex.CHAR or following.text != ",":
                self.at = start
                return
            self.target(pipe, variable)
            if context != "range" or len(pipe.variables) > 1:
                self.fail(f"too many declarations in {context}")
            if self.peek_word().kind not in (lex.VARIABLE, lex.RIGHT_DELIM, lex.RIGHT_PAREN):
                self.fail("range can only initialize variables")

    def target(self, pipe: nodes.Pipe, variable: Token) -> None:
        pipe.variables.append(nodes.Variable(variable.position, [variable.text]))
        self.scope.pending.append(variable.text)

    def bind(self, pipe: nodes.Pipe) -> None:
        """Give the variables of a pipeline their slots; only now, as its commands still see outer ones of that name."""
        for variable in pipe.variables:
            self.scope.pending.remove(variable.names[0])
            slot = self.scope.slot(variable.names[0]) if pipe.assigns else None
            if slot is None:
                slot = self.scope.declare(variable.names[0])
                if pipe.assigns:
                    slot = nodes.NO_SLOT
            variable.slot = slot

    def check(self, pipe: nodes.Pipe, context: str) -> None:
        if not pipe.commands:
            self.fail(f"missing value for {context}")
        for stage, command in enumerate(pipe.commands[1:], 2):
            if isinstance(command.args[0], _VALUES):
                self.fail(f"non executable command in pipeline stage {stage}")

    def command(self) -> nodes.Command:
        command = nodes.Command(self.peek_word().position)
        while True:
            self.peek_word()
            operand = self.operand()
            if operand is not None:
                command.args.append(operand)
            token = self.next()
            if token.kind == lex.SPACE:
                continue
            if token.kind in (lex.RIGHT_DELIM, lex.RIGHT_PAREN):
                self.at -= 1
            elif token.kind != lex.PIPE:
                self.unexpected(token, "operand")
            break
        if not command.args:
            self.fail("empty command")
        return command

    def operand(self) -> nodes.Node | None:
        node = self.term()
        if node is None or self.peek().kind != lex.FIELD:
            return node
        position = self.peek().position
        names = []
        while self.peek().kind == lex.FIELD:
            names.append(self.next().text[1:])
        if isinstance(node, nodes.Field):
            return nodes.Field(position, node.names + names)
        if isinstance(node, nodes.Variable):
            return nodes.Variable(position, node.names + names, node.slot)
        if isinstance(node, _VALUES):
            self.fail(f"unexpected . after term {quote(str(node))}")
        return nodes.Chain(position, node, names)

    def term(self) -> nodes.Node | None:
        token = self.next_word()
        kind, text, position = token.kind, token.text, token.position
        if kind == lex.FIELD:
            return nodes.Field(position, [text[1:]])
        if kind == lex.IDENTIFIER:
            if text not in self.functions:
                self.fail(f"function {quote(text)} not defined")
            return nodes.Identifier(position, text)
        if kind in (lex.STRING, lex.RAW_STRING):
            return nodes.String(position, text, self.unquoted(token))
        if kind == lex.VARIABLE:
            slot = self.scope.slot(text)
            if slot is None:
                if text not in self.scope.pending:
                    self.fail(f"undefined variable {quote(text)}")
                slot = nodes.NO_SLOT
            return nodes.Variable(position, [text], slot)
        if kind == lex.LEFT_PAREN:
            return self.pipeline("parenthesized pipeline", lex.RIGHT_PAREN)
        if kind == lex.DOT:
            return nodes.Dot(position)
        if kind == lex.NIL:
            return nodes.Nil(position)
        if kind == lex.BOOL:
            return nodes.Bool(position, text == "true")
        if kind in (lex.NUMBER, lex.COMPLEX, lex.CHAR_CONSTANT):
            try:
                return number(position, text, kind == lex.COMPLEX, kind == lex.CHAR_CONSTANT)
            except NumberError as error:
                self.fail(str(error))
        self.at -= 1
        return None
