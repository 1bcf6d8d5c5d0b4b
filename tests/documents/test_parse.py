"""Reading documents, whichever reader does it."""

from __future__ import annotations

import pytest

from meshctl.documents import Chunk, DocumentError, Remark, parse


def test_ordinary_document() -> None:
    parsed = parse(Chunk("kind: Service\nspec:\n  ports:\n  - {port: 80, name: http}\n", 1))
    assert parsed.data == {"kind": "Service", "spec": {"ports": [{"port": 80, "name": "http"}]}}
    assert parsed.remarks == ()


def test_repeated_key_is_a_remark_and_the_last_one_counts() -> None:
    parsed = parse(Chunk("spec:\n  a: 1\n  b: 2\n  a: 3\n", 10))
    assert parsed.data == {"spec": {"a": 3, "b": 2}}
    assert parsed.remarks == (Remark("repeated-key", ("spec",), "a", 13, 3, 11),)


@pytest.mark.parametrize(
    ("text", "data", "line"),
    [
        ("a: 1\n...\nb: 2\n", {"a": 1}, 3),
        ('{"a": 1}\n{"b": 2}\n', {"a": 1}, 2),
        ("a: 1\n--- b\nc: 2\n", {"a": 1}, 2),
    ],
)
def test_text_after_the_first_document_is_a_remark(text: str, data: object, line: int) -> None:
    parsed = parse(Chunk(text, 1))
    assert parsed.data == data
    assert [(remark.kind, remark.line, remark.column) for remark in parsed.remarks] == [("ignored-text", line, 1)]


def test_error_has_the_line_of_the_file() -> None:
    with pytest.raises(DocumentError) as caught:
        parse(Chunk("a: b\nc: d: e\n", 7))
    assert (caught.value.line, caught.value.column) == (8, 5)
