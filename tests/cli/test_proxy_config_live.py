"""`meshctl proxy-config` on a real Envoy."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from meshctl.cli.app import run
from tests.envoy.process import Envoy
from tests.envoy.small_mesh import INBOUND, OUTBOUND, small_mesh


@pytest.fixture(scope="module")
def proxy() -> Iterator[Envoy]:
    with small_mesh() as (envoy, _):
        yield envoy


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["cluster"], ["reviews.shop.svc.cluster.local     9080     v1         outbound      EDS"]),
        (["cluster", "-o", "json"], [f'"name": "{INBOUND}"', '"edsClusterConfig"']),
        (["listener"], ["15001", "Route: 9080", "15006", "Route: 8080"]),
        (["listener", "--destination", "Route: 8080", "-o", "name"], ["listener/inbound"]),
        (["route", "-o", "wide", "--name", "9080"], [OUTBOUND]),
        (["endpoint", "--cluster", OUTBOUND, "-o", "wide"], [":9080", "HEALTHY", "ok"]),
        (["eds", "--cluster", OUTBOUND], [":9080", OUTBOUND]),
        (["bootstrap", "-o", "short"], ["Envoy Version: 1."]),
        (["bootstrap"], ['"node"']),
    ],
)
def test_views(proxy: Envoy, arguments: list[str], wanted: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["proxy-config", *arguments, "-f", f"http://{proxy.admin}"]) == 0
    printed = capsys.readouterr()
    assert all(text in printed.out for text in wanted), printed.out
    assert printed.err == ""


def test_a_proxy_does_not_differ_from_itself(proxy: Envoy, capsys: pytest.CaptureFixture[str]) -> None:
    address = f"http://{proxy.admin}"
    assert run(["proxy-config", "diff", address, address]) == 0
    assert "the same" in capsys.readouterr().out


def test_nobody_listens_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["proxy-config", "cluster", "-f", "http://127.0.0.1:9"]) == 65
    assert "127.0.0.1:9" in capsys.readouterr().err
