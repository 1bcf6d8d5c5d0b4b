"""Texts that are like an earlier one give the same data as when each is read on its own."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meshctl.documents import Chunk, DocumentError, parse
from meshctl.documents.similar import SimilarTexts

TEXTS = [
    # The strings that differ are values, items, deep inside, or all there is.
    'a: "X"\nb:\n- "Y"\n- c: {d: [e]}\n  f: "Z"\n',
    '- "X"\n- - "Y"\n- "Z"\n',
    'a: "X"\n',
    # They are in places where they are not values of their own.
    'a: |\n  b: "X"\n  - "Y"\nc: "Z"\n',
    'a: >-\n  b: "X"\nc: "Y"\n',
    "a: 'x\n\n  b: \"X\"\n\n  '\nc: \"Y\"\n",
    'a: b\n  - "X"\nc: "Y"\n',
    '# a: "X"\nb: "Y"\n',
    'a: {b: "X"\n  , c: "Y"\n  }\n',
    '? "X"\n: "Y"\n',
    'a: "{\\"b\\":1}"\nc: "X"\n',
    'a: [{"b": "X"}]\nc: "Y"\n',
    # What they are is told by something else.
    'a: !!str\n  "X"\nb: !!binary\n  "Y"\n',
    'a: &anchor "X"\nb: *anchor\nc: "Y"\n',
    'a: "X"\na: "Y"\n',
    'a: "meshctl-mark-0"\nb: meshctl-mark-0\nc: "X"\n',
    # Not YAML at all.
    'a: "X"\n b: "Y"\n',
    'a: "X" "Y"\n',
]  # fmt: skip

_STRINGS = st.sampled_from(["", "x", "true", "1", "a: b", "- c", "#", " ", "{", "*a", "<<", "|", "'", "meshctl-mark-1"])


def _outcome(read: object) -> object:
    assert callable(read)
    try:
        return read()
    except DocumentError as error:
        return str(error), error.line, error.column


@pytest.mark.parametrize("text", TEXTS)
@settings(deadline=None)
@given(strings=st.lists(st.tuples(_STRINGS, _STRINGS, _STRINGS), min_size=1, max_size=6))
def test_same_as_when_read_alone(text: str, strings: list[tuple[str, str, str]]) -> None:
    similar = SimilarTexts()
    for three in strings:
        one = text
        for letter, string in zip("XYZ", three, strict=True):
            one = one.replace(letter, string)
        expected = _outcome(lambda one=one: parse(Chunk(one, 1)).data)
        assert _outcome(lambda one=one: similar.read(one)) == expected


def test_data_of_similar_texts_share_what_is_the_same() -> None:
    similar = SimilarTexts()
    words = ["w", "x", "y", "z"]
    found = [similar.read(f'a: "{word}"\nb: {{c: [d]}}\n') for word in words]
    assert found == [{"a": word, "b": {"c": ["d"]}} for word in words]
    assert found[2]["b"] is found[3]["b"]
