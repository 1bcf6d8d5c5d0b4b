"""The admin API of a running proxy, as one function; how the proxy is reached is known to those who make it."""

from __future__ import annotations

import http.client
import re
from typing import Protocol

from meshctl.errors import MeshctlError, UnreadableError, UsageError

_TIMEOUT = 15.0
_ADDRESS = re.compile(r"(?:https?://)?(\[[0-9a-fA-F:.]+\]|[^:/\s]+):(\d{1,5})/?")


class AdminError(MeshctlError):
    """The admin API refuses what it was asked."""


class Admin(Protocol):
    """Asks the admin API of one proxy."""

    def __call__(self, method: str, path: str) -> bytes:
        """The body of the answer to a request such as `GET` `stats?format=json`. Raises a `MeshctlError`."""


def at_address(address: str, timeout: float = _TIMEOUT) -> Admin:
    """The admin API at `host:port`, as `kubectl port-forward` makes one. Raises `UsageError`."""
    found = _ADDRESS.fullmatch(address)
    if found is None or not 0 < int(found[2]) < 65_536:
        raise UsageError(f"--address cannot be {address!r}", hint="write HOST:PORT, such as localhost:15000")
    host, port = found[1].strip("[]"), int(found[2])

    def ask(method: str, path: str) -> bytes:
        connection = http.client.HTTPConnection(host, port, timeout=timeout)
        try:
            connection.request(method, f"/{path.lstrip('/')}", headers={"Connection": "close"})
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as error:
            problem = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise UnreadableError(
                f"no admin API of a proxy answers at {address}: {problem.lower()}",
                hint="kubectl port-forward POD 15000 brings the one of a pod here",
            ) from error
        finally:
            connection.close()
        if answer.status != 200:
            text = " ".join(body[:200].decode("utf-8", "replace").split())
            raise AdminError(f"{path} at {address} is refused: {answer.status} {text}")
        return body

    return ask
