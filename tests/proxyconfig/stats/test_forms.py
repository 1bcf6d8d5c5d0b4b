"""The three forms of Envoy's page of statistics, as a real sidecar of Istio wrote them at the same moment."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from meshctl.proxyconfig.stats import Histogram, Kind, Owner, Stat, StatsError, read
from meshctl.proxyconfig.stats.prometheus_page import write

HERE = Path(__file__).parent


def _page(name: str) -> dict[tuple[Owner, str], Stat]:
    return {(stat.owner, stat.name.replace(".", "_")): stat for stat in read((HERE / name).read_bytes())}


def test_text_and_json_say_the_same() -> None:
    assert _page("stats.txt") == _page("stats.json")


def test_prometheus_has_the_same_owners_kinds_and_values() -> None:
    json_stats, metrics = _page("stats.json"), _page("stats.prom")
    # Prometheus has no texts, and tells threads apart by a label.
    both = [key for key in json_stats if key in metrics]
    assert len(both) == len([key for key, stat in json_stats.items() if stat.kind is not Kind.TEXT]) - 6
    for key in both:
        assert (json_stats[key].kind, json_stats[key].value) == (metrics[key].kind, metrics[key].value), key


def test_a_page_written_for_prometheus_reads_back() -> None:
    found = {stat.key: stat for stat in read((HERE / "stats.prom").read_bytes())}
    again = {stat.key: stat for stat in read("\n".join(write(found.values())).encode())}
    assert again == found


ISTIO = "reporter.destination.source_workload.web.destination_service.api.shop.svc.cluster.local.response_code.200"


HOST = "a.b.svc.cluster.local"

OWNERS = [
    (f"cluster.outbound|80|v1|{HOST};.upstream_rq_time", Owner(HOST, 80, "v1", "outbound"), "cluster.upstream_rq_time"),
    (f"cluster.outbound|80||{HOST}.upstream_rq_5xx", Owner(HOST, 80, "", "outbound"), "cluster.upstream_rq_5xx"),
    ("cluster.outbound|443||*.a.io;.lb_x", Owner("*.a.io", 443, "", "outbound"), "cluster.lb_x"),
    ("cluster.inbound|9080||;.upstream_rq_total", Owner("", 9080, "", "inbound"), "cluster.upstream_rq_total"),
    (
        "cluster.InboundPassthroughCluster;.upstream_rq_total",
        Owner("InboundPassthroughCluster", direction="inbound"),
        "cluster.upstream_rq_total",
    ),
    ("cluster.xds-grpc.http2.trailers", Owner("xds-grpc"), "cluster.http2.trailers"),
    ("http.inbound_0.0.0.0_9080;.rbac.allowed", Owner("", 9080, direction="inbound"), "http.rbac.allowed"),
    ("http.outbound_10.96.1.2_80;.rq_total", Owner("10.96.1.2", 80, direction="outbound"), "http.rq_total"),
    ("listener.10.0.0.1_15006.downstream_cx_total", Owner("10.0.0.1_15006"), "listener.downstream_cx_total"),
    ("listener.0.0.0.0_80.http.outbound_0.0.0.0_80;.rq", Owner("0.0.0.0_80"), "listener.http.outbound_0.0.0.0_80;.rq"),
    (f"vhost.{HOST}:80.route.default.rq", Owner(HOST, 80, direction="outbound"), "vhost.route.default.rq"),
    (
        f"istiocustom.istio_requests_total.reporter.destination.source_app.web.destination_service.{HOST}.request_host.x",
        Owner(HOST, direction="inbound"),
        "istio_requests_total",
    ),
    ("server.uptime", Owner("server"), "server.uptime"),
    ("listener_manager.lds.version", Owner("listener_manager"), "listener_manager.lds.version"),
]


@pytest.mark.parametrize(("full", "owner", "name"), OWNERS)
def test_a_statistic_is_told_by_what_it_is_about(full: str, owner: Owner, name: str) -> None:
    (stat,) = read(f"{full}: 1".encode())
    assert (stat.owner, stat.name, stat.value) == (owner, name, 1)


def test_labels_of_istio_may_hold_dots_and_be_empty() -> None:
    text = (
        "istiocustom.istio_requests_total.reporter.source.source_principal.spiffe://cluster.local/ns/a/sa/b."
        "source_version.1.2.3.grpc_response_status.response_flags.UO: 3"
    )
    (stat,) = read(text.encode())
    assert dict(stat.labels) == {
        "reporter": "source",
        "source_principal": "spiffe://cluster.local/ns/a/sa/b",
        "source_version": "1.2.3",
        "grpc_response_status": "",
        "response_flags": "UO",
    }


BUCKETS = ((0.5, 0), (1.0, 10), (5.0, 50), (10.0, 100), (float("inf"), 100))


@pytest.mark.parametrize(
    ("histogram", "share", "value"),
    [
        (Histogram({0.5: 10, 0.9: 50, 0.99: 80}), 0.5, 10),
        (Histogram({0.5: 10, 0.9: 50, 0.99: 80}), 0.7, 30),
        (Histogram({0.5: 10, 0.9: 50, 0.99: 80}), 0.999, 80),
        (Histogram(buckets=BUCKETS), 0.5, 5),
        (Histogram(buckets=BUCKETS), 0.75, 7.5),
        (Histogram(buckets=BUCKETS), 0.1, 1),
        (Histogram(buckets=(*BUCKETS[:3], (float("inf"), 100))), 0.99, 5),
        (Histogram(buckets=((1.0, 0), (float("inf"), 0))), 0.5, None),
        (Histogram(), 0.5, None),
    ],
)
def test_quantiles_between_those_that_are_known(histogram: Histogram, share: float, value: float | None) -> None:
    assert histogram.quantile(share) == (None if value is None else pytest.approx(value))


def test_buckets_in_json_are_read() -> None:
    buckets = [{"upper_bound": 1, "interval": 0, "cumulative": 3}, {"upper_bound": 5, "interval": 0, "cumulative": 4}]
    page = {"stats": [{"histograms": [{"name": "cluster.a;.upstream_rq_time", "buckets": buckets}]}]}
    (stat,) = read(json.dumps(page).encode())
    assert stat.histogram is not None
    assert (stat.histogram.count, stat.histogram.quantile(0.75)) == (4, 1)


@pytest.mark.parametrize(
    "page",
    [b"hello", b"", b"{}", b'{"stats": 1}', b'{"stats": [{"histograms": [1]}]}', b"\xff\xfe", b'{"stats": ['],
)
def test_what_is_no_page_of_statistics_is_refused(page: bytes) -> None:
    from meshctl.proxyconfig.errors import DumpError

    with pytest.raises(DumpError):
        read(page)
    assert issubclass(StatsError, DumpError)
