"""`meshctl admin log`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from meshctl.cli.clusters import istio_namespace, open_cluster
from meshctl.cli.durations import check_duration
from meshctl.cli.options import TimeoutOption
from meshctl.cli.proxy_config import note
from meshctl.cli.values import ISTIOD_LEVELS, ISTIOD_PODS, REVISIONS, OneOf
from meshctl.errors import UNREADABLE, MeshctlError, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from meshctl.kube import Cluster
    from meshctl.sources.control_z import Ask, Scope, Wish

_PORT = 9876
_SELECTOR = "app=istiod"


def admin_log(
    pod: Annotated[
        str, typer.Argument(metavar="[POD]", click_type=ISTIOD_PODS, help="A pod of istiod; all of them without.")
    ] = "",
    level: Annotated[
        str,
        typer.Option(
            "--level",
            metavar="[SCOPE:]LEVEL,...",
            click_type=ISTIOD_LEVELS,
            help="Log levels to set: none, error, warn, info or debug.",
        ),
    ] = "",
    stack_trace_level: Annotated[
        str,
        typer.Option(
            "--stack-trace-level",
            metavar="[SCOPE:]LEVEL,...",
            click_type=ISTIOD_LEVELS,
            help="Levels that add stack traces.",
        ),
    ] = "",
    reset: Annotated[bool, typer.Option("--reset", help="Set both kinds of levels back: info, and none.")] = False,
    log_reset: Annotated[bool, typer.Option("--log-reset", help="Set the log levels back to info.")] = False,
    stack_trace_reset: Annotated[
        bool, typer.Option("--stack-trace-reset", help="Add no stack traces any more.")
    ] = False,
    ctrlz_port: Annotated[
        int, typer.Option("--ctrlz_port", metavar="PORT", min=1, max=65535, help="Port of ControlZ.")
    ] = _PORT,
    output: Annotated[
        str,
        typer.Option(
            "--output", "-o", metavar="FORMAT", click_type=OneOf(("short", "json", "yaml")), help="short, json or yaml."
        ),
    ] = "short",
    selector: Annotated[
        str, typer.Option("--selector", "-l", metavar="LABELS", help="Labels of the pods of istiod.")
    ] = _SELECTOR,
    revision: Annotated[
        str, typer.Option("--revision", "-r", metavar="NAME", click_type=REVISIONS, help="This control plane only.")
    ] = "",
    timeout: TimeoutOption = "30s",
) -> int:
    """Show or set what istiod logs.

    All running istiods are read or changed, each by its name. Levels and scopes are checked before anything is changed.

    Examples:

      meshctl admin log

      meshctl admin log --level ads:debug,validation:error

      meshctl admin log --reset -r canary
    """
    from meshctl.sources.control_z import wish

    wanted = wish(level, stack_trace_level, log_reset=reset or log_reset, stack_trace_reset=reset or stack_trace_reset)
    with open_cluster(check_duration(timeout, "--timeout")) as cluster:
        istiods = _istiods(cluster, pod, revision, selector, ctrlz_port)
        found, unread = _read(cluster, istiods)
        if wanted and found:
            unread += _change({name: istiods[name] for name in found}, found, wanted)
        elif found:
            _show(found, output)
    for problem in unread:
        note(problem)
    return UNREADABLE if unread else 0


def _istiods(cluster: Cluster, pod: str, revision: str, selector: str, port: int) -> dict[str, Ask]:
    """The ControlZ ports of the istiods that are meant, by their names. Raises `UnreadableError`."""
    from meshctl.sources.control_plane import control_plane_pods

    namespace = istio_namespace()
    name = pod.rpartition("/")[2].removesuffix(f".{namespace}")
    names = (
        [name] if name else [one.name for one in control_plane_pods(cluster, namespace, revision, selector=selector)]
    )
    if not names:
        raise UnreadableError(
            f"no istiod is running in namespace {namespace}" + (f" for revision {revision}" if revision else ""),
            hint="-i names the namespace, -r the revision, -l the labels",
        )
    return {one: cluster.pod_http(namespace, one, port).request for one in names}


def _read(cluster: Cluster, istiods: Mapping[str, Ask]) -> tuple[dict[str, Sequence[Scope]], list[str]]:
    """The scopes of each istiod, and a line for each that does not answer."""
    from meshctl.sources.control_z import read_scopes

    def scopes(ask: Ask) -> Sequence[Scope] | MeshctlError:
        try:
            return read_scopes(ask)
        except MeshctlError as error:
            return error

    answers = dict(zip(istiods, cluster.each(scopes, istiods.values()), strict=True))
    found = {name: answer for name, answer in answers.items() if not isinstance(answer, MeshctlError)}
    return found, [f"{name}: {answer.message}" for name, answer in answers.items() if isinstance(answer, MeshctlError)]


def _change(istiods: Mapping[str, Ask], found: Mapping[str, Sequence[Scope]], wanted: Wish) -> list[str]:
    """Sets levels, once all of them are known to be right; a line for each istiod that refuses."""
    from meshctl.sources.control_z import changed, check_scopes, write_scope

    for name, scopes in found.items():
        check_scopes(scopes, wanted, name)
    problems = []
    for name, ask in istiods.items():
        changes = list(changed(found[name], wanted))
        try:
            for scope in changes:
                write_scope(ask, scope)
        except MeshctlError as error:
            problems.append(f"{name}: {error.message}")
            continue
        if len(istiods) > 1:
            print(f"{name}: {len(changes)} scope(s) changed")
    return problems


def _show(found: Mapping[str, Sequence[Scope]], form: str) -> None:
    from meshctl.output.istiod_log import as_data, lines

    if form == "short":
        print("\n".join(lines(found)))
        return
    from meshctl.documents import write_json, write_yaml

    data = as_data(found)
    print(write_json(data, indent=2) if form == "json" else write_yaml(data).rstrip("\n"))
