"""The port of a pod behind a port of its Service."""

from __future__ import annotations

from typing import Any

import pytest

from meshctl.kube.services import target_port

POD = {"spec": {"containers": [{"ports": [{"containerPort": 9443}, {"name": "hooks", "containerPort": 15017}]}]}}


@pytest.mark.parametrize(
    ("entry", "expected"),
    [({"targetPort": 8443}, 8443), ({"targetPort": "hooks"}, 15017), ({"targetPort": "gone"}, 443), ({}, 443)],
    ids=["number", "name", "unknown name", "none"],
)
def test_target_port(entry: dict[str, Any], expected: int) -> None:
    service = {"spec": {"ports": [{"port": 80, "targetPort": 1}, {"port": 443, **entry}]}}
    assert target_port(service, POD, 443) == expected
