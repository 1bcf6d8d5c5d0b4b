"""What the filters decide about a request that is followed through a proxy."""

from __future__ import annotations

from dataclasses import replace

from meshctl.proxyconfig.dump import ConfigDump
from meshctl.proxyconfig.envoy import plain_data
from meshctl.proxyconfig.json_names import with_field_names
from meshctl.proxyconfig.rbac.attributes import Attributes, HttpRequest
from meshctl.proxyconfig.rbac.deciding import decide, kind
from meshctl.proxyconfig.rbac.stack import FilterStack
from meshctl.proxyconfig.rbac.stacks import stack_of
from meshctl.proxyconfig.rbac.token_filter import carries_token
from meshctl.proxyconfig.rbac.verdict import Verdict
from meshctl.proxyconfig.trace.following import Trace
from meshctl.proxyconfig.trace.request import Request


def decide_on_way(dump: ConfigDump, trace: Trace, sent: Request, peer: str = "") -> Verdict | None:
    """What the filters decide on the way that a request was followed; None where none of them is about access.

    `sent` is the request as it was asked about; a client with a certificate has the identity `peer`, if that is known.
    """
    if not trace.protocol or trace.chain is None or trace.chain.chain is None:
        return None
    stack = stack_of(dump, trace)
    attributes = replace(_attributes(trace, sent, peer), claims_known=not _carries_token(stack, sent))
    found = decide(stack, attributes, trace.request)
    return found if found.steps else None


def _attributes(trace: Trace, sent: Request, peer: str) -> Attributes:
    connection = trace.connection
    headers: dict[str, list[str]] = {}
    for name, value in sent.headers:
        headers.setdefault(name, []).append(value)
    return Attributes(
        source_ip=connection.source,
        destination_ip=connection.destination,
        destination_port=connection.port,
        server_name=connection.server_name,
        peer=peer if connection.client_certificate else "",
        peer_known=bool(peer) or not connection.client_certificate,
        http=HttpRequest(trace.request.method, trace.request.path, trace.request.authority, headers),
    )


def _carries_token(stack: FilterStack, sent: Request) -> bool:
    with plain_data("the filters"):
        checking = [one for one in stack.filters if kind(one) == "jwt_authn"]
        return any(carries_token(with_field_names(one.config), sent) for one in checking)


def refused(trace: Trace, verdict: Verdict) -> Trace:
    """The way of a request that a filter denies: no route is asked, and nothing is forwarded."""
    denying = verdict.denying
    if denying is None:
        return trace
    closed = "" if denying.status else ": the connection is closed"
    return replace(trace, status=denying.status, reason=f"{denying.reason}{closed}")
