"""Envoy's `/stats/prometheus`: metrics with labels, and histograms with buckets, sum and count."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from meshctl.proxyconfig.stats import istio_metrics
from meshctl.proxyconfig.stats.owners import EVERY_ADDRESS, owner_of
from meshctl.proxyconfig.stats.stat import Histogram, Kind, Owner, Stat

TYPE = "# TYPE "

_SAMPLE = re.compile(r"([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?")
_LABEL = re.compile(r'\s*([a-zA-Z_]\w*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*,?')
_ESCAPE = re.compile(r"\\(.)")

_SCOPES = {
    "cluster": "cluster_name",
    "http": "http_conn_manager_prefix",
    "listener": "listener_address",
    "tcp": "tcp_prefix",
    "vhost": "virtual_host",
}
"""By the word after `envoy_`, the label that holds what is left out of the metric's name."""

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|Inf)|[Nn]a[Nn]")

Labels = tuple[tuple[str, str], ...]


@dataclass(slots=True)
class _Parts:
    """The lines of one histogram."""

    buckets: list[tuple[float, int]] = field(default_factory=list)
    quantiles: dict[float, float] = field(default_factory=dict)
    sum: float | None = None
    count: int | None = None


def stats(text: str) -> Iterator[Stat]:
    """The statistics of the page; a metric without a type counts as a gauge, and text readouts are left out."""
    kinds: dict[str, str] = {}
    histograms: dict[tuple[str, Labels], _Parts] = {}
    for line in text.splitlines():
        if line.startswith(TYPE):
            name, _, kind = line[len(TYPE) :].partition(" ")
            kinds[name] = kind.strip()
            continue
        found = _SAMPLE.fullmatch(line.strip()) if line and line[0] != "#" else None
        if found is None or not _NUMBER.fullmatch(found[3]):
            continue
        labels = {key: _ESCAPE.sub(_unescaped, value) for key, value in _LABEL.findall(found[2] or "")}
        base, _, part = found[1].rpartition("_")
        kind = kinds.get(found[1], "")
        if kind in ("histogram", "summary") or kinds.get(base) in ("histogram", "summary"):
            name = found[1] if kind else base
            _collect(histograms, name, "" if kind else part, labels, found[3])
        else:
            yield _stat(found[1], Kind.COUNTER if kind == "counter" else Kind.GAUGE, _number(found[3]), None, labels)
    for (name, pairs), parts in histograms.items():
        histogram = Histogram(parts.quantiles, tuple(sorted(parts.buckets)), parts.count, parts.sum)
        yield _stat(name, Kind.HISTOGRAM, None, histogram, dict(pairs))


def write(found: Iterable[Stat]) -> Iterator[str]:
    """Lines of the page for statistics, grouped by metric."""
    metrics: dict[tuple[str, Kind], list[tuple[Labels, Stat]]] = {}
    for stat in found:
        if stat.kind is not Kind.TEXT:
            name, labels = _metric(stat)
            metrics.setdefault((name, stat.kind), []).append((labels, stat))
    for (name, kind), samples in sorted(metrics.items()):
        histograms = [stat.histogram for _, stat in samples if stat.histogram is not None]
        summary = kind is Kind.HISTOGRAM and not any(histogram.buckets for histogram in histograms)
        yield f"{TYPE}{name} {'summary' if summary else kind}"
        for labels, stat in samples:
            yield from (
                _histogram_lines(name, labels, stat.histogram)
                if stat.histogram is not None
                else (f"{name}{_label_text(labels)} {stat.value}",)
            )


def _collect(found: dict[tuple[str, Labels], _Parts], name: str, part: str, labels: dict[str, str], value: str) -> None:
    bound = labels.pop("le", "")
    quantile = labels.pop("quantile", "")
    parts = found.setdefault((name, tuple(labels.items())), _Parts())
    if part == "bucket" and bound:
        parts.buckets.append((_number(bound), int(_number(value))))
    elif part == "sum":
        parts.sum = _number(value)
    elif part == "count":
        parts.count = int(_number(value))
    elif quantile and value.lower() != "nan":
        parts.quantiles[_number(quantile)] = _number(value)


