"""The xDS port of an istiod: a real gRPC server, and messages as the protobuf library writes them."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc
from google.protobuf import any_pb2, descriptor_pb2, descriptor_pool, message_factory

from tests.cluster.certificates import Certificate

SERVICE = "envoy.service.discovery.v3.AggregatedDiscoveryService"

_TEXT, _MESSAGE = descriptor_pb2.FieldDescriptorProto.TYPE_STRING, descriptor_pb2.FieldDescriptorProto.TYPE_MESSAGE
_FIELDS: dict[str, list[tuple[str, int, str, bool]]] = {
    "Node": [("id", 1, "", False), ("cluster", 2, "", False)],
    "DiscoveryRequest": [
        ("version_info", 1, "", False),
        ("node", 2, ".test.Node", False),
        ("resource_names", 3, "", True),
        ("type_url", 4, "", False),
        ("response_nonce", 5, "", False),
    ],
    "ControlPlane": [("identifier", 1, "", False)],
    "DiscoveryResponse": [
        ("version_info", 1, "", False),
        ("resources", 2, ".google.protobuf.Any", True),
        ("type_url", 4, "", False),
        ("nonce", 5, "", False),
        ("control_plane", 6, ".test.ControlPlane", False),
    ],
}
"""Messages of Envoy's API by their fields: name, number, type where it is no text, and whether it is repeated."""


def _classes() -> dict[str, Any]:
    file = descriptor_pb2.FileDescriptorProto(name="test.proto", package="test", syntax="proto3")
    file.dependency.append("google/protobuf/any.proto")
    for name, fields in _FIELDS.items():
        message = file.message_type.add(name=name)
        for field, number, type_, repeated in fields:
            message.field.add(
                name=field,
                number=number,
                label=3 if repeated else 1,
                type=_MESSAGE if type_ else _TEXT,
                type_name=type_ or None,
            )
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(any_pb2.DESCRIPTOR.serialized_pb)
    pool.Add(file)
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"test.{name}")) for name in _FIELDS}


MESSAGES = _classes()


class GrpcIstiod:
    """Answers debug questions; what it was asked is kept."""

    def __init__(self) -> None:
        self.pages: dict[str, Any] = {"syncz": []}
        """Pages by name without query; bytes are sent as they are, other data as JSON."""
        self.refusal: tuple[grpc.StatusCode, str] | None = None
        self.wait = 0.0
        self.token = ""
        """The token without which nobody is answered."""
        self.requests: list[Any] = []
        self.metadata: list[dict[str, str]] = []
        self.closed_early = False
        self.port = 0
        self._stop = threading.Event()

    def stream(self, requests: Iterator[bytes], context: Any) -> Iterator[bytes]:
        metadata = dict(context.invocation_metadata())
        self.metadata.append(metadata)
        for content in requests:
            if self._stop.wait(self.wait):
                return
            if self.refusal:
                context.abort(*self.refusal)
            if self.token and metadata.get("authorization") != f"Bearer {self.token}":
                context.abort(grpc.StatusCode.UNAUTHENTICATED, "authentication failure")
            request = MESSAGES["DiscoveryRequest"].FromString(content)
            self.requests.append(request)
            yield self._response(request)

    def _response(self, request: Any) -> bytes:
        page = self.pages.get(request.resource_names[0].split("?")[0], b"404 page not found\n")
        content = page if isinstance(page, bytes) else json.dumps(page).encode()
        response = MESSAGES["DiscoveryResponse"](version_info="2026/7", type_url=request.type_url, nonce="n")
        response.resources.add(type_url=request.type_url, value=content)
        info = {"Component": "istiod", "ID": "istiod-7d-abc", "Info": {"version": "1.31.0"}}
        response.control_plane.identifier = json.dumps(info)
        return bytes(response.SerializeToString())

    def stop(self) -> None:
        self._stop.set()


@contextmanager
def grpc_istiod(certificate: Certificate | None = None, authority: str = "") -> Iterator[GrpcIstiod]:
    """A running server on loopback; with a certificate over TLS, with an authority only for clients that show one."""
    istiod = GrpcIstiod()
    behaviour: Callable[..., Any] = istiod.stream
    handler = grpc.method_handlers_generic_handler(
        SERVICE, {"StreamAggregatedResources": grpc.stream_stream_rpc_method_handler(behaviour)}
    )
    server = grpc.server(ThreadPoolExecutor(4))
    server.add_generic_rpc_handlers((handler,))
    if certificate is None:
        istiod.port = server.add_insecure_port("127.0.0.1:0")
    else:
        credentials = grpc.ssl_server_credentials(
            [(certificate.key.encode(), certificate.certificate.encode())],
            authority.encode() or None,
            require_client_auth=bool(authority),
        )
        istiod.port = server.add_secure_port("127.0.0.1:0", credentials)
    server.start()
    try:
        yield istiod
    finally:
        istiod.stop()
        server.stop(0).wait(5)
