"""What is wrong with a text that libyaml refuses, in our words and at the place of the mistake."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from meshctl.documents.chunk import Chunk
from meshctl.documents.errors import DocumentError

if TYPE_CHECKING:
    from yaml import MarkedYAMLError

TEMPLATE_HINT = "this looks like a template of Helm or Jinja; render it first"
_ALIGN = "indent it like the fields or entries that belong together"
_FENCE = re.compile(r"^(?:----+[^\S\n]*$|---[^\s#-])", re.MULTILINE)
_BRACKETS = {"while parsing a flow sequence": ("list", "[", "]"), "while parsing a flow mapping": ("mapping", "{", "}")}

# Problems that mean the same wherever they occur.
_FIXED = {
    "block sequence entries are not allowed in this context": (
        "a list entry cannot begin here",
        "put each entry on a line of its own, below the key",
    ),
    "mapping keys are not allowed in this context": ("? cannot begin a value here", "put the text in quotes"),
    "did not find expected '-' indicator": (
        "this line belongs neither to the list above nor to the field around it",
        _ALIGN,
    ),
    "did not find expected key": ("the indentation of this line fits no field above it", _ALIGN),
    "found a tab character where an indentation space is expected": (
        "a tab is used for indentation",
        "indent with spaces",
    ),
    "found a tab character that violates indentation": ("a tab is used for indentation", "indent with spaces"),
    "found unknown escape character": (
        "unknown escape in double quotes",
        "write the backslash twice, or use single quotes, which know no escapes",
    ),
    "found invalid Unicode character escape code": ("the escape stands for no character", "write the character itself"),
    "did not find expected hexdecimal number": (
        "the escape needs hexadecimal digits",
        r"\xNN takes two of them, \uNNNN four, \UNNNNNNNN eight",
    ),
    "did not find expected comment or line break": (
        "text on the line of a | or > block",
        "begin the text on the next line, indented; or put it in quotes",
    ),
    "found an indentation indicator equal to 0": ("a block cannot have the indentation 0", "leave the digit out"),
    "did not find expected <document start>": (
        "this text follows a directive or a complete document",
        "remove the directive, or separate documents with a line of ---",
    ),
    "exceeded maximum nesting depth": ("nested too deep", ""),
}


def syntax_error(chunk: Chunk, error: MarkedYAMLError) -> DocumentError:
    """The error for a problem of libyaml; hints at templates when braces of one are near."""
    text = chunk.text
    problem, context = error.problem or "", error.context or ""
    noticed = min(error.problem_mark.index, len(text)) if error.problem_mark else len(text)
    begun = min(error.context_mark.index, len(text)) if error.context_mark else noticed
    index, message, hint = _explain(text, problem, context, noticed, begun)
    fence = _FENCE.search(text)
    if fence and fence.start() <= noticed:
        index, message = fence.start(), "this line does not separate documents"
        hint = "a separator is exactly ---, with nothing but a comment after it"
    if is_template(text, index) or is_template(text, noticed):
        hint = TEMPLATE_HINT
    return chunk.error(message, index, hint)


def is_template(text: str, index: int) -> bool:
    """Whether the line of a place has the braces of a template."""
    start = text.rfind("\n", 0, index) + 1
    end = text.find("\n", index)
    line = text[start : end if end >= 0 else None][:1000]
    return any(braces in line for braces in ("{{", "}}", "{%", "%}"))


def _explain(text: str, problem: str, context: str, noticed: int, begun: int) -> tuple[int, str, str]:
    """Offset, message and hint."""
    if text.startswith("%") and ("directive" in context + problem or "<document start>" in problem):
        return 0, "a directive, which Kubernetes does not understand", "remove the line that begins with %"
    if problem == "did not find expected key" and text[text.rfind("\n", 0, noticed) + 1 : noticed].strip():
        return (
            noticed,
            "text after the end of the value",
            "put the whole value in quotes; '' is a quote inside single quotes",
        )
    if problem in _FIXED:
        return noticed, *_FIXED[problem]
    if problem == "mapping values are not allowed in this context":
        return _colon(text, noticed)
    if problem == "could not find expected ':'":
        return begun, "a line without a colon where a field is expected", _key_hint(text, begun)
    if problem == "found character that cannot start any token":
        return noticed, *_character(text[noticed : noticed + 1])
    if context in ("while scanning a quoted scalar", "while parsing a quoted scalar"):
        quote = text[begun : begun + 1]
        return (
            begun,
            f"the quote {quote} is never closed",
            f"add the closing {quote}; inside single quotes write '' for '",
        )
    if context in _BRACKETS:
        return _bracket(text, context, noticed, begun)
    if context in ("while scanning an alias", "while scanning an anchor"):
        sign = text[begun : begun + 1]
        what = "an alias" if sign == "*" else "an anchor"
        return (
            begun,
            f"{sign} begins {what}, but no name follows",
            f"put the text in quotes: {sign} is special at its start",
        )
    if "tag" in context or "tag" in problem:
        return begun, "! begins a tag that is not known", "put the text in quotes: ! is special at its start"
    if "directive" in context + problem or problem == "found incompatible YAML document":
        return noticed, "a directive that cannot be read", "remove the line that begins with %"
    if problem == "did not find expected node content":
        sign = text[noticed : noticed + 1]
        if not sign.strip():
            return noticed, "a value is missing", ""
        return noticed, f"{sign} is not expected here", "remove it, or put the text in quotes"
    return noticed, "not valid YAML", ""


def _colon(text: str, index: int) -> tuple[int, str, str]:
    start = text.rfind("\n", 0, index) + 1
    line = text[start:index]
    if re.search(r":(?:\s|$)", line) or line.startswith("---"):
        return index, "a second colon on one line", "put the value in quotes if the colon is part of it"
    above = text[:start].rstrip()
    above = above[above.rfind("\n") + 1 :]
    if re.match(r"[\s-]*[^\s:]+:\S", above):
        hint = "a blank is missing after the colon in the line above"
    elif ":" in above:
        hint = "the line above already has a value: check the indentation, or a missing quote"
    else:
        hint = "the line above has no colon: write it as `key: value`, or as `- entry`"
    return index, "a field cannot begin here", hint


def _key_hint(text: str, index: int) -> str:
    end = text.find("\n", index)
    line = text[index : end if end >= 0 else None]
    if re.match(r"[^\s:]+:\S", line):
        return "a blank is missing after the colon"
    return "write it as `key: value`; indent it if it continues the text above"


def _character(sign: str) -> tuple[str, str]:
    if sign == "\t":
        return "a tab is used for indentation", "indent with spaces"
    if sign in "|>":
        return f"{sign} cannot begin a value inside brackets", "put the text in quotes"
    return f"{sign} cannot begin a value", f"put the text in quotes: {sign} is special at its start"


def _bracket(text: str, context: str, noticed: int, begun: int) -> tuple[int, str, str]:
    what, opening, closing = _BRACKETS[context]
    if not text[noticed:].strip() or (text[noticed] == ":" and "\n" in text[begun:noticed]):
        return begun, f"the bracket {opening} is never closed", f"add the closing {closing}"
    hint = "entries are separated by commas; quote text that contains one of []{},"
    return noticed, f"a comma or {closing} is missing before this in the {what} in brackets", hint
