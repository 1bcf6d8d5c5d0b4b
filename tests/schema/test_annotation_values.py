"""Values of annotations: good ones, and bad ones beside them."""

from __future__ import annotations

import pytest

from meshctl.schema.annotation_values import value_problem

CASES = {
    "sidecar.istio.io/interceptionMode": (["REDIRECT", "TPROXY", "NONE"], ["", "redirect", "ALL"]),
    "status.sidecar.istio.io/port": (["0", "15020", " 80 ", "65535"], ["", "65536", "-1", "http", "1_0"]),
    "readiness.status.sidecar.istio.io/periodSeconds": (["0", "4294967295"], ["4294967296", "-1", "1.5", " 1", ""]),
    "traffic.sidecar.istio.io/includeOutboundIPRanges": (
        ["*", "", "10.0.0.0/8", "10.1.2.3/8,fd00::/8"],
        ["10.0.0.0", "10.0.0.0/33", "10.0.0.0/255.0.0.0", "10.0.0.0/8, 11.0.0.0/8", "10.0.0.0/8,", "*,10.0.0.0/8"],
    ),
    "traffic.sidecar.istio.io/excludeOutboundIPRanges": (["", "10.0.0.1/32"], ["*", "10.0.0.1"]),
    "traffic.sidecar.istio.io/includeInboundPorts": (["*", "", "80", "80, 443"], ["80,*", "80,", "http"]),
    "traffic.sidecar.istio.io/excludeInboundPorts": (["", "80,443"], ["*", "70000"]),
    "traffic.sidecar.istio.io/excludeInterfaces": (
        ["eth0", "eth0,veth-1.2", "eth0, veth1 "],
        ["", "eth0,", "eth0, ", "eth 0", "0eth", "abcdefghijklmnop"],
    ),
    "prometheus.istio.io/merge-metrics": (["true", "F", "0"], ["yes", "", "tRUE"]),
    "sidecar.istio.io/proxyCPU": (["100m", "1", ".5", "1e3", "2Gi", "+1"], ["", "100 m", "1mi", "1\n", "m", "1ei"]),
    "proxy.istio.io/config": (["", "concurrency: 2", "{}", "anythingNew: 1"], ["concurrency: [", "a text", "- list"]),
    "sidecar.istio.io/logLevel": (["whatever"], []),
}


@pytest.mark.parametrize("annotation", CASES)
def test_values(annotation: str) -> None:
    good, bad = CASES[annotation]
    assert {value: value_problem(annotation, value) for value in good} == dict.fromkeys(good)
    assert all(value_problem(annotation, value) for value in bad)
