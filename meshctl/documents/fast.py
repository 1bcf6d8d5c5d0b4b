"""The fast reader: yaml-rs, for texts that it takes exactly as Kubernetes' reader would.

It is ten times as fast as the exact reader, but reads YAML 1.2 and has leniencies of its own. So one look at the text
finds whatever the two might see differently; such texts, and those that yaml-rs refuses, are left to the exact reader.
Too many of them costs time only, one too few is a defect: `tests/documents/test_agreement.py` compares the two.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import re2
import yaml_rs

from meshctl.documents import json_text
from meshctl.documents.chunk import Chunk
from meshctl.documents.errors import MAX_DEPTH

UNSURE = object()
"""What `read` gives for texts that only the exact reader can judge."""

# Where a token can start, and where a plain scalar that starts there may end. The patterns are for RE2, whose time
# depends on the length of the text only; it has no look-around and needs none here.
_BEFORE = r"(?:\A|[\n\[{,:]|-\s)\s*"
_AFTER = r"\s*(?:[\n#,\[\]{}:]|\z)"
_NUMBER = r"[-+]?[0-9.][0-9.eE+\-]*"
_WORD = r"(?:~|null|Null|NULL|true|True|TRUE|false|False|FALSE)"

# What stands on one line with brackets that match, four deep at most.
_BALANCED = r"[^\[\]{}\n]*"
for _ in range(4):
    _BALANCED = rf"[^\[\]{{}}\n]*(?:[\[{{]{_BALANCED}[\]}}][^\[\]{{}}\n]*)*"

_DOUBTS = (
    # words that are booleans in YAML 1.1 only
    _BEFORE + r"(?:[yYnN]|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF)" + _AFTER,
    # numbers: octal, binary, hexadecimal, with underscores, not finite, or perhaps too large for 64 bits
    _BEFORE + r"[-+]?(?:0[0-9xXoObB]|\.[iInN]|[0-9][0-9.]{17}|[0-9.]+[eE][-+]?[0-9]{3})",
    _BEFORE + r"[-+.]?(?:_+[0-9.]|[0-9.][0-9.eE+\-]*_)",
    # tags, anchors, merge keys, complex and empty keys, keys that begin a flow mapping
    _BEFORE + r"[!&?]",
    r"<<",
    _BEFORE + r":",
    r":[,?\[\]{}]",
    r"\{\s*[\[{]",
    r"[\]}]\s*:",
    # flow style over several lines, where yaml-rs takes more for a key, and flow style deeper than looked at here
    r"(?:\A|\n)" + _BALANCED + r"[\]}]",
    rf"(?:[\[{{]{_BALANCED}){{5}}",
    # lists in lists on one line: each takes stack, and only two characters
    r"-\s+-\s",
    # directives, document ends and starts
    r"(?:\A|\n)(?:%|\.\.\.|---)",
    # escapes, and block scalars that are not just a header above indented text
    r"\\[uU/]",
    r"(?:\A|\n)\s*[|>]",
    _BEFORE + r"[|>](?:[^-+\r\n]|[-+][^\r\n]|[-+]?\r?\n[^\S\n]*(?:\r?\n|\z))",
    # tabs, control characters, blanks and line ends beyond ASCII
    r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\xa0\x{1680}\x{2000}-\x{206f}\x{3000}\x{feff}\x{fff0}-\x{ffff}]",
    r"\r(?:[^\n]|\z)",
)

# Keys that are no text, and nesting, show in the data: these texts are read fast, then looked through.
_SUSPICIONS = (
    _BEFORE + f"(?:{_NUMBER}|{_WORD})" + r"\s*:(?:\s|\z)",
    r"[{,]\s*" + f"(?:{_NUMBER}|{_WORD})" + r"\s*[,}#]",
    r"[{,]\s*#",
    r",\s*[\[{]",
    r"\n {50}",
)

_doubt = re2.compile("|".join(_DOUBTS))
_suspicion = re2.compile("|".join(_SUSPICIONS))
_content = re2.compile(r"(?m)^[^\S\n]*[^#\s]")
# Brackets nest at most as deep as there are; a deeper limit would only save time.
_FEW_BRACKETS = MAX_DEPTH // 2 - 51


def read(chunk: Chunk) -> Any:
    """The data of a chunk, or UNSURE."""
    text = chunk.text
    if text[:1] in "{[":
        found = json_text.read(text)
        if found is not None and not found.repeated:
            return found.data if _sound(found.data) else UNSURE
    # libyaml gives a block scalar that ends with the text no last line end, yaml-rs does.
    if text[-1:] != "\n" and ("|" in text or ">" in text):
        return UNSURE
    try:
        if _doubt.search(text):
            return UNSURE
        data = yaml_rs.loads(text, parse_datetime=False)
        suspicious = text.count("[") + text.count("{") > _FEW_BRACKETS or _suspicion.search(text)
    except (yaml_rs.YAMLDecodeError, UnicodeEncodeError):
        return UNSURE
    return data if not suspicious or _sound(data) else UNSURE


def read_all(chunks: Sequence[Chunk]) -> list[Any] | None:
    """The data of all chunks of a file, read in one go; None where one of them may need a closer look.

    A file is most often ordinary as a whole, and one call for it costs less than a look at each of its documents.
    """
    if len(chunks) < 2 or not all(chunk.text[-1:] == "\n" and chunk.text[:1] not in "{[" for chunk in chunks):
        return None
    # Where nothing but comments stands, yaml-rs sees no document.
    if any(chunk.text[0] in "# \t\r\n" and not _content.search(chunk.text) for chunk in chunks):
        return None
    if any(chunk.text.count("[") + chunk.text.count("{") > _FEW_BRACKETS for chunk in chunks):
        return None
    try:
        # An empty line between two chunks stands for the end of the first and the start of the second.
        together = "\n\n".join(chunk.text for chunk in chunks)
        if _doubt.search(together) or _suspicion.search(together):
            return None
        found: Any = yaml_rs.loads("---\n".join(chunk.text for chunk in chunks), parse_datetime=False)
    except (yaml_rs.YAMLDecodeError, UnicodeEncodeError):
        return None
    return found if type(found) is list and len(found) == len(chunks) else None


def _sound(data: Any) -> bool:
    """Whether all keys are text and nothing is nested too deep."""
    level = [data]
    for _ in range(MAX_DEPTH):
        below: list[Any] = []
        for item in level:
            if type(item) is dict:
                for key in item:
                    if type(key) is not str:
                        return False
                below.extend(item.values())
            elif type(item) is list:
                below.extend(item)
        if not below:
            return True
        level = below
    return not any(type(item) in (dict, list) for item in level)
