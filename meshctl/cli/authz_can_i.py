"""`meshctl authz can-i`."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from meshctl.cli import clusters
from meshctl.cli.durations import check_duration
from meshctl.cli.options import ColorOption, NamespaceOption, TimeoutOption
from meshctl.cli.proxy_pages import ADMIN_PORT, AdminPortOption
from meshctl.cli.values import FILES, OneOf
from meshctl.errors import FINDING, UNREADABLE, UnreadableError, UsageError

if TYPE_CHECKING:
    from meshctl.diagnose.authz.question import Answer
    from meshctl.diagnose.authz.requests import Asked
    from meshctl.model.snapshot import Snapshot

Result = tuple["Asked", Sequence["Answer"]]


def authz_can_i(
    to: Annotated[
        str, typer.Option("--to", metavar="[KIND/]NAME[.NAMESPACE]", help="The workload, service or gateway asked.")
    ] = "",
    to_labels: Annotated[
        str, typer.Option("--to-labels", metavar="KEY=VALUE,...", help="In place of --to: labels of its pods, with -n.")
    ] = "",
    sender: Annotated[
        str,
        typer.Option("--from", metavar="ns/NAMESPACE/sa/NAME", help="Who sends it: an identity, or a workload."),
    ] = "",
    from_namespace: Annotated[
        str, typer.Option("--from-namespace", metavar="NAME", help="Namespace of the sender.")
    ] = "",
    from_service_account: Annotated[
        str, typer.Option("--from-service-account", metavar="NAME", help="Service account of the sender.")
    ] = "",
    from_ip: Annotated[str, typer.Option("--from-ip", metavar="IP", help="Address that it comes from.")] = "",
    remote_ip: Annotated[
        str, typer.Option("--remote-ip", metavar="IP", help="Address of the client, by X-Forwarded-For.")
    ] = "",
    plaintext: Annotated[bool, typer.Option("--plaintext", help="It comes without mutual TLS.")] = False,
    request: Annotated[
        str, typer.Option("--request", metavar="'METHOD URL'", help="The request: 'GET http://orders:8080/x'.")
    ] = "",
    host: Annotated[str, typer.Option("--host", metavar="NAME", help="Its host, if not the URL's.")] = "",
    port: Annotated[
        int, typer.Option("--port", metavar="PORT", min=0, max=65535, help="Port that it is sent to, if not the URL's.")
    ] = 0,
    method: Annotated[str, typer.Option("--method", metavar="NAME", help="Its method.")] = "",
    path: Annotated[str, typer.Option("--path", metavar="PATH", help="Its path.")] = "",
    header: Annotated[
        list[str] | None,
        typer.Option("--header", metavar="NAME:VALUE", help="A header of the request; may be repeated."),
    ] = None,
    sni: Annotated[
        str, typer.Option("--sni", metavar="NAME", help="Server name that the client asks for in TLS.")
    ] = "",
    claim: Annotated[
        list[str] | None,
        typer.Option("--claim", metavar="NAME=VALUE", help="A claim of its valid token; may be repeated."),
    ] = None,
    claims: Annotated[
        str, typer.Option("--claims", metavar="FILE|JSON|-", click_type=FILES, help="All claims of its valid token.")
    ] = "",
    requests: Annotated[
        str,
        typer.Option(
            "--requests", metavar="FILE", click_type=FILES, help="A list of requests, each with its expected answer."
        ),
    ] = "",
    filename: Annotated[
        list[str] | None,
        typer.Option(
            "--filename",
            "-f",
            metavar="FILE|DIRECTORY|-",
            click_type=FILES,
            help="Workloads and policies instead of the cluster; may be repeated.",
        ),
    ] = None,
    mesh_config_file: Annotated[
        str, typer.Option("--meshConfigFile", metavar="FILE", click_type=FILES, help="The mesh config.")
    ] = "",
    dump: Annotated[
        str,
        typer.Option("--dump", metavar="FILE|POD", click_type=FILES, help="What a proxy has, in place of policies."),
    ] = "",
    output: Annotated[
        str,
        typer.Option(
            "--output", "-o", metavar="FORMAT", click_type=OneOf(("text", "json", "yaml")), help="text, json or yaml."
        ),
    ] = "text",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Only the exit code.")] = False,
    namespace: NamespaceOption = "",
    timeout: TimeoutOption = "30s",
    color: ColorOption = None,
    proxy_admin_port: AdminPortOption = ADMIN_PORT,
) -> int:
    """Tell whether a request to a workload is allowed or denied, by which policy and rule.

    The policies of the cluster or of files are taken as istiod makes filters of them, or a proxy's own filters are
    looked at. A request is in plain text unless it is said who sends it. Nothing is sent, and tokens are described by
    their claims: their signatures are not checked.

    The exit code is 0 for allowed, 79 for denied, and 65 where it is not known; with --requests, 79 where an answer is
    not the expected one.

    Examples:

      meshctl authz can-i --to deployment/orders.shop --from ns/shop/sa/web --request 'GET http://orders:8080/items'

      meshctl authz can-i -f manifests/ --to service/orders.shop --port 80 --method DELETE --path /items/1 --plaintext

      meshctl authz can-i --dump config_dump.json --port 8080 --path /x --claim iss=issuer@example.com --claim sub=me

      meshctl authz can-i -f manifests/ --requests expected.yaml
    """
    from meshctl.diagnose.authz.requests import Asked, claims_of

    if sum(map(bool, (to, to_labels, requests, dump))) == 0:
        raise UsageError("nothing says what is asked", hint="name a workload with --to, or labels with --to-labels")
    if to and to_labels:
        raise UsageError("--to and --to-labels exclude each other")
    if dump and (to or to_labels or filename):
        raise UsageError("--dump excludes --to, --to-labels and -f", hint="the proxy it is from is what is asked")
    single = Asked(
        to, sender, from_namespace, from_service_account, from_ip, remote_ip, plaintext, request, host, port, method,
        path, tuple(header or ()), sni, claims_of(claim or (), _text(claims) if claims else None),
    )  # fmt: skip
    asked: Sequence[Asked] = [single]
    if requests:
        from meshctl.diagnose.authz.requests import read_requests

        asked = read_requests(_text(requests), requests)
    where = namespace or clusters.chosen_namespace()
    unreadable = False
    if dump:
        results = _by_proxy(asked, dump, proxy_admin_port, where or "default")
    else:
        mesh, where, unreadable = _mesh(asked, filename or (), mesh_config_file, where, timeout)
        results = [(one, _answers(mesh, one, to_labels, where)) for one in asked]
    if not quiet:
        _show(results, output, color, many=bool(requests))
    return _code(results) or (UNREADABLE if unreadable else 0)


def _text(name: str) -> str:
    """A file's text, that of standard input, or JSON as it is."""
    if name.lstrip().startswith("{"):
        return name
    from meshctl.sources.files import read_texts

    return next((text for _, text in read_texts([name])), "")


