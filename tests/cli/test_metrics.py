"""`meshctl experimental metrics`."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from meshctl.cli.app import run
from tests.cli.run import meshctl
from tests.cluster.api import eventually
from tests.cluster.rig import Cluster
from tests.diagnose.prometheus import StandInPrometheus, prometheus

PORT = 9090


def busy(query: str) -> float | str | None:
    """A workload with requests of which few fail."""
    if query.startswith("histogram_quantile"):
        return {"0.500000": 4.9, "0.900000": 250.0, "0.990000": 1200.4}[query[len("histogram_quantile(") :][:8]]
    return 0.25 if "response_code" in query else 12.3456


@pytest.fixture
def served() -> Iterator[StandInPrometheus]:
    with prometheus(busy) as found:
        yield found


def metrics(served: StandInPrometheus, *arguments: str) -> int:
    return run(["experimental", "metrics", *arguments, "--prometheus-url", f"http://127.0.0.1:{served.port}"])


def test_table(served: StandInPrometheus, capsys: pytest.CaptureFixture[str]) -> None:
    assert metrics(served, "reviews-v1.shop", "deployment/web", "-n", "front") == 0
    printed = capsys.readouterr()
    assert printed.out == (
        "                                WORKLOAD    TOTAL RPS    ERROR RPS  P50 LATENCY  P90 LATENCY  P99 LATENCY\n"
        "                         reviews-v1.shop       12.346        0.250          4ms        250ms         1.2s\n"
        "                               web.front       12.346        0.250          4ms        250ms         1.2s\n"
    )
    assert printed.err == ""


def test_queries_are_those_of_istioctl(served: StandInPrometheus) -> None:
    assert metrics(served, "reviews.shop") == 0
    labels = 'destination_workload=~"reviews.*", destination_workload_namespace=~"shop.*",reporter="destination"'
    buckets = f"sum(rate(istio_request_duration_milliseconds_bucket{{{labels}}}[1m0s])) by (le)"
    assert served.queries == [
        f"sum(rate(istio_requests_total{{{labels}}}[1m0s]))",
        f'sum(rate(istio_requests_total{{{labels},response_code=~"[45][0-9]{{2}}"}}[1m0s]))',
        f"histogram_quantile(0.500000, {buckets})",
        f"histogram_quantile(0.900000, {buckets})",
        f"histogram_quantile(0.990000, {buckets})",
    ]


def test_names_are_names_and_no_patterns(served: StandInPrometheus) -> None:
    assert metrics(served, 'a.b"c+.shop', "--exact", "-d", "90s") == 0
    assert served.queries[0] == (
        'sum(rate(istio_requests_total{destination_workload=~"a\\\\.b\\"c\\\\+", '
        'destination_workload_namespace=~"shop",reporter="destination"}[1m30s]))'
    )


def test_data(served: StandInPrometheus, capsys: pytest.CaptureFixture[str]) -> None:
    assert metrics(served, "reviews.shop", "-o", "json") == 0
    [found] = json.loads(capsys.readouterr().out)
    assert found == {
        "workload": "reviews",
        "namespace": "shop",
        "totalRps": 12.3456,
        "errorRps": 0.25,
        "p50LatencyMs": 4.9,
        "p90LatencyMs": 250.0,
        "p99LatencyMs": 1200.4,
    }
    assert metrics(served, "reviews.shop", "-o", "yaml") == 0
    assert capsys.readouterr().out.startswith("- workload: reviews\n  namespace: shop\n  totalRps: 12.3456\n")


def test_workload_without_requests(served: StandInPrometheus, capsys: pytest.CaptureFixture[str]) -> None:
    served.answer = lambda query: float("nan") if query.startswith("histogram") else None
    assert metrics(served, "idle.shop") == 0
    printed = capsys.readouterr()
    assert printed.out.splitlines()[1].split() == ["idle.shop", "0.000", "0.000", "-", "-", "-"]
    assert "knows of no requests to idle.shop in the last 1m0s" in printed.err


def test_query_that_fails_is_named_and_the_rest_is_shown(
    served: StandInPrometheus, capsys: pytest.CaptureFixture[str]
) -> None:
    served.answer = lambda query: "too many samples" if query.startswith("histogram_quantile(0.99") else busy(query)
    assert metrics(served, "web.shop") == 65
    printed = capsys.readouterr()
    assert printed.out.splitlines()[1].split() == ["web.shop", "12.346", "0.250", "4ms", "250ms", "?"]
    assert printed.err == "meshctl: web.shop: the query of p99 failed: too many samples\n"


@pytest.mark.parametrize("duration", ["5", "0s", "-1m", "soon", "1us"])
def test_durations_that_are_none(duration: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["x", "m", "web", "-d", duration]) == 64
    assert "--duration" in capsys.readouterr().err


@pytest.mark.parametrize("url", ["localhost:9090", "ftp://x", "http://", "http://x:port"])
def test_urls_that_are_none(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["x", "m", "web", "--prometheus-url", url]) == 64
    assert "--prometheus-url" in capsys.readouterr().err


def test_nobody_and_somebody_else_answers(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["x", "m", "web", "--prometheus-url", "http://127.0.0.1:9"]) == 65
    assert "no Prometheus answers at http://127.0.0.1:9" in capsys.readouterr().err
    assert run(["x", "m"]) == 64
    assert "needs a workload" in capsys.readouterr().err


@pytest.fixture
def in_cluster(cluster: Cluster, namespace: str, served: StandInPrometheus) -> Iterator[tuple[Cluster, str]]:
    path = f"/api/v1/namespaces/{namespace}/pods"
    metadata = {"name": "prometheus-0", "labels": {"app.kubernetes.io/name": "prometheus"}}
    spec = {"containers": [{"name": "server", "image": "registry.example/prometheus"}], "nodeName": "node-1"}
    cluster.api.create(path, {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
    eventually(lambda: cluster.api.get(f"{path}/prometheus-0")["status"].get("phase") == "Running", "the pod")
    cluster.network.serve(PORT, served.port)
    try:
        yield cluster, namespace
    finally:
        cluster.network.withdraw(PORT)


def test_prometheus_of_the_cluster(in_cluster: tuple[Cluster, str], served: StandInPrometheus) -> None:
    cluster, namespace = in_cluster
    arguments = ("x", "metrics", "reviews", "-i", namespace, "-c", str(cluster.kubeconfig()))
    done = meshctl(*arguments)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[1].split() == ["reviews.default", "12.346", "0.250", "4ms", "250ms", "1.2s"]
    served.answer = lambda query: "out of memory" if "quantile" in query else busy(query)
    failing = meshctl(*arguments)
    assert failing.code == 65
    assert "the query of p50 failed: out of memory\n" in failing.err
    cluster.network.withdraw(PORT)
    silent = meshctl(*arguments)
    assert (silent.code, silent.out) == (65, "")
    assert "9090" in silent.err


def test_cluster_without_prometheus(cluster: Cluster, namespace: str) -> None:
    done = meshctl("x", "metrics", "web", "-i", namespace, "-c", str(cluster.kubeconfig()))
    assert (done.code, done.out) == (65, "")
    assert "app.kubernetes.io/name=prometheus" in done.err
