"""Every command that reaches a cluster: who asks, for how long, and what is said when nobody answers."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import click
import pytest

from meshctl.cli.app import root_group
from meshctl.cli.commands import COMMANDS, Command
from tests.cli.run import Done, meshctl
from tests.kube.fake_api import Answer, Request, serving, write_kubeconfig

ARGUMENTS = {
    "analyze": ["--use-kube"],
    "authz can-i": ["--to", "deployment/web", "--port", "80"],
    "authz check": ["web"],
    "experimental authz can-i": ["--to", "deployment/web", "--port", "80"],
    "experimental authz check": ["web"],
    "experimental describe pod": ["web"],
    "experimental describe service": ["web"],
    "experimental envoy-stats": ["web"],
    "experimental internal-debug": ["syncz"],
    "experimental metrics": ["web"],
    "kube-inject": ["--use-kube", "-f", "{file}"],
    "install": ["-y"],
    "upgrade": ["-y"],
    "manifest generate": ["--cluster-specific"],
    "manifest install": ["-y"],
    "proxy-config diff": ["web", "db"],
    "proxy-config rootca-compare": ["web", "db"],
    "proxy-config trace": ["web", "--request", "GET http://reviews:9080/"],
    "tag generate": ["prod", "-r", "default"],
    "tag remove": ["prod", "-y"],
    "tag set": ["prod", "-r", "default"],
    "uninstall": ["--purge", "-y"],
}
"""What a command needs to begin; the others of proxy-config take a pod, the rest nothing."""

NO_CLUSTER_NEEDED = {"version", "experimental version"}
"""Commands that have something to say without a cluster."""


def _commands(table: Mapping[str, Command] = COMMANDS, above: str = "") -> Iterator[str]:
    for name, entry in table.items():
        path = f"{above} {name}".strip()
        yield from _commands(entry.commands, path)
        if entry.cluster:
            yield path


ALL = list(_commands())


def _run(path: str, kubeconfig: Path, *flags: str) -> Done:
    file = kubeconfig.parent / "app.yaml"
    file.write_text('{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "app"}, "spec": {"containers": []}}')
    arguments = ARGUMENTS.get(path, ["web"] if path.startswith("proxy-config") else [])
    words = [argument.format(file=file) for argument in arguments]
    return meshctl(*path.split(), *words, *flags, KUBECONFIG=str(kubeconfig))


def _soon(path: str, kubeconfig: Path, *flags: str) -> Done:
    """Runs a command that must not wait as long as one does by default; on a busy machine, more than once."""
    for _ in range(3):
        start = time.monotonic()
        done = _run(path, kubeconfig, *flags)
        if time.monotonic() - start < 10:
            return done
    raise AssertionError(f"{path} takes too long: {done.err}")


def _is_one_line(done: Done, path: str) -> None:
    assert done.code == (0 if path in NO_CLUSTER_NEEDED else 65), (done.code, done.err)
    assert done.err.count("\n") == 1, done.err
    assert done.err.startswith("meshctl: ")
    assert path in NO_CLUSTER_NEEDED or done.out == ""


@pytest.mark.parametrize("path", ALL)
def test_nobody_listens(path: str, tmp_path: Path) -> None:
    _is_one_line(_soon(path, write_kubeconfig(tmp_path / "kube", "http://127.0.0.1:9")), path)


@pytest.fixture
def silent(tmp_path: Path) -> Iterator[Path]:
    """The kubeconfig of a server that accepts connections and says nothing."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield write_kubeconfig(tmp_path / "kube", f"http://127.0.0.1:{listening.getsockname()[1]}")


@pytest.mark.parametrize("path", ALL)
def test_nobody_answers(path: str, silent: Path) -> None:
    _is_one_line(_soon(path, silent, "--kubeclient-timeout", "1s"), path)


def _has_limit(path: str) -> bool:
    command: click.Command | None = root_group()
    for word in path.split():
        assert isinstance(command, click.Group)
        command = command.get_command(click.Context(command), word)
    assert command is not None
    return any("--timeout" in param.opts for param in command.params)


@pytest.mark.parametrize("path", [path for path in ALL if _has_limit(path)])
def test_nobody_answers_within_the_time_of_the_command(path: str, silent: Path) -> None:
    _is_one_line(_soon(path, silent, "--timeout", "1s"), path)


@pytest.mark.parametrize("path", ALL)
def test_the_user_acts_as_somebody_else(path: str, tmp_path: Path) -> None:
    """Every request says so, and a refusal is one line."""

    def refuse(request: Request) -> Answer:
        return Answer({"kind": "Status", "reason": "Forbidden", "message": "you may not", "code": 403}, 403)

    with serving(refuse, {}) as api:
        flags = ["--as", "jane", "--as-group", "devs", "--as-group", "ops"]
        done = _run(path, write_kubeconfig(tmp_path / "kube", api.url), *flags)
    assert api.requests
    for request in api.requests:
        assert request.headers.get("Impersonate-User") == "jane", request.path
        assert request.headers.get_all("Impersonate-Group") == ["devs", "ops"], request.path
    assert done.code in ((0,) if path in NO_CLUSTER_NEEDED else (65,)), (done.code, done.err)
    assert "Traceback" not in done.err


@pytest.mark.parametrize("path", [path for path in ALL if _has_limit(path)])
def test_time_that_is_over_before_anybody_was_asked(path: str, silent: Path) -> None:
    _is_one_line(_run(path, silent, "--timeout", "1ms"), path)
