"""What Prometheus measured of workloads: requests, errors and latencies, by the proxies that received the requests."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from meshctl.diagnose.prometheus import Get, QueryError, ask

_SPECIAL = re.compile(r"[\\.+*?()|\[\]{}^$]")
_UNITS = (("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1))

QUANTILES = {"p50": 0.5, "p90": 0.9, "p99": 0.99}


@dataclass(frozen=True, slots=True)
class WorkloadName:
    """A workload by its name and namespace."""

    name: str
    namespace: str

    @classmethod
    def parse(cls, target: str, namespace: str) -> WorkloadName:
        """The workload of a target: `[TYPE/]NAME[.NAMESPACE]`."""
        name, dot, where = target.rpartition("/")[2].rpartition(".")
        return cls(name, where) if dot else cls(where, namespace)

    def __str__(self) -> str:
        """The name as it is typed."""
        return f"{self.name}.{self.namespace}"


@dataclass(frozen=True, slots=True)
class Metrics:
    """What was measured of a workload: requests and errors in a second, and latencies in milliseconds by quantile.

    None stands for a value whose query failed, and in latencies also for no requests.
    """

    workload: WorkloadName
    requests: float | None
    errors: float | None
    latencies: Mapping[str, float | None]
    measured: bool
    """Whether there is any measurement."""
    problems: Mapping[str, str]
    """Why queries failed, by what they are for."""


def measure(get: Get, workload: WorkloadName, duration: str, *, exact: bool = False) -> Metrics:
    """Asks for the values of a workload; a query that fails does not end it. Raises a `PrometheusError`."""
    found: dict[str, float | None] = {}
    problems: dict[str, str] = {}
    for title, query in queries(workload, duration, exact=exact):
        try:
            found[title] = ask(get, query)
        except QueryError as error:
            found[title] = None
            problems[title] = error.message

    def rate(title: str) -> float | None:
        return found[title] or (None if title in problems else 0.0)

    measured = found["requests"] is not None or bool(problems)
    return Metrics(
        workload, rate("requests"), rate("errors"), {one: found[one] for one in QUANTILES}, measured, problems
    )


def queries(workload: WorkloadName, duration: str, *, exact: bool = False) -> Iterator[tuple[str, str]]:
    """The queries of istioctl, each with what it is for.

    They take names for beginnings of names, so that `reviews` is all of `reviews-v1` and `reviews-v2`; with `exact`
    they are whole names.
    """
    more = "" if exact else ".*"
    labels = (
        f'destination_workload=~"{_pattern(workload.name)}{more}", '
        f'destination_workload_namespace=~"{_pattern(workload.namespace)}{more}",reporter="destination"'
    )
    yield "requests", f"sum(rate(istio_requests_total{{{labels}}}[{duration}]))"
    yield "errors", f'sum(rate(istio_requests_total{{{labels},response_code=~"[45][0-9]{{2}}"}}[{duration}]))'
    buckets = f"sum(rate(istio_request_duration_milliseconds_bucket{{{labels}}}[{duration}])) by (le)"
    for title, quantile in QUANTILES.items():
        yield title, f"histogram_quantile({quantile:f}, {buckets})"


def duration_text(nanoseconds: int) -> str:
    """A duration as both Go and Prometheus write it: `1m0s`; Prometheus knows no fractions, so `1s500ms`."""
    rest = nanoseconds // 1_000_000
    parts: list[str] = []
    for unit, size in _UNITS:
        count, rest = divmod(rest, size)
        if count or (parts and unit != "ms"):
            parts.append(f"{count}{unit}")
    return "".join(parts)


def _pattern(name: str) -> str:
    """A name as a regular expression in a text of PromQL."""
    literal = _SPECIAL.sub(lambda found: f"\\{found[0]}", name)
    return literal.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
