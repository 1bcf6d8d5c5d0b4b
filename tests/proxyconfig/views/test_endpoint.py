"""The endpoints as the proxy sees them, and as the control plane sent them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from meshctl.proxyconfig import sections
from meshctl.proxyconfig.cluster_statuses import read_statuses
from meshctl.proxyconfig.dump import read
from meshctl.proxyconfig.errors import DumpError
from meshctl.proxyconfig.view import Filters
from meshctl.proxyconfig.views import eds, endpoint
from tests.proxyconfig import made


def socket(address: str, port: int = 80) -> dict[str, Any]:
    return {"socket_address": {"address": address, "port_value": port}}


def seen(*hosts: dict[str, Any], wide: bool = False, **filters: Any) -> list[tuple[str, ...]]:
    data = json.dumps({"cluster_statuses": [{"name": "c", "host_statuses": list(hosts)}]}).encode()
    return endpoint.table(read_statuses(data), Filters(**filters), wide=wide).rows


@pytest.mark.parametrize(
    ("address", "text"),
    [
        (socket("1.2.3.4"), "1.2.3.4:80"),
        (socket("fd00::1"), "fd00::1:80"),
        ({"socket_address": {"address": "1.2.3.4"}}, "1.2.3.4"),
        ({"pipe": {"path": "/run/x"}}, "unix:///run/x"),
        ({"envoy_internal_address": {"server_listener_name": "l", "endpoint_id": "1:2"}}, "envoy://l/1:2"),
        ({}, "unknown"),
    ],
)
def test_addresses(address: dict[str, Any], text: str) -> None:
    assert seen({"address": address}) == [(text, "UNKNOWN", "OK", "c")]


@pytest.mark.parametrize(
    ("health", "status", "checked", "words"),
    [
        ({"eds_health_status": "HEALTHY"}, "HEALTHY", "OK", "ok"),
        ({}, "UNKNOWN", "OK", "ok"),
        ({"eds_health_status": "DRAINING"}, "DRAINING", "OK", "draining says the control plane"),
        ({"failed_outlier_check": True}, "UNKNOWN", "FAILED", "ejected as outlier"),
        ({"failed_active_health_check": True, "active_hc_timeout": True}, "UNKNOWN", "OK",
         "failed health check, health check timed out"),
    ],
)  # fmt: skip
def test_health(health: dict[str, Any], status: str, checked: str, words: str) -> None:
    [row] = seen({"address": socket("1.1.1.1"), "health_status": health}, wide=True)
    assert (row[1], row[2], row[-1]) == (status, checked, words)


def test_order_is_by_address_as_text_and_port_as_number() -> None:
    found = seen(*({"address": socket(*place)} for place in (("10.0.0.9", 80), ("10.0.0.10", 90), ("10.0.0.10", 100))))
    assert [row[0] for row in found] == ["10.0.0.10:90", "10.0.0.10:100", "10.0.0.9:80"]


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({"address": "FD00::A"}, 1),
        ({"address": "fd00::a:80"}, 0),
        ({"port": 81}, 1),
        ({"cluster": "C"}, 2),
        ({"cluster": "other"}, 0),
        ({"status": "healthy"}, 1),
    ],
)
def test_filters(filters: dict[str, Any], count: int) -> None:
    hosts = (
        {"address": socket("fd00::a"), "health_status": {"eds_health_status": "HEALTHY"}},
        {"address": socket("1.1.1.1", 81)},
    )
    assert len(seen(*hosts, **filters)) == count


@pytest.mark.parametrize(
    ("data", "problem"), [(b"agent::observability_name::agent\n", "text form"), (b"nonsense", "no JSON")]
)
def test_other_answers_are_refused(data: bytes, problem: str) -> None:
    with pytest.raises(DumpError, match=problem):
        read_statuses(data)


def sent(*localities: dict[str, Any], **filters: Any) -> list[tuple[str, ...]]:
    assignment = {"endpoint_config": {"cluster_name": "c", "endpoints": list(localities)}}
    wanted = Filters(**filters)
    dump = read(made.text({"@type": sections.ENDPOINTS, "dynamic_endpoint_configs": [assignment]}))
    return eds.VIEW.table(eds.select(dump, wanted), wanted).rows


def test_endpoints_that_the_control_plane_sent() -> None:
    more = [{"address": socket("fd00::1", 81)}]
    place = {
        "locality": {"region": "r", "sub_zone": "lost"},
        "lb_endpoints": [
            {"endpoint": {"address": socket("1.1.1.1"), "additional_addresses": more}, "health_status": "HEALTHY"},
            {"endpoint": {"address": {"pipe": {"path": "/run/x"}}}},
            {},
        ],
    }
    assert sent(place) == [
        ("1.1.1.1:80,fd00::1:81", "HEALTHY", "r", "c"),
        ("/run/x", "UNKNOWN", "r", "c"),
        ("unknown", "UNKNOWN", "r", "c"),
    ]
    assert len(sent(place, address="FD00::1:81")) == 1
    assert sent(place, address="1.1.1.1") == []
    assert len(sent(place, port=80)) == 1
    assert len(sent(place, status="unknown")) == 2


def test_json_has_only_the_endpoints_asked_for_in_all_their_localities() -> None:
    places = [
        {"locality": {"region": "r"},
         "lb_endpoints": [{"endpoint": {"address": socket("1.1.1.1", port)}} for port in (1, 2)]},
        {"locality": {"region": "s"}, "lb_endpoints": [{"endpoint": {"address": socket("2.2.2.2", 3)}}]},
    ]  # fmt: skip
    assignment = {"endpoint_config": {"cluster_name": "c", "endpoints": places}}
    dump = read(made.text({"@type": sections.ENDPOINTS, "dynamic_endpoint_configs": [assignment]}))
    wanted = Filters(port=2)
    [data] = eds.shown(eds.select(dump, wanted), wanted).document()
    address = {"socketAddress": {"address": "1.1.1.1", "portValue": 2}}
    assert data["endpoints"] == [
        {"locality": {"region": "r"}, "lbEndpoints": [{"endpoint": {"address": address}}]},
        {"locality": {"region": "s"}},
    ]


def test_null_and_numbers_as_texts_are_read_as_protobuf_does() -> None:
    address = {"socket_address": {"address": "1.1.1.1", "port_value": "80"}}
    places = [{"lb_endpoints": None}, {"lb_endpoints": [{"endpoint": {"address": address}, "metadata": None}]}]
    configs = [{"cluster_name": "c", "endpoints": None}, {"cluster_name": "d", "endpoints": places}]
    section = {
        "@type": sections.ENDPOINTS,
        "dynamic_endpoint_configs": [{"endpoint_config": config} for config in configs],
        "static_endpoint_configs": None,
    }
    items = eds.select(read(made.text(section)), Filters())
    assert eds.VIEW.table(items, Filters()).rows == [("1.1.1.1:80", "UNKNOWN", "", "d")]
    [document] = eds.shown(items, Filters()).document()
    assert document["clusterName"] == "d"
