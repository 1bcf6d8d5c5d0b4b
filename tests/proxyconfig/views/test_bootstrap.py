"""The versions of a proxy, as far as it tells them."""

from __future__ import annotations

from typing import Any

import pytest

from meshctl.output.table import table_lines
from meshctl.proxyconfig import sections
from meshctl.proxyconfig.dump import read
from meshctl.proxyconfig.views.bootstrap import versions
from tests.proxyconfig import made

_VERSION = {"major_number": 1, "minor_number": 40, "patch": 2}


@pytest.mark.parametrize(
    ("node", "lines"),
    [
        ({}, ["Envoy Version: 0.0.0"]),
        ({"user_agent_build_version": {"version": _VERSION}}, ["Envoy Version: 1.40.2"]),
        (
            {
                "metadata": {"ISTIO_VERSION": "1.31.0", "ISTIO_PROXY_SHA": "istio-proxy:abc"},
                "user_agent_build_version": {
                    "version": {"major_number": 1, "minor_number": 40},
                    "metadata": {"ssl.version": "BoringSSL", "build.label": "dev", "build.type": "RELEASE"},
                },
            },
            [
                "Istio Version:       1.31.0",
                "Istio Proxy Version: abc",
                "Envoy Version:       1.40.0-dev/RELEASE/BoringSSL",
            ],
        ),
        ({"metadata": {"ISTIO_PROXY_SHA": "abc"}}, ["Istio Proxy Version: abc", "Envoy Version:       0.0.0"]),
    ],
)
def test_versions(node: dict[str, Any], lines: list[str]) -> None:
    dump = read(made.text({"@type": sections.BOOTSTRAP, "bootstrap": {"node": node}}))
    found = versions(dump.bootstrap)
    assert list(table_lines(found.columns, found.rows, found.gap)) == lines
