"""Shared parts give what the same data give otherwise, each time."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from meshctl.documents import write_yaml
from meshctl.documents.shared import SHARED, converted, shared
from meshctl.model.strategic_merge import POD, merge

_SCALARS = st.one_of(st.none(), st.booleans(), st.sampled_from([0, 1, 1.0, 2.5]), st.sampled_from(["", "a", "yes"]))
_DATA = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["a", "b", "$x"]), inner, max_size=3)
    ),
)


def _written(data: Any) -> str:
    return json.dumps(data)  # tells 1 from 1.0 and from true, which are equal


def _items(volume: Any) -> dict[str, Any]:
    return {"spec": {"volumes": [{"name": "v", "x": volume}], "other": volume}}


@settings(deadline=None)
@given(_DATA)
def test_written_as_the_same_text_at_every_depth(data: Any) -> None:
    part = shared(data)
    for document in ({"k": part}, [part, {"k": [part]}], part):
        assert write_yaml(document) == write_yaml(json.loads(_written(document)))


@settings(deadline=None)
@given(_DATA, _DATA)
def test_merged_to_the_same(data: Any, other: Any) -> None:
    part = shared(data)
    for target in ({}, {"spec": {"other": other}}, {}):
        assert _written(merge(target, _items(part), POD)) == _written(merge(target, _items(data), POD))


def test_converted_once_for_each_conversion() -> None:
    part = shared({"a": 1.0, "b": [None]})
    whole = converted(part, "integers", lambda found: {**found, "a": 1})
    assert _written(whole) == '{"a": 1, "b": [null]}'
    assert converted(part, "integers", lambda found: {}) is whole
    assert converted(part, "as it is", dict) is part
    assert whole.__class__ in SHARED
    assert whole["b"] is part["b"]
