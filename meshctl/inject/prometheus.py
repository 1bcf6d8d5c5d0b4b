"""Metrics: the annotations by which Prometheus finds the application are pointed at the proxy's agent, which merges."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from meshctl.errors import UnreadableError
from meshctl.gotemplate.json_writer import json_in_order
from meshctl.inject.annotations import MERGE_METRICS, parse_bool

SCRAPE, PORT, PATH = "prometheus.io/scrape", "prometheus.io/port", "prometheus.io/path"
TARGETS = "prometheus.istio.io/scrape-targets"
SECURE_PORT = "prometheus.istio.io/secure-port"
MERGED_PATH = "/stats/prometheus"
ENVIRONMENT = "ISTIO_PROMETHEUS_ANNOTATIONS"
SECURE_PORT_VARIABLE = "ENVOY_SECURE_MERGED_METRICS_PORT"

_RESERVED = frozenset({15000, 15001, 15004, 15006, 15008, 15020, 15021, 15053, 15090})
_OTHER = re.compile(r"[^A-Za-z0-9_]")


class ScrapeError(UnreadableError):
    """Ports that the agent cannot scrape."""


def plain(name: str) -> str:
    """A key as Prometheus knows it: `prometheus.io/port`, `prometheus-io/port` and `prometheus.io.port` are one."""
    return _OTHER.sub("_", name)


_KEYS = {plain(name): name for name in (SCRAPE, PORT, PATH, TARGETS)}
_SECURE_KEY = plain(SECURE_PORT)


@dataclass(slots=True)
class Scraping:
    """What the annotations say, as they say it; `keys` are those that say it, by their own spelling."""

    scrape: str = ""
    path: str = ""
    port: str = ""
    targets: list[dict[str, str]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    def text(self) -> str:
        """The form in which the agent reads it."""
        found: dict[str, Any] = {"scrape": self.scrape, "path": self.path, "port": self.port}
        if self.targets:
            found["targets"] = self.targets
        return json_in_order(found)


@dataclass(frozen=True, slots=True)
class Merged:
    """The pod's annotations afterwards, the agent's variable (empty if there is nothing to scrape), and warnings."""

    annotations: dict[str, str]
    variable: str = ""
    warnings: tuple[str, ...] = ()


def merge_metrics(annotations: Mapping[str, str], status_port: int, merge_by_default: bool) -> Merged:
    """Points the annotations at the agent; they stay as they are where that is not wanted or has been done.

    Raises `ScrapeError` for ports that cannot be scraped.
    """
    unchanged = Merged(dict(annotations))
    found, warnings = scraping(annotations)
    wanted = parse_bool(annotations.get(MERGE_METRICS, "")) if MERGE_METRICS in annotations else merge_by_default
    if not wanted or not _is_scraped(annotations):
        return unchanged
    if any(_KEYS.get(plain(name)) == PORT and value == str(status_port) for name, value in annotations.items()):
        return unchanged  # an earlier injection wrote it
    for port in [found.port, *(target["port"] for target in found.targets)]:
        if port:
            _check_port(port, status_port)
    kept = {name: value for name, value in annotations.items() if name not in found.keys}
    kept |= {PORT: str(status_port), PATH: MERGED_PATH, SCRAPE: "true"}
    return Merged(kept, found.text() if found.keys else "", tuple(warnings))


def scraping(annotations: Mapping[str, str]) -> tuple[Scraping, list[str]]:
    """What the annotations of a pod say about scraping, and warnings about targets that cannot be read."""
    found, warnings = Scraping(), []
    for name, value in annotations.items():
        known = _KEYS.get(plain(name))
        if known is None:
            continue
        found.keys.append(name)
        if known == SCRAPE:
            found.scrape = value
        elif known == PATH:
            found.path = value
        elif known == PORT:
            found.port = value
        else:
            found.targets = _targets(value)
            if value.strip() and not found.targets:
                warnings.append(f"annotation {name} is ignored: {value!r} is no list of port:path")
    if found.targets:
        found.port, found.path = found.targets[0]["port"], found.targets[0]["path"]
    return found, warnings


def secure_port(annotations: Mapping[str, str], environment: Mapping[str, str]) -> dict[str, str]:
    """The annotation with the port of merged metrics over TLS, when the proxy serves them and it is not there yet."""
    port = environment.get(SECURE_PORT_VARIABLE, "")
    if port in ("", "0") or any(plain(name) == _SECURE_KEY for name in annotations):
        return {}
    return {SECURE_PORT: port}


def _is_scraped(annotations: Mapping[str, str]) -> bool:
    for name, value in annotations.items():
        if _KEYS.get(plain(name)) == SCRAPE and (found := parse_bool(value)) is not None:
            return found
    return True


def _targets(text: str) -> list[dict[str, str]]:
    found = []
    for item in text.split(","):
        if not item.strip():
            continue
        port, _, path = item.strip().partition(":")
        if not port.strip():
            return []
        found.append({"port": port.strip(), "path": path.strip() or "/metrics"})
    return found


def _check_port(text: str, status_port: int) -> None:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0
    if not 1 <= number <= 65535:
        raise ScrapeError(f"metrics cannot be scraped from port {text!r}: it is no number between 1 and 65535")
    if number == status_port or number in _RESERVED:
        raise ScrapeError(
            f"metrics cannot be scraped from port {text}: it belongs to the proxy",
            hint=f"name the application's own port in {PORT}",
        )
