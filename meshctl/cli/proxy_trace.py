"""`meshctl proxy-config trace`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from meshctl.cli.options import ColorOption
from meshctl.cli.proxy_admin import AddressOption, address_in, one_source
from meshctl.cli.proxy_pages import ADMIN_PORT, AdminPortOption, FileOption, TargetArgument
from meshctl.cli.values import OneOf
from meshctl.errors import UsageError


def proxy_trace(
    pod: TargetArgument = "",
    file: FileOption = "",
    address: AddressOption = "",
    request: Annotated[
        str, typer.Option("--request", metavar="'METHOD URL'", help="The request: 'GET http://reviews:9080/x'.")
    ] = "",
    header: Annotated[
        list[str] | None,
        typer.Option("--header", metavar="NAME:VALUE", help="A header of the request; may be repeated."),
    ] = None,
    direction: Annotated[
        str,
        typer.Option(
            "--direction",
            metavar="outbound|inbound",
            click_type=OneOf(("outbound", "inbound"), optional=True),
            help="Sent by the application of the pod, or to it.",
        ),
    ] = "",
    port: Annotated[
        int, typer.Option("--port", metavar="PORT", min=0, max=65535, help="Port that it is sent to, if not the URL's.")
    ] = 0,
    to: Annotated[str, typer.Option("--to", metavar="IP", help="Address that it is sent to.")] = "",
    source: Annotated[str, typer.Option("--source", metavar="IP", help="Address that it comes from.")] = "",
    tls: Annotated[
        str,
        typer.Option(
            "--tls",
            metavar="none|simple|mutual",
            click_type=OneOf(("none", "simple", "mutual"), optional=True),
            help="How the connection is protected.",
        ),
    ] = "",
    principal: Annotated[
        str,
        typer.Option("--principal", metavar="IDENTITY", help="Identity of its client: cluster.local/ns/NAME/sa/NAME."),
    ] = "",
    sni: Annotated[str, typer.Option("--sni", metavar="NAME", help="Server name in TLS, if not the URL's.")] = "",
    alpn: Annotated[str, typer.Option("--alpn", metavar="NAME,...", help="Protocols that the client offers.")] = "",
    every: Annotated[bool, typer.Option("--all", "-a", help="List all that lose, however many.")] = False,
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            metavar="FORMAT",
            click_type=OneOf(("text", "short", "table", "json", "yaml")),
            help="text, json or yaml.",
        ),
    ] = "text",
    color: ColorOption = None,
    proxy_admin_port: AdminPortOption = ADMIN_PORT,
) -> int:
    """Tell which way a request takes through a proxy, and why it takes no other.

    The way is found from what the proxy is configured with: listener, filter chain, virtual host, route, cluster and
    endpoint, with the Istio resource that made each. A request to a sidecar is one of its application, unless
    --direction says that it is sent to the pod; one to a gateway comes from outside, and one to a waypoint out of a
    tunnel, to the address of the service that it names. Where the proxy asks for tokens or applies authorization
    policies, it tells what they decide, as far as the request says what they hang on.

    Examples:

      meshctl proxy-config trace productpage-v1-abc.default --request 'GET http://reviews:9080/reviews/1'

      meshctl proxy-config trace -f config_dump.json --request 'GET http://shop.example/x' --header 'end-user: jason'

      meshctl proxy-config trace -f config_dump.json --request 'GET http://orders:8080/' --direction inbound
    """
    from meshctl.cli.proxy_admin import admin
    from meshctl.proxyconfig.dump import read
    from meshctl.proxyconfig.rbac.on_way import decide_on_way, refused
    from meshctl.proxyconfig.saved import read_saved
    from meshctl.proxyconfig.trace.connection import address as ip
    from meshctl.proxyconfig.trace.question import Question, answer
    from meshctl.proxyconfig.trace.request import parse

    if principal and tls not in ("", "mutual"):
        raise UsageError("--principal needs mutual TLS", hint="leave --tls out, or write --tls mutual")
    if not request:
        raise UsageError("--request is missing", hint="such as --request 'GET http://reviews:9080/x'")
    for flag, value in (("--to", to), ("--source", source)):
        if value and ip(value) is None:
            raise UsageError(f"{flag} cannot be {value!r}", hint="write an IP address")
    parsed = parse(request, header or ())
    file, address = address_in(file, address)
    one_source(pod, file, address)
    if file:
        data = read_saved(file, "config_dump", proxy=pod)
    else:
        data = admin(pod, address, proxy_admin_port)("GET", "config_dump?include_eds=true")
    protocols = tuple(name.strip() for name in alpn.split(",") if name.strip())
    dump = read(data)
    way = answer(dump, Question(parsed, direction, port, to, source, tls, sni, protocols))
    access = decide_on_way(dump, way, parsed, f"spiffe://{principal.removeprefix('spiffe://')}" if principal else "")
    found = refused(way, access) if access else way
    if output == "json":
        import json

        from meshctl.output.trace import trace_data

        print(json.dumps(trace_data(found, access), indent=2, ensure_ascii=False))
    elif output == "yaml":
        from meshctl.documents import write_yaml
        from meshctl.output.trace import trace_data

        print(write_yaml(trace_data(found, access)), end="")
    else:
        from meshctl.output.terminal import Paint
        from meshctl.output.trace import trace_text

        print(trace_text(found, access, Paint(sys.stdout, color), every=every))
    return 0
