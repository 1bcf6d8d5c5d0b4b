"""The clusters: names, where they come from, and how requests are sent."""

from __future__ import annotations

from typing import Any

import pytest

from meshctl.proxyconfig.dump import read
from meshctl.proxyconfig.errors import DumpError
from meshctl.proxyconfig.view import Filters
from meshctl.proxyconfig.views.cluster import VIEW, select
from tests.proxyconfig import made

_HTTP = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
_TLS = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext"


def rows(*clusters: dict[str, Any], wide: bool = False, **filters: Any) -> list[dict[str, str]]:
    """The rows of a table, by title."""
    wanted = Filters(**filters)
    dump = read(made.text(made.clusters(*clusters)))
    table = VIEW.table(select(dump, wanted), wanted, wide=wide)
    return [dict(zip(table.columns, cells, strict=True)) for cells in table.rows]


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("outbound|80|v1|a.b", ("a.b", "80", "v1", "outbound")),
        ("outbound|80||a.b", ("a.b", "80", "-", "outbound")),
        ("inbound|80||", ("", "80", "-", "inbound")),
        ("inbound-vip|80|http|a.b", ("a.b", "80", "http", "inbound-vip")),
        ("outbound|http||a.b", ("a.b", "0", "-", "outbound")),
        ("outbound|-1||a.b", ("a.b", "-1", "-", "outbound")),
        ("outbound|99999999999||a.b", ("a.b", "99999999999", "-", "outbound")),
        ("outbound|8_0||a.b", ("a.b", "0", "-", "outbound")),
        ("outbound|80|x|a|b", ("", "80", "x", "outbound")),
        ("a|b|c", ("a|b|c", "-", "-", "-")),
        ("outbound_.80_._.a.b", ("outbound_.80_._.a.b", "-", "-", "-")),
    ],
)
def test_names(name: str, cells: tuple[str, ...]) -> None:
    [row] = rows({"name": name})
    assert tuple(row.values())[:4] == cells


@pytest.mark.parametrize(
    ("istio", "cell"),
    [
        ({"config": "/apis/networking.istio.io/v1/namespaces/n/destination-rule/d"}, "d.n"),
        ({"config": "/apis/networking.istio.io/v1alpha3/namespaces/n/destination-rule/d"}, "d.n"),
        ({"config": "/apis/networking.istio.io/v1/namespaces/n/destination-rule/d/e"}, ""),
        ({"config": "/apis/networking.istio.io/v1/other/n/destination-rule/d"}, "d.n"),
        ({"config": "/apis/other.io/v1/namespaces/n/destination-rule/d"}, "<unknown>"),
        ({"services": []}, ""),
        ({"config": 3}, ""),
    ],
)
def test_the_destination_rule(istio: dict[str, Any], cell: str) -> None:
    [row] = rows({"name": "a", "metadata": {"filter_metadata": {"istio": istio}}})
    assert row["DESTINATION RULE"] == cell


def test_order_is_by_host_subset_port_and_direction() -> None:
    names = "outbound|90||b outbound|80||b outbound|100||b outbound|80|v1|b inbound|80||b outbound|1||c a".split()
    found = rows(*({"name": name} for name in names))
    shown = [(row["DIRECTION"], row["PORT"], row["SUBSET"], row["SERVICE FQDN"]) for row in found]
    assert shown == [
        ("-", "-", "-", "a"),
        ("inbound", "80", "-", "b"),
        ("outbound", "80", "-", "b"),
        ("outbound", "90", "-", "b"),
        ("outbound", "100", "-", "b"),
        ("outbound", "80", "v1", "b"),
        ("outbound", "1", "-", "c"),
    ]


def sds(*names: str) -> dict[str, Any]:
    certificates = [{"name": name} for name in names]
    config = {"@type": _TLS, "common_tls_context": {"tls_certificate_sds_secret_configs": certificates}}
    return {"name": "envoy.transport_sockets.tls", "typed_config": config}


