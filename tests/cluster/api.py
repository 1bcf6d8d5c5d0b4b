"""The API of a test cluster as JSON over HTTPS: what tests look at the result with, independent of meshctl's client."""

from __future__ import annotations

import http.client
import json
import ssl
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

AGENT = "meshctl-tests"
"""The user agent of the tests themselves."""


class ApiError(Exception):
    """The API server refused a request."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status


class Api:
    """One user of an API server; every request is a connection of its own, so that restarts need no care."""

    def __init__(self, server: str, authority: str, token: str) -> None:
        self._address = urlsplit(server).netloc
        self._tls = ssl.create_default_context(cadata=authority)
        self._token = token

    def get(self, path: str) -> Any:
        """The object or list at a path, like `/api/v1/namespaces`."""
        return json.loads(self.request("GET", path))

    def create(self, path: str, body: Any) -> Any:
        """Creates an object in the collection at `path`."""
        return json.loads(self.request("POST", path, json.dumps(body)))

    def patch(self, path: str, body: Any, kind: str = "merge-patch") -> Any:
        """Patches an object; `kind` is `merge-patch`, `strategic-merge-patch`, `json-patch` or `apply-patch`."""
        if kind == "apply-patch":
            path += ("&" if "?" in path else "?") + f"fieldManager={AGENT}&force=true"
            return json.loads(self.request("PATCH", path, json.dumps(body), "application/apply-patch+yaml"))
        return json.loads(self.request("PATCH", path, json.dumps(body), f"application/{kind}+json"))

    def delete(self, path: str) -> None:
        """Deletes an object, or all of a collection."""
        self.request("DELETE", path)

    def exists(self, path: str) -> bool:
        """Is there an object at the path?"""
        try:
            self.request("GET", path)
        except ApiError as error:
            if error.status != 404:
                raise
            return False
        return True

    def request(self, method: str, path: str, body: str | None = None, content: str = "application/json") -> str:
        """The text of an answer; ApiError when it is a refusal."""
        connection = http.client.HTTPSConnection(self._address, timeout=60, context=self._tls)
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": content, "User-Agent": AGENT}
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            text = response.read().decode()
        finally:
            connection.close()
        if response.status >= 400:
            raise ApiError(response.status, text)
        return text


def eventually(probe: Callable[[], object], what: str, seconds: float = 120, every: float = 0.05) -> None:
    """Waits until the probe is true; a refusal or a missing connection counts as not yet.

    The time is that of a machine with far too much to do: only what never comes takes it.
    """
    deadline = time.monotonic() + seconds
    last: object = None
    while time.monotonic() < deadline:
        try:
            last = probe()
        except (OSError, http.client.HTTPException, ApiError) as error:
            last = error
        else:
            if last:
                return
        time.sleep(every)
    raise TimeoutError(f"{what}: not within {seconds:g} s; last seen: {last!r}")
