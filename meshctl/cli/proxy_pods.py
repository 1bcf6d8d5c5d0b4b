"""Several proxies at once: which pods are meant, and what each answers; all are asked at the same time."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from meshctl.cli.proxy_pages import ADMIN_PORT, page
from meshctl.cli.values import PODS
from meshctl.errors import UNREADABLE, MeshctlError, UnreadableError, UsageError

if TYPE_CHECKING:
    from meshctl.kube.pods import PodName
    from meshctl.proxyconfig.admin import Admin

R = TypeVar("R")

PodsArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[POD]...", click_type=PODS, help="Pods: [TYPE/]NAME[.NAMESPACE]; with --file, those of an archive."
    ),
]
AllPodsOption = Annotated[
    bool, typer.Option("--all-pods", help="All pods behind TYPE/NAME; alone, all of the namespace that have a proxy.")
]

_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Proxies:
    """What the user says about the proxies to look at."""

    pods: Sequence[str]
    file: str = ""
    selector: str = ""
    every: bool = False
    port: int = ADMIN_PORT

    @property
    def single(self) -> bool:
        """Whether one proxy is meant, which is shown without the name of its pod."""
        return len(self.pods) < 2 and not self.selector and not self.every

    def page(self, path: str) -> bytes:
        """The page of the only proxy."""
        return page(self.pods[0] if self.pods else "", self.file, path, port=self.port)

    def pages(self, *paths: str) -> tuple[dict[str, dict[str, bytes]], int]:
        """The pages of each proxy by path, and the exit code; see `ask_each`."""
        if self.file:
            if self.selector or self.every:
                raise UsageError("--selector and --all-pods ask a cluster", hint="leave --file out, or name pods")
            if self.file == "-":
                raise UsageError("standard input holds one proxy", hint="name one pod, or save the input in a file")
            saved = {pod: partial(page, pod, self.file) for pod in self.pods}
            return ask_each({pod: partial(_each_page, get, paths) for pod, get in saved.items()})
        asks, code = self.admins()
        found, failed = ask_each({name: partial(_each_page, partial(ask, "GET"), paths) for name, ask in asks.items()})
        return found, code or failed

    def admins(self) -> tuple[dict[str, Admin], int]:
        """The admin APIs of the pods by name, and the exit code for what names no pod."""
        from meshctl.cli.clusters import namespace, open_for_pods
        from meshctl.cli.proxy_admin import forwarded
        from meshctl.kube.pods import pods_of, pods_with_proxy, selected

        if self.selector and self.pods:
            raise UsageError("pods and --selector exclude each other", hint="leave one out")
        cluster = open_for_pods()
        where = namespace(cluster)
        wanted: dict[str, Callable[[], Sequence[PodName]]] = {
            pod: partial(_behind, partial(pods_of, cluster, pod, where), every=self.every) for pod in self.pods
        }
        if self.selector:
            wanted = {f"-l {self.selector}": partial(_some, partial(selected, cluster, where, self.selector), where)}
        elif not self.pods:
            wanted = {"--all-pods": partial(_some, partial(pods_with_proxy, cluster, where), where)}
        found, code = ask_each(wanted)
        pods = dict.fromkeys(pod for several in found.values() for pod in several)
        return {str(pod): forwarded(cluster, pod, self.port) for pod in pods}, code


def _each_page(get: Callable[[str], bytes], paths: Sequence[str]) -> dict[str, bytes]:
    return {path: get(path) for path in paths}


def _behind(find: Callable[[], Sequence[PodName]], *, every: bool) -> Sequence[PodName]:
    """All pods behind a name in a fixed order, or the one that stands for them."""
    found = find()
    return in_order(found) if every else found[:1]


def _some(find: Callable[[], Sequence[PodName]], where: str) -> Sequence[PodName]:
    found = in_order(find())
    if not found:
        raise UnreadableError(f"no pod of namespace {where} is meant by this", hint="kubectl get pods lists them")
    return found


def in_order(pods: Sequence[PodName]) -> Sequence[PodName]:
    """Pods by namespace and name: the order of readiness, in which they are found, changes from call to call."""
    return sorted(pods, key=lambda pod: (pod.namespace, pod.name))


def ask_all(asks: Sequence[tuple[str, Admin]], task: Callable[[Admin], R]) -> tuple[dict[str, R], int]:
    """What the task makes of each of several admin APIs, by name; see `ask_each`."""
    return ask_each({name: partial(task, ask) for name, ask in sorted(asks, key=lambda named: named[0])})


def ask_each(tasks: Mapping[str, Callable[[], R]]) -> tuple[dict[str, R], int]:
    """Does all tasks at the same time; gives the results in the order of the tasks, and an exit code.

    The failure of a single task is raised. Of several, each that fails is named on the standard error, and the code is
    `UNREADABLE`.
    """
    from concurrent.futures import ThreadPoolExecutor

    if len(tasks) == 1:
        [(name, task)] = tasks.items()
        return {name: task()}, 0
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        running = {name: pool.submit(task) for name, task in tasks.items()}
    return in_turn({name: future.result for name, future in running.items()})


def in_turn(tasks: Mapping[str, Callable[[], R]]) -> tuple[dict[str, R], int]:
    """Does one task after another, and names each that fails on the standard error.

    What several proxies say is understood so: at the same time would take as long, and more memory.
    """
    found: dict[str, R] = {}
    for name, task in tasks.items():
        try:
            found[name] = task()
        except MeshctlError as error:
            print(f"meshctl: {name}: {error.message}", file=sys.stderr)
    return found, UNREADABLE if len(found) < len(tasks) else 0
