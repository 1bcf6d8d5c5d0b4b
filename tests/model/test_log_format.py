"""Formats of access logs: which operators Envoy takes."""

from __future__ import annotations

import time

import pytest

from meshctl.model.log_format import faults


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain",
        "100%%",
        "%%%PROTOCOL%%%",
        "%START_TIME%",
        "%START_TIME(%Y-%m-%dT%H:%M:%S.%3fZ)% %REQ(:METHOD)%",
        "%REQ(X-A?Y):20% %DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
        "%CEL(request.headers['a'] + (1 + 2))%",
    ],
)
def test_good_formats(text: str) -> None:
    assert list(faults(text)) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("%RESP_CODE%", ["%RESP_CODE%"]),
        ("a %BYTES_RECV% %BYTES_RECV% b", ["%BYTES_RECV%"]),
        ("[%Y-%m-%dT%H] %DURATION%", ["%Y-%m-%dT%H"]),
        ("%protocol% %PROTOCOL%", ["%protocol%"]),
        ("50% off", ["%"]),
        ("at the end %", ["%"]),
        ("%REQ% %PROTOCOL(x)%", ["%REQ%", "%PROTOCOL(x)%"]),
        ('{"code": "%CODE%"}', ["%CODE%"]),
    ],
)
def test_bad_formats(text: str, words: list[str]) -> None:
    assert [fault.text for fault in faults(text)] == words


def test_hostile_formats_take_little_time() -> None:
    started = time.process_time()
    list(faults("%A(" * 20_000))
    assert time.process_time() - started < 5
