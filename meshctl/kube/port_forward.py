"""HTTP and TLS to a port of a pod by a port-forward of the API server, over a websocket: nothing listens here."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
from collections.abc import Iterator
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from meshctl.kube.errors import ApiError, NoSuchPodError, UnreachableError, UntrustedError
from meshctl.kube.transport import USER_AGENT, Transport, refusal

_LARGEST = 1 << 30


class PodHttp:
    """One port of one pod. Every request goes through a port-forward of its own, so that several may run at once."""

    def __init__(
        self, transport: Transport, namespace: str, pod: str, port: int, tls: tuple[ssl.SSLContext, str] | None = None
    ) -> None:
        self._tls = tls
        self._transport = transport
        self._namespace = namespace
        self._pod = pod
        self._port = port

    def __enter__(self) -> PodHttp:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        return None

    def get(self, path: str) -> bytes:
        """The answer to `GET path`; raises `ApiError` for a refusal, and other `ClusterError`s."""
        return self.request("GET", path)

    def request(self, method: str, path: str, body: bytes | None = None) -> bytes:
        """The answer to a request; raises `NoSuchPodError`, `UnreachableError`, or `ApiError` for a refusal."""
        forward = self._open()
        timeout = self._transport.deadline.remaining(self._transport.request_timeout)
        plain = forward.socket(self._port)
        plain.settimeout(timeout)
        asked = http.client.HTTPConnection("localhost", self._port, timeout=timeout)
        headers = {"Connection": "close"} | ({"Content-Type": "application/json"} if body is not None else {})
        try:
            asked.sock = self._tls[0].wrap_socket(plain, server_hostname=self._tls[1]) if self._tls else plain
            asked.request(method, path, body=body, headers=headers)
            answer = asked.getresponse()
            content = answer.read(_LARGEST)
        except (OSError, http.client.HTTPException) as error:
            problem = forward.error(self._port) or _problem(error)
            raise UnreachableError(
                f"port {self._port} of pod {self._namespace}/{self._pod} does not answer: {problem}",
                hint="is the container running, and the port the right one?",
            ) from error
        finally:
            asked.close()
            forward.close()
        if not 200 <= answer.status < 300:
            text = " ".join(content[:300].decode("utf-8", "replace").split())
            raise ApiError(answer.status, "", f"{path} of pod {self._namespace}/{self._pod}: {answer.status} {text}")
        return content

    @contextlib.contextmanager
    def connect(self) -> Iterator[socket.socket]:
        """A connection to the port, for another protocol than HTTP. Raises `NoSuchPodError` or `UnreachableError`."""
        forward = self._open()
        try:
            yield forward.socket(self._port)
        finally:
            forward.close()

    def certificate(self, host: str, authorities: str) -> bytes:
        """The certificate that the port shows for a host, in DER, once one of the authorities (PEM) vouches for it.

        Raises `UntrustedError` when none does or it is for other hosts, `NoSuchPodError` and `UnreachableError`.
        """
        try:
            context = ssl.create_default_context(cadata=authorities)
        except (ssl.SSLError, ValueError) as error:
            raise UntrustedError("the authorities are no certificates in PEM") from error
        forward = self._open()
        plain = forward.socket(self._port)
        plain.settimeout(self._transport.deadline.remaining(self._transport.request_timeout))
        try:
            with context.wrap_socket(plain, server_hostname=host) as secure:
                return secure.getpeercert(binary_form=True) or b""
        except ssl.SSLCertVerificationError as error:
            raise UntrustedError(
                f"the certificate at port {self._port} of pod {self._namespace}/{self._pod} is not good for {host}: "
                f"{error.verify_message}"
            ) from error
        except OSError as error:
            problem = forward.error(self._port) or _problem(error)
            raise UnreachableError(
                f"port {self._port} of pod {self._namespace}/{self._pod} speaks no TLS: {problem}"
            ) from error
        finally:
            forward.close()

    def _open(self) -> Any:
        """A port-forward: `kubernetes.stream.ws_client.PortForward`, whose sockets carry the port's bytes."""
        import websocket
        from kubernetes.stream.ws_client import PortForward

        connection = self._transport.connection
        parts = urlsplit(connection.server)
        scheme = "wss" if parts.scheme == "https" else "ws"
        url = (
            f"{scheme}://{parts.netloc}{parts.path.rstrip('/')}/api/v1/namespaces/{self._namespace}/pods/{self._pod}"
            f"/portforward?ports={self._port}"
        )
        options: dict[str, Any] = {"context": connection.tls} if connection.tls is not None else {}
        if connection.server_name:
            options["server_hostname"] = connection.server_name
        found = websocket.WebSocket(sslopt=options, skip_utf8_validation=True)
        found.settimeout(self._transport.deadline.remaining(self._transport.request_timeout))
        proxy = urlsplit(connection.proxy)
        try:
            found.connect(
                url,
                header=[f"{name}: {value}" for name, value in connection.headers()] + [f"User-Agent: {USER_AGENT}"],
                subprotocols=["v4.channel.k8s.io"],
                http_proxy_host=proxy.hostname,
                http_proxy_port=proxy.port,
            )
        except websocket.WebSocketBadStatusException as error:
            raise self._refused(error) from error
        except (OSError, websocket.WebSocketException) as error:
            raise UnreachableError(
                f"no port-forward to pod {self._namespace}/{self._pod}: {_problem(error)}"
            ) from error

        class Forward(PortForward):
            """A port-forward whose thread says nothing when we hang up before all was read."""

            def _proxy(self) -> None:
                with contextlib.suppress(OSError, websocket.WebSocketException):
                    super()._proxy()  # type: ignore[no-untyped-call]

        return Forward(found, [self._port])  # type: ignore[no-untyped-call]

    def _refused(self, error: Any) -> Exception:
        status = int(getattr(error, "status_code", 0) or 0)
        body = getattr(error, "resp_body", None) or b""
        found = refusal(status, body if isinstance(body, bytes) else str(body).encode())
        if status == 404:
            return NoSuchPodError(
                f"there is no pod {self._pod} in namespace {self._namespace}", hint="kubectl get pods lists them"
            )
        if status == 500 and not found.causes:
            return UnreachableError(f"no port-forward to pod {self._namespace}/{self._pod}: {found.message}")
        return found


def _problem(error: BaseException) -> str:
    if isinstance(error, socket.timeout | TimeoutError):
        return "it is too slow"
    return str(error)[:160] or type(error).__name__
