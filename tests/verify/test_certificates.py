"""When certificates of authorities are good."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from meshctl.verify.certificates import judged
from meshctl.verify.checks import Status
from tests.cluster.certificates import Authority

NOW = datetime.now(UTC)


@pytest.mark.parametrize(
    ("text", "status", "told"),
    [
        (Authority("ca", days=100).certificate, Status.OK, "days from now"),
        (Authority("ca", days=-2).certificate, Status.OFF, "expired"),
        (Authority("ca", 100).certificate + Authority("old", -2).certificate, Status.OFF, "expired"),
        ("", Status.OFF, "no certificate"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", Status.OFF, "no certificate"),
    ],
    ids=["good", "expired", "one of two expired", "empty", "broken"],
)
def test_authority(text: str, status: Status, told: str) -> None:
    found = judged("ConfigMap a/b", text, NOW)
    assert found.status is status
    assert told in found.detail