def _mesh(
    asked: Sequence[Asked], files: Sequence[str], mesh_config_file: str, namespace: str, timeout: str
) -> tuple[Snapshot, str, bool]:
    """The mesh, the namespace of what names none, and whether some of the files could not be read."""
    from meshctl import sources
    from meshctl.model.snapshot import Snapshot

    where = namespace or "default"
    config = sources.read_mesh_config(mesh_config_file, clusters.istio_namespace()) if mesh_config_file else None
    if files:
        reading = sources.read(files, namespace=where)
        problems = [message for message in reading.messages if message.type.unreadable]
        for message in problems:
            print(message, file=sys.stderr)
        if not reading.resources:
            raise UnreadableError("the files hold no objects", hint="name manifests of workloads and policies")
        return Snapshot([*([config] if config is not None else []), *reading.resources]), where, bool(problems)
    from meshctl.diagnose.authz.reading import read_mesh

    with clusters.open_cluster(check_duration(timeout, "--timeout")) as cluster:
        where = namespace or cluster.namespace
        named = [text.rpartition("/")[2].rpartition(".")[2] for one in asked for text in (one.to, one.sender)
                 if "." in text and "ns/" not in text]  # fmt: skip
        return read_mesh(cluster, (where, *named), clusters.istio_namespace(), config), where, False


def _answers(mesh: Snapshot, asked: Asked, to_labels: str, namespace: str) -> Sequence[Answer]:
    from meshctl.diagnose.authz.question import answer
    from meshctl.diagnose.authz.subjects import by_labels, subjects

    if asked.to:
        found = subjects(mesh, asked.to, namespace)
    elif to_labels:
        found = [by_labels(_pairs(to_labels), namespace)]
    else:
        raise UsageError(
            "a request does not say to whom it is", hint="write to: deployment/orders.shop, or use --to-labels"
        )
    question = asked.question(mesh, namespace)
    return [answer(mesh, one, question) for one in found]


def _pairs(text: str) -> dict[str, str]:
    found = {}
    for pair in filter(None, text.split(",")):
        key, equals, value = pair.partition("=")
        if not equals:
            raise UsageError(f"--to-labels cannot be {text!r}", hint="write KEY=VALUE,KEY=VALUE")
        found[key.strip()] = value.strip()
    return found


def _by_proxy(asked: Sequence[Asked], dump: str, admin_port: int, namespace: str) -> list[Result]:
    from pathlib import Path

    from meshctl.cli.proxy_config import read_dump
    from meshctl.diagnose.authz.question import by_dump
    from meshctl.model.snapshot import Snapshot

    is_file = dump == "-" or dump.startswith(("http://", "https://")) or Path(dump).exists()
    read = read_dump("" if is_file else dump, dump if is_file else "", "config_dump", admin_port)
    nothing = Snapshot([])
    return [(one, [by_dump(read, dump, one.question(nothing, namespace))]) for one in asked]


def _show(results: Sequence[Result], output: str, color: bool | None, *, many: bool) -> None:
    from meshctl.cli.proxy_config import note
    from meshctl.output.can_i import answer_lines, answers_data, table_lines, worst
    from meshctl.output.terminal import Paint

    if output == "text":
        paint = Paint(sys.stdout, color)
        print("\n".join(table_lines(results, paint) if many else answer_lines(results[0][1], paint)))
        if any(worst(found) == "unknown" for _, found in results):
            note("--from, --from-ip, --remote-ip, --sni, --header and --claim tell more of a request")
        return
    data = [
        {
            "request": one.title,
            "expected": one.expect or None,
            "outcome": worst(found),
            "workloads": answers_data(found),
        }
        for one, found in results
    ]
    shown = data if many else data[0]
    if output == "json":
        print(json.dumps(shown, indent=2, ensure_ascii=False))
    else:
        from meshctl.documents import write_yaml

        print(write_yaml(shown), end="")


def _code(results: Sequence[Result]) -> int:
    from meshctl.output.can_i import worst

    outcomes = [(one.expect, worst(found)) for one, found in results]
    if any(expected != outcome if expected else outcome == "denied" for expected, outcome in outcomes):
        return FINDING
    return UNREADABLE if any(not expected and outcome == "unknown" for expected, outcome in outcomes) else 0
