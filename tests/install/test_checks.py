"""Versions as installations tell them, and as they are compared."""

from __future__ import annotations

from typing import Any

import pytest

from meshctl.install.checks import release, running_version


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("1.31.0", (1, 31, 0)),
        ("v1.9", (1, 9, 0)),
        ("1.31.0-distroless", (1, 31, 0)),
        ("1.36.3+k3s1", (1, 36, 3)),
        ("latest", None),
        ("", None),
        ("1", None),
    ],
)
def test_numbers_of_a_release(text: str, numbers: tuple[int, int, int] | None) -> None:
    assert release(text) == numbers


def test_releases_are_compared_as_numbers() -> None:
    old, new = release("1.9.0"), release("1.10.0")
    assert old is not None
    assert new is not None
    assert old < new


@pytest.mark.parametrize(
    ("image", "labels", "version"),
    [
        ("docker.io/istio/pilot:1.30.1", {"operator.istio.io/version": "1.31.0"}, "1.30.1"),
        ("registry:5000/istio/pilot:1.30.1-debug@sha256:abc", {}, "1.30.1-debug"),
        ("registry:5000/istio/pilot", {"operator.istio.io/version": "1.29.0"}, "1.29.0"),
        ("istio/pilot:mine", {"app.kubernetes.io/version": "1.28.0"}, "1.28.0"),
        ("istio/pilot:mine", {}, ""),
    ],
)
def test_version_that_a_deployment_runs(image: str, labels: dict[str, str], version: str) -> None:
    deployment: dict[str, Any] = {
        "metadata": {"labels": labels},
        "spec": {"template": {"spec": {"containers": [{"name": "discovery", "image": image}]}}},
    }
    assert running_version(deployment) == version
