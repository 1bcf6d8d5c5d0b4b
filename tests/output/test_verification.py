"""Checks of an installation in each form."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from meshctl.output.terminal import Paint
from meshctl.output.verification import as_data, as_junit, as_table
from meshctl.verify.checks import Check, exit_code, good, off, unknown
from meshctl.verify.verification import Verification

CHECKS = (
    off("object", 'Role a/"b"', "it does\nnot exist & more", "install again"),
    good("object", "Service a/b"),
    unknown("webhook", "injection", "the user may not read <pods>"),
)
FOUND = Verification(("revision default",), CHECKS)


def test_table_ends_with_what_is_off() -> None:
    lines = list(as_table(FOUND, Paint(None)))
    assert lines == [
        "✔ Service a/b  as it should be",
        "? injection    the user may not read <pods>",
        '✘ Role a/"b"   it does not exist & more',
        "    install again",
        "Checked 2 objects",
        "Checked 1 webhooks",
        "✘ revision default: 1 of 3 checks are off, 1 could not be checked",
    ]


def test_junit_is_xml_with_failures_and_errors() -> None:
    root = ET.fromstring(as_junit(FOUND))
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("3", "1", "1")
    assert [suite.get("name") for suite in root] == ["object", "webhook"]
    failure = root.find("testsuite/testcase/failure")
    assert failure is not None
    assert failure.get("message") == "it does not exist & more"


def test_data_has_every_check() -> None:
    data = as_data(FOUND)
    assert data["summary"] == {"ok": 1, "off": 1, "unknown": 1}
    assert [(check["subject"], check["status"]) for check in data["checks"]] == [
        ('Role a/"b"', "off"),
        ("Service a/b", "ok"),
        ("injection", "unknown"),
    ]


@pytest.mark.parametrize(("checks", "code"), [(CHECKS, 79), (CHECKS[1:], 65), (CHECKS[1:2], 0)])
def test_exit_code(checks: tuple[Check, ...], code: int) -> None:
    assert exit_code(checks) == code
