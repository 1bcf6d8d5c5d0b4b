"""Whatever is written is read again as it was, by readers of YAML 1.1 and 1.2."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from meshctl.documents import Chunk, parse, write_yaml

_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
_LINES = st.lists(st.text("ab :#-'\"|>\t", max_size=6), max_size=5).map("\n".join)
_SCALARS = (
    _TEXTS
    | _LINES
    | st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from("yes no On off y N null ~ true 012 0x1 1e3 1_0 .5 .inf 1:20 2020-01-01 - -1 = <<".split())
)
_KEYS = st.text("ab :#-.{}'\"\n", min_size=1, max_size=6) | st.sampled_from(["y", "1", "null", "true", "a b", "- x"])
_DATA = st.recursive(_SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=4))


@settings(max_examples=300, deadline=None)
@given(_DATA)
@example({"a": "x\n", "b": "x\n\n", "c": "x\n\n\ny", "d": "\nx", "e": " x\n", "f": "x\n y", "g": "x "})
@example([[["a"], {"b": [[]]}], {}])
@example({"a": {"b": "x\n\n\n"}, "c": 1})
def test_what_is_written_is_read_again(data: Any) -> None:
    text = write_yaml(data)
    assert yaml.load(text, Loader=yaml.CSafeLoader) == data
    if isinstance(data, dict) and data:
        assert parse(Chunk(text, 1)).data == data


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({"a": [{"b": 1, "c": ["x", "z"]}]}, "a:\n- b: 1\n  c:\n  - x\n  - z\n"),
        ({"on": "15020", "b": {}, "c": []}, "'on': '15020'\nb: {}\nc: []\n"),
        ({"args": ["--flag=a", "-p", "*", ""]}, "args:\n- --flag=a\n- -p\n- '*'\n- ''\n"),
        ({"a": "one\n two\n"}, "a: |\n  one\n   two\n"),
        ({"a": '{"x":1}'}, "a: '{\"x\":1}'\n"),
        ({"a": "x: y", "b": "http://x:80/"}, "a: 'x: y'\nb: http://x:80/\n"),
    ],
)
def test_form(data: Any, text: str) -> None:
    assert write_yaml(data) == text


def test_form_does_not_depend_on_what_was_written_before() -> None:
    text = "a key of two\nlines\n"
    before = write_yaml({"a": text})
    write_yaml({text: "as a key it stays on its line"})
    assert write_yaml({"a": text}) == before == "a: |\n  a key of two\n  lines\n"
