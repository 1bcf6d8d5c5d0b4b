"""Durations as Go writes them."""

from __future__ import annotations

import pytest

from meshctl.durations import nanoseconds


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("0s", 0),
        ("1m30s", 90 * 10**9),
        ("1.5ms", 1_500_000),
        (".5s", 500_000_000),
        ("1us", 1000),
        ("1µs", 1000),
        ("-2h", -7200 * 10**9),
        ("+1ns", 1),
        ("0.1ns", 0),
        ("", None),
        ("5", None),
        ("1d", None),
        ("5S", None),
        ("1e3s", None),
        ("5 s", None),
        ("٣s", None),
        ("300000000h", None),
    ],
)
def test_value(text: str, value: int | None) -> None:
    assert nanoseconds(text) == value
