"""Splitting a file into documents."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshctl.documents import Chunk, parse, split


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", []),
        ("\n \n", []),
        ("a: 1", [("a: 1", 1)]),
        ("---\na: 1\n---\nb: 2\n", [("a: 1\n", 2), ("b: 2\n", 4)]),
        ("a: 1\n---\n---\n\nb: 2\n---", [("a: 1\n", 1), ("\nb: 2\n", 4)]),
        ("--- \t\na: 1\n--- # next\nb: 2", [("a: 1\n", 2), ("b: 2", 4)]),
        ("---#x\na: 1\n", [("a: 1\n", 2)]),
        ("a: 1\r\n---\r\nb: 2\r\n", [("a: 1\r\n", 1), ("b: 2\r\n", 3)]),
        ("a: 1\n---\n# only a comment\n", [("a: 1\n", 1), ("# only a comment\n", 3)]),
        ("a: 1\n ---\nb: 2\n", [("a: 1\n ---\nb: 2\n", 1)]),
        ("a: 1\n--- b\n", [("a: 1\n--- b\n", 1)]),
        ("----\na: 1\n", [("----\na: 1\n", 1)]),
        ("---", []),
        ("---\n---\n---\n", []),
        ("\n---\na: 1", [("a: 1", 3)]),
        (
            '\n{"a":1}\n\n{"b":\n2} {"c":3}\n---\n{}',
            [('\n{"a":1}\n', 1), ('{"b":\n2}\n', 4), ('{"c":3}\n', 5), ("{}", 7)],
        ),
        ('{"a":1}\n{b: 2}\n', [('{"a":1}\n', 1), ("{b: 2}\n", 2)]),
        ('{"a":"} {"}\n', [('{"a":"} {"}\n', 1)]),
        ("{a: 1}\n{b: 2}\n", [("{a: 1}\n{b: 2}\n", 1)]),
    ],
)
def test_documents_and_their_lines(text: str, wanted: list[tuple[str, int]]) -> None:
    assert [(chunk.text, chunk.line) for chunk in split(text)] == wanted


def test_comment_only_document_is_null() -> None:
    assert parse(Chunk("# nothing here\n", 1)).data is None


@given(
    st.lists(st.sampled_from(["---\n", "--- \n", "---\r\n", "---#\n", "--- x\n", "a\n", "\n", " ---\n", "---", "-"]))
)
def test_every_line_keeps_its_number(lines: list[str]) -> None:
    text = "".join(lines)
    wanted = {
        (number, line)
        for number, line in enumerate(text.split("\n"), 1)
        if line.strip() and not re.fullmatch(r"---\s*(#.*)?", line)
    }
    found = {
        (number, line)
        for chunk in split(text)
        for number, line in enumerate(chunk.text.split("\n"), chunk.line)
        if line.strip()
    }
    assert found == wanted
