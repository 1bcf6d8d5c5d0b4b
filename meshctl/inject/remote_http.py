"""HTTPS to an injector outside of the cluster."""

from __future__ import annotations

import http.client
import socket
import ssl

from meshctl.kube import ApiError, Deadline, UnreachableError

_SECONDS = 10.0
"""What one request may take; a control plane answers within milliseconds."""

_LARGEST = 1 << 26


class RemoteHttp:
    """A server at a host and port, which shows a certificate for a name that need not be the host's."""

    def __init__(self, host: str, port: int, name: str, context: ssl.SSLContext, deadline: Deadline) -> None:
        self._host = host
        self._port = port
        self._name = name
        self._context = context
        self._deadline = deadline

    def request(self, method: str, path: str, body: bytes | None = None) -> bytes:
        """The answer to a request; raises `UnreachableError`, or `ApiError` for a refusal."""
        timeout = self._deadline.remaining(_SECONDS)
        asked = http.client.HTTPConnection(self._host, self._port, timeout=timeout)
        headers = {"Connection": "close"} | ({"Content-Type": "application/json"} if body is not None else {})
        try:
            plain = socket.create_connection((self._host, self._port), timeout)
            try:
                asked.sock = self._context.wrap_socket(plain, server_hostname=self._name)
            except BaseException:
                plain.close()
                raise
            asked.request(method, path, body=body, headers=headers)
            answer = asked.getresponse()
            content = answer.read(_LARGEST)
        except (OSError, http.client.HTTPException) as error:
            problem = "it is too slow" if isinstance(error, TimeoutError) else _problem(error)
            raise UnreachableError(f"the injector at {self._host}:{self._port} does not answer: {problem}") from error
        finally:
            asked.close()
        if not 200 <= answer.status < 300:
            text = " ".join(content[:300].decode("utf-8", "replace").split())
            raise ApiError(answer.status, "", f"the injector at {self._host}:{self._port}: {answer.status} {text}")
        return content


def _problem(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    return str(getattr(error, "strerror", None) or error)[:160].lower() or type(error).__name__