def _stat(name: str, kind: Kind, value: float | None, histogram: Histogram | None, labels: dict[str, str]) -> Stat:
    if name.startswith(istio_metrics.PREFIX):
        return Stat(istio_metrics.owner_of(labels), name, kind, value, histogram, tuple(labels.items()))
    plain = name.removeprefix("envoy_")
    # An Envoy that was not started by Istio puts its own name in front of labels too.
    labels = {key.removeprefix("envoy_"): text for key, text in labels.items()}
    for scope, label in _SCOPES.items():
        if label in labels and plain.startswith(f"{scope}_"):
            rest = plain.removeprefix(f"{scope}_")
            left = {key: text for key, text in labels.items() if key != label}
            code = left.pop("response_code", "") or left.pop("response_code_class", "").removesuffix("xx")
            if code:
                rest = f"{rest.removesuffix('_xx')}_{code}{'xx' if len(code) == 1 else ''}"
            full = f"{scope}.{rest}"
            return Stat(owner_of(scope, labels[label]), full, kind, value, histogram, tuple(left.items()))
    for scope in ("cluster_manager", "listener_manager", "server"):
        if plain.startswith(f"{scope}_"):
            full = f"{scope}.{plain.removeprefix(f'{scope}_')}"
            return Stat(Owner(scope), full, kind, value, histogram, tuple(labels.items()))
    return Stat(Owner(""), name, kind, value, histogram, tuple(labels.items()))


def _metric(stat: Stat) -> tuple[str, Labels]:
    """The metric's name and its labels, the owner among them."""
    scope, dot, rest = stat.name.partition(".")
    if not dot and stat.name.startswith((istio_metrics.PREFIX, "envoy_")):
        return stat.name, stat.labels
    labels: Labels = stat.labels
    label = _SCOPES.get(scope)
    if label is not None:
        owner = stat.owner
        name = f"{owner.direction}|{owner.port}|{owner.subset}|{owner.service}" if owner.port else owner.service
        if scope != "cluster" and owner.port:
            name = f"{owner.direction}_{owner.service or EVERY_ADDRESS}_{owner.port}"
        labels = ((label, name), *labels)
        code = re.fullmatch(r"(.*_rq)_(\d{3}|\dxx)", rest)
        if code is not None:
            labels = (*labels, ("response_code" if code[2].isdigit() else "response_code_class", code[2]))
            return _safe(f"envoy_{scope}_{code[1]}"), labels
    return _safe(f"envoy_{stat.name}"), labels


def _histogram_lines(name: str, labels: Labels, histogram: Histogram) -> Iterator[str]:
    for share, value in sorted(histogram.quantiles.items()):
        if not histogram.buckets:
            yield f"{name}{_label_text((*labels, ('quantile', f'{share:g}')))} {_number_text(value)}"
    for bound, count in histogram.buckets:
        limit = "+Inf" if bound == float("inf") else _number_text(bound)
        yield f"{name}_bucket{_label_text((*labels, ('le', limit)))} {count}"
    if histogram.sum is not None:
        yield f"{name}_sum{_label_text(labels)} {_number_text(histogram.sum)}"
    if histogram.count is not None:
        yield f"{name}_count{_label_text(labels)} {histogram.count}"


def _label_text(labels: Labels) -> str:
    if not labels:
        return ""
    escaped = ((key, value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")) for key, value in labels)
    return "{" + ",".join(f'{key}="{value}"' for key, value in escaped) + "}"


def _number_text(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(value)


def _safe(name: str) -> str:
    return re.sub(r"\W", "_", name, flags=re.ASCII)


def _unescaped(found: re.Match[str]) -> str:
    return "\n" if found[1] == "n" else found[1]


def _number(text: str) -> int | float:
    return int(text) if text.lstrip("+-").isdigit() else float(text)
