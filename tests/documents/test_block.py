"""The block writer gives what a YAML reader takes for the same data."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from meshctl.documents.block import write_block

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT
DATA = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=20
)


@given(st.dictionaries(TEXT, DATA, min_size=1, max_size=4))
def test_round_trip(data: dict[str, Any]) -> None:
    assert yaml.load(write_block(data), Loader=yaml.CSafeLoader) == data


@given(st.lists(DATA, min_size=1, max_size=4))
def test_round_trip_of_an_indented_list(data: list[Any]) -> None:
    assert yaml.load("key:\n" + write_block(data, 2), Loader=yaml.CSafeLoader) == {"key": data}


def test_words_that_look_like_other_types_are_quoted() -> None:
    assert write_block({"on": ["yes", "null", "1.5", "a: b", "- x", ""], "plain": "text"}) == (
        '"on":\n- "yes"\n- "null"\n- "1.5"\n- "a: b"\n- "- x"\n- ""\nplain: text\n'
    )
