"""Requests to an API server: who asks, for how long, how often again, and what its refusals mean."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import urllib3
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, ProtocolError, ReadTimeoutError

from meshctl import __version__
from meshctl.kube.connection import Connection, unreachable
from meshctl.kube.deadline import Deadline
from meshctl.kube.errors import ApiError, ConflictError, ForbiddenError, TimedOutError, UnreachableError

USER_AGENT = f"meshctl/{__version__}"
_CONNECTIONS = 16
_PATIENCE = 8
"""How often a request is sent again: with the pauses between, half a minute of a server that restarts."""

_SHORT_PATIENCE = 3
"""How often a request is sent again when the trouble may be a lasting one: a failure within the server, or one that
hangs up before it ever answered."""

_BUSY = frozenset({429, 502, 503, 504})
_SAFE = frozenset({"GET", "PATCH", "PUT", "DELETE"})
"""Methods that do the same when done twice: we apply whole objects, or name the version that is changed."""


class Transport:
    """Sends requests and gives back what the answers hold; may be used by several threads.

    Until the first answer came, a server that cannot be reached is a mistake in the settings, and nothing is tried
    again; after it, a server that goes away is one that restarts, and so is one that hangs up.
    """

    def __init__(self, connection: Connection, deadline: Deadline, request_timeout: float) -> None:
        self.connection = connection
        self.deadline = deadline
        self.request_timeout = request_timeout
        self.notice: Callable[[str], None] = lambda text: None
        """Called with a line for the user when a request has to wait."""
        self._met = False
        settings: dict[str, Any] = {
            "maxsize": _CONNECTIONS,
            "block": True,
            "retries": False,
            "ssl_context": connection.tls,
            "server_hostname": connection.server_name or None,
        }
        if connection.tls is None:
            del settings["ssl_context"], settings["server_hostname"]
        self._pool = (
            urllib3.ProxyManager(connection.proxy, **settings) if connection.proxy else urllib3.PoolManager(**settings)
        )

    def within(self, deadline: Deadline) -> Transport:
        """The same connections, with another limit of time."""
        found = copy.copy(self)
        found.deadline = deadline
        return found

    def close(self) -> None:
        """Gives the connections back."""
        self._pool.clear()

    def send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        body: Any = None,
        content_type: str = "application/json",
        accept: str = "application/json",
        again: bool | None = None,
    ) -> Any:
        """The answer as JSON; raises a `ClusterError`.

        `again` says whether the request may be sent twice; as a rule, all but creations may.
        """
        content = None if body is None else json.dumps(body).encode()
        headers = {"Accept": accept} | ({"Content-Type": content_type} if content is not None else {})
        repeatable = method in _SAFE if again is None else again
        attempt = 0
        while True:
            pause, problem = self._attempt(method, path, query, content, headers, repeatable, attempt)
            if problem is None:
                return pause
            attempt += 1
            self.notice(f"{problem}; trying again")
            self.deadline.sleep(pause)

    def _attempt(
        self,
        method: str,
        path: str,
        query: Mapping[str, str | int] | None,
        content: bytes | None,
        headers: Mapping[str, str],
        repeatable: bool,
        attempt: int,
    ) -> tuple[Any, str | None]:
        """The answer and None, or the pause before the next attempt and what is the matter."""
        patient = repeatable and self._met and attempt < _PATIENCE
        timeout = self.deadline.remaining(self.request_timeout)
        url = self.connection.server + path + (f"?{urlencode(query)}" if query else "")
        try:
            answer = self._pool.request(
                method,
                url,
                body=content,
                headers=self._headers(headers),
                timeout=urllib3.Timeout(connect=timeout, read=timeout),
                redirect=False,
            )
        except (HTTPError, OSError) as error:
            # To the library, a refused connection is a kind of timeout.
            slow = isinstance(error, ConnectTimeoutError | ReadTimeoutError)
            if slow and not isinstance(error, NewConnectionError):
                if self.deadline.over or not patient:
                    raise self._late(timeout) from error
                return _pause(attempt), "the API server is slow"
            hung_up = isinstance(error, ProtocolError) and repeatable and attempt < _SHORT_PATIENCE
            if not patient and not hung_up:
                raise unreachable(self.connection.server, _problem(error)) from error
            return _pause(attempt), "the API server went away"
        self._met = True
        if answer.status < 400:
            return _json(answer), None
        if attempt < _PATIENCE and _may_be_sent_again(answer, repeatable):
            return _retry_after(answer, attempt), f"the API server is busy ({answer.status})"
        if attempt < _SHORT_PATIENCE and answer.status == 500 and method == "GET":
            return _pause(attempt), "the API server failed (500)"  # as while its storage elects a leader
        raise refusal(answer.status, answer.data, path)

    def _headers(self, headers: Mapping[str, str]) -> urllib3.HTTPHeaderDict:
        found = urllib3.HTTPHeaderDict(headers)
        found.add("User-Agent", USER_AGENT)
        for name, value in self.connection.headers():
            found.add(name, value)
        return found

    def _late(self, timeout: float) -> UnreachableError | TimedOutError:
        within = f"within {round(timeout, 1):g} s"
        if self._met:
            return TimedOutError(f"the API server did not answer {within}", hint="--kubeclient-timeout gives it more")
        return unreachable(self.connection.server, f"no answer {within}")


def refusal(status: int, content: bytes, path: str = "") -> ApiError:
    """The error that a `Status` object, or an answer without one, stands for; of a failure, the path tells where."""
    try:
        found = json.loads(content)
    except ValueError:
        found = {}
    if not isinstance(found, dict):
        found = {}
    message = str(found.get("message") or f"the API server answered {status}")
    details = found.get("details")
    causes = details.get("causes") if isinstance(details, dict) else None
    texts = [
        f"{cause.get('field')}: {cause.get('message')}" if cause.get("field") else str(cause.get("message", ""))
        for cause in causes or ()
        if isinstance(cause, dict)
    ]
    reason = str(found.get("reason") or "")
    if status == 401:
        return ForbiddenError(status, reason, "the API server does not know who asks", hint="sign in anew")
    if status == 403 and reason in ("Forbidden", ""):
        return ForbiddenError(status, reason, message, texts, hint="ask for the permission, or use another user")
    hint = f"the API server failed at {path}" if path and status >= 500 else ""
    return (ConflictError if status == 409 else ApiError)(status, reason, message, texts, hint=hint)


def _json(answer: urllib3.BaseHTTPResponse) -> Any:
    if not answer.data:
        return {}
    try:
        return json.loads(answer.data)
    except ValueError as error:
        raise ApiError(answer.status, "", f"{answer.geturl()} gives no JSON: is this a Kubernetes API?") from error


def _may_be_sent_again(answer: urllib3.BaseHTTPResponse, repeatable: bool) -> bool:
    """Whether a refusal passes. A server that has too much to do, or names a time, refuses before it begins, so that
    even a creation may be tried again."""
    wished = answer.status >= 500 and "Retry-After" in answer.headers
    return answer.status == 429 or wished or (repeatable and answer.status in _BUSY)


def _pause(attempt: int) -> float:
    """Seconds before the next attempt: twice as long each time, and not the same for all who wait."""
    return float(min(0.2 * 2**attempt, 8) * (0.75 + random.random() / 2))  # noqa: S311 - no secret depends on it


def _retry_after(answer: urllib3.BaseHTTPResponse, attempt: int) -> float:
    wish = answer.headers.get("Retry-After", "")
    return max(float(wish), 0.05) if wish.isdigit() else _pause(attempt)


def _problem(error: Exception) -> str:
    if isinstance(error, ProtocolError):
        return "it hung up before the end of its answer"
    text = str(error)
    lower = text.lower()
    if "refused" in lower:
        return "the connection was refused"
    if "certificate" in lower:
        return f"its certificate is not trusted ({text[:160]})"
    if "name or service" in lower or "resolution" in lower:
        return "its name is unknown"
    return text[:160] or type(error).__name__
