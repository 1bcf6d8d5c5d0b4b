"""Prometheus: found in the cluster by its label or reached at a URL, and asked for single numbers."""

from __future__ import annotations

import http.client
import json
import math
import re
import ssl
from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from meshctl.errors import UNREADABLE, MeshctlError, UsageError
from meshctl.kube import ApiError, Cluster, NoSuchPodError
from meshctl.kube.pods import selected

PORT = 9090
SELECTOR = "app.kubernetes.io/name=prometheus"

_TOLD = re.compile(r'"error"\s*:\s*"((?:[^"\\]|\\.)*)')

Get = Callable[[str], bytes]
"""Gets a path; raises `QueryError` when it is refused, and another `MeshctlError` when nobody answers."""


class PrometheusError(MeshctlError):
    """Prometheus does not answer, or not as Prometheus."""

    exit_code = UNREADABLE


class QueryError(PrometheusError):
    """Prometheus answers, but not this query."""


def in_cluster(cluster: Cluster, namespace: str) -> Get:
    """The Prometheus of a cluster, in a namespace. Raises `NoSuchPodError`."""
    pods = selected(cluster, namespace, SELECTOR)
    if not pods:
        raise NoSuchPodError(
            f"no pod of Prometheus ({SELECTOR}) is in namespace {namespace}",
            hint="-i names its namespace, or --prometheus-url where it is",
        )
    forwarded = cluster.pod_http(namespace, pods[0].name, PORT)

    def get(path: str) -> bytes:
        try:
            return forwarded.get(path)
        except ApiError as error:
            raise _refused(error.status, error.message) from error

    return get


def at_url(url: str, timeout: float) -> Get:
    """The Prometheus at a URL, with `timeout` seconds for each answer. Raises `UsageError` for no URL of HTTP."""
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = -1
    if parts.scheme not in ("http", "https") or not parts.hostname or port == -1 or parts.query:
        raise UsageError(f"--prometheus-url cannot be {url!r}", hint="write http://HOST:PORT or https://HOST/PATH")
    host = parts.hostname

    def get(path: str) -> bytes:
        connection = (
            http.client.HTTPConnection(host, port, timeout=timeout)
            if parts.scheme == "http"
            else http.client.HTTPSConnection(host, port, timeout=timeout, context=ssl.create_default_context())
        )
        try:
            connection.request("GET", f"{parts.path.rstrip('/')}{path}")
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as error:
            problem = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise PrometheusError(
                f"no Prometheus answers at {parts.scheme}://{host}{f':{port}' if port else ''}: {problem.lower()}",
                hint="check --prometheus-url",
            ) from error
        finally:
            connection.close()
        if answer.status != http.client.OK:
            raise _refused(answer.status, body.decode("utf-8", "replace"))
        return body

    return get


def ask(get: Get, query: str) -> float | None:
    """The first number that a query gives now; None where nothing was measured. Raises a `PrometheusError`."""
    content = get(f"/api/v1/query?{urlencode({'query': query})}")
    try:
        answer = json.loads(content)
        if answer["status"] != "success":
            raise QueryError(str(answer.get("error") or "the query failed"))
        found = answer["data"]["result"]
        number = float(found[0]["value"][1]) if found else None
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise PrometheusError("what answers there is no Prometheus", hint="check --prometheus-url") from error
    # A share of no requests is no number.
    return number if number is not None and math.isfinite(number) else None


def _refused(status: int, text: str) -> QueryError:
    told = _TOLD.search(text)
    return QueryError(told[1] if told else f"it is refused with status {status}")