@pytest.mark.parametrize(
    ("cluster", "title", "cell"),
    [
        ({}, "TLS MODE", "DISABLE"),
        ({"transport_socket": sds("default")}, "TLS MODE", "ISTIO_MUTUAL"),
        ({"transport_socket": sds("kubernetes://mine")}, "TLS MODE", "MUTUAL"),
        ({"transport_socket": sds()}, "TLS MODE", "SIMPLE"),
        ({"transport_socket_matches": [{"transport_socket": sds("default")}, {"match": {}}]}, "TLS MODE",
         "ISTIO_MUTUAL or DISABLE"),
        ({"transport_socket": {"name": "proxy", "typed_config": {"@type": "x", "transport_socket": sds()}}}, "TLS MODE",
         "SIMPLE"),
        ({}, "PROTOCOL", "-"),
        ({"typed_extension_protocol_options": {_HTTP: {"explicit_http_config": {"http2_protocol_options": {}}}}},
         "PROTOCOL", "HTTP/2"),
        ({"typed_extension_protocol_options": {_HTTP: {"use_downstream_protocol_config": {}}}}, "PROTOCOL",
         "as the client"),
        ({"typed_extension_protocol_options": {_HTTP: {"auto_config": {}}}}, "PROTOCOL", "negotiated"),
        ({}, "CIRCUIT BREAKERS", "-"),
        ({"circuit_breakers": {"thresholds": [{"max_connections": 4294967295}]}}, "CIRCUIT BREAKERS", "-"),
        ({"circuit_breakers": {"thresholds": [{"max_retries": 0}, {"priority": "HIGH", "max_requests": 7}]}},
         "CIRCUIT BREAKERS", "retries=0; HIGH: requests=7"),
        ({}, "OUTLIER DETECTION", "-"),
        ({"outlier_detection": {}}, "OUTLIER DETECTION", "Envoy's defaults"),
        ({"outlier_detection": {"consecutive_5xx": 3, "base_ejection_time": "30s", "max_ejection_percent": 0}},
         "OUTLIER DETECTION", "5xx=3 ejection=30s max=0%"),
        ({}, "LB POLICY", "ROUND_ROBIN"),
        ({"lb_policy": "MAGLEV"}, "LB POLICY", "MAGLEV"),
        ({}, "CONNECT TIMEOUT", "5s"),
    ],
)  # fmt: skip
def test_how_requests_are_sent(cluster: dict[str, Any], title: str, cell: str) -> None:
    [row] = rows({"name": "a", **cluster}, wide=True)
    assert row[title] == cell


def test_wide_also_shows_clusters_that_wait_and_those_refused() -> None:
    dump = read(
        made.text(
            made.clusters(
                {"name": "a"},
                dynamic_warming_clusters=[{"cluster": {"name": "b"}}],
                static_clusters=[{"cluster": {"name": "c"}}],
            )
        )
    )
    wanted = Filters(every_state=True)
    table = VIEW.table(select(dump, wanted), wanted, wide=True)
    at = table.columns.index("STATE")
    assert [(row[0], row[at]) for row in table.rows] == [("a", "ACTIVE"), ("b", "WARMING"), ("c", "STATIC")]
    assert [row[0] for row in VIEW.table(select(dump, Filters()), Filters()).rows] == ["a", "c"]


@pytest.mark.parametrize(
    "damage",
    [
        {"typed_extension_protocol_options": {_HTTP: 5}},
        {"typed_extension_protocol_options": {_HTTP: {"explicit_http_config": "x"}}},
        {"transport_socket": {"typed_config": {"@type": _TLS, "common_tls_context": 1.5}}},
        {"transport_socket": {"typed_config": {"@type": _TLS, "common_tls_context": [1]}}},
        *(
            {
                "transport_socket_matches": [
                    {
                        "transport_socket": {
                            "typed_config": {
                                "@type": _TLS,
                                "common_tls_context": {"tls_certificate_sds_secret_configs": secrets},
                            }
                        }
                    }
                ]
            }
            for secrets in (True, [1.5], ["x"])
        ),
        {"transport_socket": {"typed_config": {"@type": "a/x", "transport_socket": "x"}}},
        {"transport_socket": {"typed_config": {"@type": "a/x", "transport_socket": {"typed_config": 5}}}},
    ],
    ids=str,
)
def test_a_damaged_part_is_an_error_of_the_dump(damage: dict[str, Any]) -> None:
    with pytest.raises(DumpError, match="not as Envoy writes it"):
        rows({"name": "a", **damage}, wide=True)
