"""`proxy-config stats`, `proxy-config log` and `experimental envoy-stats`, on saved pages and a real Envoy."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.run import meshctl
from tests.envoy.client import send
from tests.envoy.process import Envoy
from tests.envoy.small_mesh import INBOUND, OUTBOUND, REQUESTS, small_mesh

SAVED = Path(__file__).parent.parent / "proxyconfig" / "stats"


@pytest.fixture(scope="module")
def mesh() -> Iterator[tuple[Envoy, str]]:
    with small_mesh() as found:
        yield found


def _rows(text: str) -> list[dict[str, str]]:
    heading, *lines = (line.split() for line in text.splitlines())
    return [dict(zip(heading, line, strict=False)) for line in lines]


def _live(envoy: Envoy, *arguments: str) -> str:
    done = meshctl("pc", "stats", "--address", envoy.admin, *arguments)
    assert (done.code, done.err) == (0, "")
    return done.out


@pytest.mark.parametrize(
    ("direction", "service", "port", "subset"),
    [("outbound", "reviews.shop.svc.cluster.local", "9080", "v1"), ("inbound", "-", "8080", "-")],
)
def test_requests_are_counted_by_service(
    mesh: tuple[Envoy, str], direction: str, service: str, port: str, subset: str
) -> None:
    (row,) = _rows(_live(mesh[0], "--direction", direction, "--stat", "upstream_rq_total"))
    assert row == {
        "SERVICE": service, "PORT": port, "SUBSET": subset, "DIRECTION": direction,
        "STAT": "cluster.upstream_rq_total", "TYPE": "counter", "VALUE": str(REQUESTS[direction]),
    }  # fmt: skip


def test_quantiles_are_those_of_envoy(mesh: tuple[Envoy, str]) -> None:
    (row,) = _rows(_live(mesh[0], "--stat", "cluster.upstream_rq_per_cx", "--direction", "inbound", "--all"))
    assert row["TYPE"] == "histogram"
    shown = json.loads(_live(mesh[0], "--stat", "downstream_rq_time", "--quantile", "p95", "-o", "json"))
    page = json.loads(mesh[0].get("stats?format=json&filter=downstream_rq_time"))
    computed = next(found for found in page["stats"] if "histograms" in found)["histograms"]["computed_quantiles"]
    expected = {entry["name"]: entry["values"][5]["cumulative"] for entry in computed}
    for stat in shown:
        named = f"http.{stat['direction']}_0.0.0.0_{stat['port']};.downstream_rq_time"
        if stat["service"] != "admin":
            assert (stat["quantiles"]["0.95"], stat["count"]) == (expected[named], REQUESTS[stat["direction"]])


def test_kinds_of_all_statistics_are_those_of_envoy(mesh: tuple[Envoy, str], tmp_path: Path) -> None:
    (tmp_path / "stats.txt").write_bytes(mesh[0].get("stats"))
    saved = meshctl("pc", "stats", "--file", str(tmp_path / "stats.txt"), "--all", "-o", "json")
    for kind in ("Counters", "Gauges", "Histograms", "TextReadouts"):
        lines = mesh[0].get(f"stats?type={kind}").decode().splitlines()
        shown = [stat for stat in json.loads(saved.out) if f"{stat['type']}s" in kind.lower().replace("readout", "")]
        assert len(shown) == len(lines) > 0, kind


def test_prometheus_output_is_what_envoy_says(mesh: tuple[Envoy, str]) -> None:
    out = _live(mesh[0], "--direction", "outbound", "--stat", "upstream_rq_2xx", "-o", "prometheus")
    assert f'cluster_name="{OUTBOUND}"' in out
    assert out.splitlines()[1].endswith(f" {REQUESTS['outbound']}")


def test_endpoints_have_their_own_numbers(mesh: tuple[Envoy, str]) -> None:
    rows = _rows(_live(mesh[0], "--type", "clusters", "--stat", "rq_success"))
    assert {(row["DIRECTION"], row["VALUE"], row["DETAIL"]) for row in rows} == {
        (direction, str(count), f"endpoint={mesh[1]}:9080") for direction, count in REQUESTS.items()
    }


def test_watching_tells_rates(mesh: tuple[Envoy, str]) -> None:
    out = _live(mesh[0], "--watch", "--polls", "2", "--interval", "0.2", "--stat", "upstream_rq_total")
    first, second = out.strip().split("\n\n")
    assert {row["RATE"] for row in _rows(first)} == {"-"}
    assert {row["RATE"] for row in _rows(second)} == {"0.00/s"}


def test_names_that_are_not_there_are_explained() -> None:
    done = meshctl("pc", "stats", "--file", str(SAVED / "stats.json"), "--stat", "upstream_rq_time",
                   "--stat", "cluster_manager.active_clusters")  # fmt: skip
    assert done.code == 0
    assert "statsInclusionSuffixes: upstream_rq_time" in done.err
    done = meshctl("pc", "stats", "--file", str(SAVED / "stats.txt"), "--stat", "upstream_rq_retry_overflow_x")
    assert (done.code, done.out) == (65, "")
    assert "statsInclusionSuffixes: upstream_rq_retry_overflow_x" in done.err
    done = meshctl("pc", "stats", "--file", str(SAVED / "stats.txt"), "--stat", "istio_requests_total")
    assert (done.code, "first request" in done.err) == (65, True)


ISTIO = """\
# TYPE istio_requests_total counter
istio_requests_total{reporter="destination",destination_service="api.shop.svc.cluster.local",response_code="200"} 40
istio_requests_total{reporter="destination",destination_service="api.shop.svc.cluster.local",response_code="503"} 2
# TYPE istio_request_duration_milliseconds histogram
istio_request_duration_milliseconds_bucket{reporter="destination",destination_service="api.shop.svc.cluster.local",le="10"} 30
istio_request_duration_milliseconds_bucket{reporter="destination",destination_service="api.shop.svc.cluster.local",le="50"} 42
istio_request_duration_milliseconds_bucket{reporter="destination",destination_service="api.shop.svc.cluster.local",le="+Inf"} 42
istio_request_duration_milliseconds_sum{reporter="destination",destination_service="api.shop.svc.cluster.local"} 512.5
istio_request_duration_milliseconds_count{reporter="destination",destination_service="api.shop.svc.cluster.local"} 42
"""  # noqa: E501


def test_metrics_of_istio_by_name_as_prometheus_has_them() -> None:
    done = meshctl("proxy-config", "stats", "--file", "-", "--stat=istio_requests_total",
                   "--stat=istio_request_duration_milliseconds_sum", stdin=ISTIO)  # fmt: skip
    assert [(row["SERVICE"], row["STAT"], row["VALUE"], row["DETAIL"]) for row in _rows(done.out)] == [
        ("api.shop.svc.cluster.local", "istio_request_duration_milliseconds_sum", "512.5", "-"),
        ("api.shop.svc.cluster.local", "istio_requests_total", "40", "response_code=200"),
        ("api.shop.svc.cluster.local", "istio_requests_total", "2", "response_code=503"),
    ]


def test_a_quantile_out_of_buckets() -> None:
    done = meshctl("pc", "stats", "-f", "-", "--direction", "inbound", "--quantile", "0.5", stdin=ISTIO)
    row = next(row for row in _rows(done.out) if row["TYPE"] == "histogram")
    assert (row["VALUE"], row["P50"]) == ("42", "7")


def test_packed_pages_are_read(tmp_path: Path) -> None:
    (tmp_path / "stats.gz").write_bytes(gzip.compress((SAVED / "stats.json").read_bytes()))
    assert "active_clusters" in meshctl("pc", "stats", "--file", str(tmp_path / "stats.gz")).out


@pytest.mark.parametrize(
    ("arguments", "code", "error"),
    [
        ((), 64, "which proxy"),
        (("pod", "--address", "localhost:1"), 64, "--address excludes"),
        (("--address", "localhost"), 64, "HOST:PORT"),
        (("--address", "127.0.0.1:1"), 65, "kubectl port-forward"),
        (("--file", "-", "--direction", "up"), 64, "inbound, outbound"),
        (("--file", "-", "--quantile", "x"), 64, "0.99"),
        (("--file", "-", "--type", "x"), 64, "server"),
        (("--file", "-", "--watch"), 64, "running proxy"),
        (("--file", "-", "-o", "xml"), 64, "prometheus"),
        (("--file", "/nowhere"), 65, "/nowhere"),
        (("--file", "-"), 65, "empty"),
    ],
)
def test_mistakes_are_one_line(arguments: tuple[str, ...], code: int, error: str) -> None:
    done = meshctl("pc", "stats", *arguments)
    assert (done.code, done.out, done.err.count("\n")) == (code, "", 1)
    assert error in done.err


def test_log_levels_are_read_and_set(mesh: tuple[Envoy, str]) -> None:
    def log(*arguments: str) -> dict[str, str]:
        done = meshctl("pc", "log", "--address", mesh[0].admin, "-o", "json", *arguments)
        assert (done.code, done.err) == (0, "")
        levels: dict[str, str] = json.loads(done.out)[mesh[0].admin]
        return levels

    assert set(log().values()) == {"warning"}
    changed = log("--level", "rbac:debug,jwt=trace")
    assert {name: level for name, level in changed.items() if level != "warning"} == {"rbac": "debug", "jwt": "trace"}
    assert set(log("--level", "http:debug,error").values()) == {"error"}
    assert {level for name, level in log("--level", "info,x::http:off").items() if name != "http"} == {"info"}
    assert set(log("--reset").values()) == {"warning"}


@pytest.mark.parametrize("level", ["none", "loud", ":debug", "nosuch:debug", ""])
def test_levels_that_are_refused(mesh: tuple[Envoy, str], level: str) -> None:
    done = meshctl("pc", "log", "--address", mesh[0].admin, f"--level={level or 'a,,b'}")
    assert (done.code, done.out, done.err.count("\n")) == (64, "", 1)


def test_the_page_itself(mesh: tuple[Envoy, str]) -> None:
    def page(*arguments: str) -> str:
        return meshctl("x", "envoy-stats", "--address", mesh[0].admin, *arguments).out

    assert f"cluster.{INBOUND};.upstream_rq_total: {REQUESTS['inbound']}\n" in page()
    assert json.loads(page("-o", "json"))["stats"]
    assert "cluster_statuses:" in page("--type", "clusters", "-o", "yaml")
    assert f"{OUTBOUND}::default_priority::max_connections" in page("-t", "clusters")
    assert "# TYPE envoy_cluster_upstream_rq_total counter" in page("-o", "prom")


def test_rates_grow_with_requests() -> None:
    from meshctl.proxyconfig.stats import read
    from meshctl.proxyconfig.stats.rates import rates

    with small_mesh() as (envoy, own):  # of its own: the other tests know how many requests were served
        before = read(envoy.get("stats?format=json&filter=upstream_rq_total"))
        for _ in range(3):
            send((own, 15006), headers=[("host", "x")])
        now = read(envoy.get("stats?format=json&filter=upstream_rq_total"))
    assert sorted(rates(before, now, 2.0).values()) == [0, 1.5]
    assert {rate for rate in rates(now, before, 2.0).values() if rate} == {
        stat.value / 2 for stat in before if isinstance(stat.value, int) and stat.owner.direction == "inbound"
    }


def test_quantiles_that_are_whole_numbers(tmp_path: Path) -> None:
    values = [{"cumulative": number, "interval": None} for number in (1, 2)]
    name = "cluster.outbound|80||a.b.svc.cluster.local.upstream_rq_time"
    histograms = {"supported_quantiles": [50, 99], "computed_quantiles": [{"name": name, "values": values}]}
    page = tmp_path / "stats.json"
    page.write_text(json.dumps({"stats": [{"histograms": histograms}]}))
    done = meshctl("proxy-config", "stats", "-f", str(page), "--quantile", "0.99")
    assert done.code == 0, done.err
    assert _rows(done.out)[0]["P99"] == "2"
