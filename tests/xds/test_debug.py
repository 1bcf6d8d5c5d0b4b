"""Questions to a real gRPC server: over TLS and without, with tokens, refused, too slow, and at the wrong port."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import grpc
import pytest
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import RequestReceived

from meshctl.xds.debug import NODE, DebugAnswer, Security, ask
from meshctl.xds.errors import XdsError
from tests.cluster.certificates import Authority, Certificate
from tests.kube.fake_api import QuietServer
from tests.xds.grpc_istiod import grpc_istiod

PLAIN = Security(plaintext=True)
NAME = "istiod.istio-system.svc"


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority("mesh")


@pytest.fixture(scope="module")
def certificate(authority: Authority) -> Certificate:
    return authority.issue(NAME)


def folder(path: Path, authority: Authority, own: Certificate | None = None) -> str:
    (path / "root-cert.pem").write_text(authority.certificate)
    if own:
        (path / "cert-chain.pem").write_text(own.certificate)
        (path / "key.pem").write_text(own.key)
    return str(path)


def asked(port: int, security: Security = PLAIN, page: str = "syncz", seconds: float = 10) -> DebugAnswer:
    return ask("127.0.0.1", port, page, security, seconds)


def refused(port: int, security: Security = PLAIN, seconds: float = 10) -> XdsError:
    with pytest.raises(XdsError) as error:
        asked(port, security, seconds=seconds)
    assert f"127.0.0.1:{port}" in error.value.message
    return error.value


def test_the_page_comes_with_what_istiod_says_about_itself() -> None:
    with grpc_istiod() as istiod:
        istiod.pages["syncz"] = [{"proxy": "a.b"}]
        found = asked(istiod.port, page="syncz?namespace=b")
    assert found.content == b'[{"proxy": "a.b"}]'
    assert (found.version_info, found.control_plane["ID"]) == ("2026/7", "istiod-7d-abc")
    [request] = istiod.requests
    assert (request.node.id, request.type_url) == (NODE, "istio.io/debug")
    assert list(request.resource_names) == ["syncz?namespace=b"]


def test_an_answer_of_many_megabytes_is_read_whole() -> None:
    large = b"x" * 30_000_000
    with grpc_istiod() as istiod:
        istiod.pages["syncz"] = large
        started = time.monotonic()
        assert asked(istiod.port, seconds=60).content == large
    assert time.monotonic() - started < 30


def test_a_token_goes_over_tls_only(authority: Authority, certificate: Certificate, tmp_path: Path) -> None:
    trusted = folder(tmp_path, authority)
    with grpc_istiod(certificate) as istiod:
        istiod.token = "t0k3n"
        asked(istiod.port, Security(cert_dir=trusted, authority=NAME, token="t0k3n"))
        error = refused(istiod.port, Security(cert_dir=trusted, authority=NAME, token="wr0ng"))
    assert "unauthenticated (authentication failure)" in error.message
    assert "wr0ng" not in error.message + error.hint
    with grpc_istiod() as istiod:
        asked(istiod.port, Security(plaintext=True, token="t0k3n"))
    assert "authorization" not in istiod.metadata[0]


def test_a_client_certificate_is_shown(authority: Authority, certificate: Certificate, tmp_path: Path) -> None:
    with grpc_istiod(certificate, authority.certificate) as istiod:
        with_own = folder(tmp_path, authority, authority.issue("me"))
        assert asked(istiod.port, Security(cert_dir=with_own, authority=NAME)).content == b"[]"
        for file in ("cert-chain.pem", "key.pem"):
            (tmp_path / file).unlink()
        refused(istiod.port, Security(cert_dir=with_own, authority=NAME))


def test_a_certificate_counts(authority: Authority, certificate: Certificate, tmp_path: Path) -> None:
    trusted = folder(tmp_path, authority)
    with grpc_istiod(certificate) as istiod:
        for security in (Security(), Security(cert_dir=trusted), Security(cert_dir=trusted, authority="other.svc")):
            error = refused(istiod.port, security)
            assert "not trusted" in error.message
            assert "--insecure" in error.hint
        assert asked(istiod.port, Security(insecure=True)).content == b"[]"


def test_certificates_that_are_missing_are_said(tmp_path: Path) -> None:
    for insecure in (False, True):
        with pytest.raises(XdsError, match="there is no folder"):
            asked(1, Security(cert_dir=str(tmp_path / "none"), insecure=insecure))
    with pytest.raises(XdsError, match="no such file"):
        asked(1, Security(cert_dir=str(tmp_path)))
    (tmp_path / "root-cert.pem").write_text("nothing")
    with pytest.raises(XdsError, match="cannot be used"):
        asked(1, Security(cert_dir=str(tmp_path)))


def test_a_refusal_is_told_in_its_words() -> None:
    with grpc_istiod() as istiod:
        istiod.refusal = (grpc.StatusCode.PERMISSION_DENIED, "not for you: é")
        error = refused(istiod.port)
        assert "permission denied (not for you: é)" in error.message
        assert "--cert-dir" in error.hint
        istiod.refusal = (grpc.StatusCode.UNIMPLEMENTED, "")
        assert refused(istiod.port).message.endswith("the server refuses: unimplemented")


def test_a_slow_server_is_given_up_in_time() -> None:
    with grpc_istiod() as istiod:
        istiod.wait = 30
        started = time.monotonic()
        error = refused(istiod.port, seconds=0.5)
    assert time.monotonic() - started < 20
    assert "no answer within 0.5 s" in error.message
    assert "--timeout" in error.hint


def test_a_mute_server_is_given_up_in_time_too() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        for security in (PLAIN, Security(insecure=True)):
            assert "no answer" in refused(server.getsockname()[1], security, seconds=0.3).message


def test_tls_and_plaintext_mixed_up(certificate: Certificate) -> None:
    with grpc_istiod() as istiod:
        assert "--plaintext" in refused(istiod.port, Security(insecure=True), seconds=3).hint
    with grpc_istiod(certificate) as istiod:
        assert "--plaintext" in refused(istiod.port, seconds=3).hint


@contextmanager
def http_1() -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            pass

    server = QuietServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


def test_a_port_that_speaks_http_1() -> None:
    with http_1() as port:
        error = refused(port, seconds=3)
    assert "http://HOST:PORT" in error.hint or "15012" in error.hint


@pytest.mark.parametrize(
    "said", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"SSH-2.0-x\r\n" * 9, b"", b"\x15\x03\x01\0\x02\x02\x46"]
)
def test_other_programs(said: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            connection.sendall(said)
            connection.shutdown(socket.SHUT_WR)
            connection.recv(1000)
            connection.close()

        threading.Thread(target=serve, daemon=True).start()
        error = refused(server.getsockname()[1], seconds=3)
    assert error.hint


def test_nobody_and_an_unknown_name() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert "refused" in refused(port).message
    with pytest.raises(XdsError, match="name is unknown"):
        ask("no-such-host.invalid", 15012, "syncz", PLAIN, 5)


def test_a_web_server_of_http_2() -> None:
    """As Go's servers are with TLS."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            http = H2Connection(H2Configuration(client_side=False))
            http.initiate_connection()
            stream = 0
            while not stream:
                events = http.receive_data(connection.recv(65536))
                stream = next((event.stream_id for event in events if isinstance(event, RequestReceived)), 0)
            http.send_headers(stream, [(":status", "200"), ("content-type", "text/plain")])
            http.send_data(stream, b"hello\n", end_stream=True)
            connection.sendall(http.data_to_send())
            connection.recv(1000)
            connection.close()

        threading.Thread(target=serve, daemon=True).start()
        assert "not gRPC" in refused(server.getsockname()[1], seconds=3).message
