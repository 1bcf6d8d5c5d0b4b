"""The protocol of a service port, as Istio tells it by its name and appProtocol."""

from __future__ import annotations

from meshctl.model.resource import Field

_KNOWN = frozenset("tcp udp grpc grpc-web http http_proxy http2 https tls mongo redis mysql".split())
_KUBERNETES = {"kubernetes.io/h2c": "http2", "kubernetes.io/ws": "http", "kubernetes.io/wss": "https"}
_TCP_PORTS = frozenset({25, 53, 3306, 27017})
"""Ports whose servers speak first, so that nothing can be detected: they are TCP unless something else is said."""


def port_protocol(port: Field) -> str:
    """The protocol of a port of a Service in lower case; empty when the proxies have to detect it.

    Rule: `appProtocol` where it is written, else the part of the name in front of the first `-`, in any case.
    """
    if port["protocol"].text == "UDP":
        return "udp"
    app_protocol = port["appProtocol"]
    text = (app_protocol if app_protocol.present else port["name"]).text
    if text in _KUBERNETES:
        return _KUBERNETES[text]
    text = text.lower()
    if text.startswith("grpc-web"):
        return "grpc-web"
    text = text.partition("-")[0]
    if text in _KNOWN:
        return text
    return "tcp" if port["port"].number in _TCP_PORTS else ""
