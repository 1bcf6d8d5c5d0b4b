"""Indexes over labels and selectors answer as the test of each pair does."""

from __future__ import annotations

from typing import Any

import pytest

from meshctl.model.selectors import LabelIndex, SelectorIndex, matches

SETS: list[dict[str, Any]] = [
    {},
    {"app": "web"},
    {"app": "web", "version": "v1"},
    {"app": "api"},
    {"version": "v1"},
    {"app": "web", "version": "v2", "tier": "front"},
    {"app": ""},
]


@pytest.mark.parametrize("labels", SETS)
def test_selectors_that_match_labels(labels: dict[str, Any]) -> None:
    index = SelectorIndex((selector, number) for number, selector in enumerate(SETS))
    wanted = {number for number, selector in enumerate(SETS) if matches(selector, labels)}
    assert set(index.matching(labels)) == wanted


@pytest.mark.parametrize("selector", SETS)
def test_labels_that_a_selector_matches(selector: dict[str, Any]) -> None:
    index = LabelIndex((labels, number) for number, labels in enumerate(SETS))
    wanted = [number for number, labels in enumerate(SETS) if matches(selector, labels)]
    assert list(index.select(selector)) == wanted
    assert index.any(selector) == bool(wanted)


@pytest.mark.parametrize("value", [1, None, True, [], {}])
def test_values_that_are_no_texts_match_nothing(value: Any) -> None:
    assert list(SelectorIndex([({"app": value}, 1)]).matching({"app": value})) == []
    assert list(LabelIndex([({"app": value}, 1)]).select({"app": value})) == []
