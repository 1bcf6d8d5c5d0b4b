"""Shell completions: what meshctl offers, and what the shells that are there make of it."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from meshctl.cli.commands import COMMANDS
from meshctl.output.completions import FILES
from tests.cli.interactive import Shell, program
from tests.cli.run import ROOT, meshctl
from tests.kube.fake_api import Answer, Request, serving, write_kubeconfig

CLUSTER = "outbound|9080||reviews.shop.svc.cluster.local"
HOSTILE = ["$(touch pwned)", "`touch pwned`", "a b", "a'b", 'a"b', "a\nb", "a;b", "-rf", "\x1b[2Jx", "a\\b", "x" * 300]


PATIENT: Any = {"MESHCTL_COMPLETION_TIMEOUT": "30s"}
"""For a machine that is too busy to answer at once."""


def completed(*words: str, **environment: Any) -> list[str]:
    """What meshctl offers for the last word; nothing is ever said on standard error."""
    done = meshctl("__completeNoDesc", *words, **environment)
    assert (done.code, done.err) == (0, "")
    return done.out.splitlines()


@pytest.fixture
def kubeconfig(tmp_path: Path) -> str:
    contexts = [{"name": name, "context": {"cluster": "c"}} for name in ("kind-dev", "arn:aws:eks:eu:1:cluster/prod")]
    contexts += [{"name": name, "context": {"cluster": "c"}} for name in HOSTILE]
    (tmp_path / "kube").write_text(json.dumps({"apiVersion": "v1", "kind": "Config", "contexts": contexts}))
    return str(tmp_path / "kube")


@pytest.fixture
def dump(tmp_path: Path) -> str:
    clusters = [{"cluster": {"name": name}} for name in (CLUSTER, "outbound|80|v1|ratings.shop.svc.cluster.local")]
    clusters += [{"cluster": {"name": name}} for name in HOSTILE]
    hosts = [{"name": "reviews", "domains": ["reviews.shop"]}]
    routes = [{"route_config": {"name": "9080", "virtual_hosts": hosts}}]
    (tmp_path / "dump.json").write_text(
        json.dumps({"configs": [
            {"@type": "type.googleapis.com/envoy.admin.v3.ClustersConfigDump", "static_clusters": clusters},
            {"@type": "type.googleapis.com/envoy.admin.v3.RoutesConfigDump", "dynamic_route_configs": routes},
        ]})
    )  # fmt: skip
    return str(tmp_path / "dump.json")


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["expl"], ["explain"]),
        (["pc", "clus"], ["cluster"]),
        (["analyze", "--failure-t"], ["--failure-threshold"]),
        (["version", "--failure-t"], []),
        (["--cont"], ["--context"]),
        (["pc", "-o", "json", "boot"], ["bootstrap"]),
        (["pc", "cluster", "-o", "w"], ["wide"]),
        (["pc", "cluster", "--output=w"], ["--output=wide"]),
        (["profile", "dump", "dem"], ["demo"]),
        (["profile", "diff", "default", "dem"], [":files", "demo"]),
        (["explain", "IST0101", "IST0134"], ["IST0134"]),
        (["analyze", "-S", "IST0134"], ["IST0134="]),
        (["install", "-s", "profile=dem"], ["profile=demo"]),
        (["analyze", ""], [":files"]),
        (["pc", "cluster", "-f", ""], [":files"]),
        (["pc", "cluster", ""], []),  # there is no cluster
        (["--kubeconfig", ""], [":files"]),
        (["completion", "p"], ["powershell"]),
        (["explain", "-o", ":"], ["text", "json"]),  # an empty word of PowerShell
        (["no", "such", ""], []),
        (["pc", "cluster", "--no-such-flag", "-o", "w"], ["wide"]),
    ],
    ids=" ".join,
)  # fmt: skip
def test_offers(words: list[str], wanted: list[str]) -> None:
    assert completed(*words) == wanted


def test_commands_come_with_what_they_do() -> None:
    done = meshctl("__complete", "expl")
    assert done.out == f"explain\t{COMMANDS['explain'].summary.rstrip('.')}\n"


def test_contexts_come_from_the_kubeconfig(kubeconfig: str) -> None:
    wanted = ["arn:aws:eks:eu:1:cluster/prod", "kind-dev"]
    assert completed("--context", "", KUBECONFIG=kubeconfig) == wanted
    assert completed("pc", "cluster", "-c", kubeconfig, "--context", "") == wanted
    assert completed("-c", kubeconfig, "--context", "kind") == ["kind-dev"]
    assert completed("analyze", "--remote-contexts", "kind", KUBECONFIG=kubeconfig) == ["kind-dev"]


def test_names_come_from_a_dump(dump: str) -> None:
    assert completed("pc", "endpoint", "-f", dump, "--cluster", "outbound|90") == [CLUSTER]
    assert completed("pc", "cluster", "-f", dump, "--fqdn", "rat") == ["ratings.shop.svc.cluster.local"]
    assert completed("pc", "cluster", "-f", dump, "--subset", "") == ["v1"]
    assert completed("pc", "route", "-f", dump, "--name", "") == ["9080"]
    assert completed("pc", "route", "-f", dump, "--host", "") == ["reviews.shop"]


def test_names_that_could_do_harm_are_not_offered(kubeconfig: str, dump: str) -> None:
    offered = completed("--context", "", KUBECONFIG=kubeconfig) + completed("pc", "eds", "-f", dump, "--cluster", "")
    assert len(offered) == 4


def _table(*names: str) -> dict[str, Any]:
    return {
        "kind": "Table",
        "columnDefinitions": [{"name": "Name"}, {"name": "Status"}],
        "rows": [{"cells": [name, "Run\x1b[2Jning\n\tnow"]} for name in names],
    }


def test_a_server_cannot_harm_the_shell(tmp_path: Path) -> None:
    def answer(request: Request) -> Answer:
        assert request.path == "/api/v1/namespaces/shop/pods"
        return Answer(_table("reviews-1", *HOSTILE))

    with serving(answer) as api:
        file = str(write_kubeconfig(tmp_path / "kube", api.url))
        done = meshctl("__complete", "pc", "cluster", "-n", "shop", "", KUBECONFIG=file, **PATIENT)
    assert (done.code, done.out, done.err) == (0, "reviews-1\tRun[2Jningnow\n", "")


def test_a_refusal_is_no_answer(tmp_path: Path) -> None:
    with serving(lambda _: Answer({"kind": "Status", "message": "no"}, 403)) as api:
        assert completed("pc", "cluster", "", KUBECONFIG=str(write_kubeconfig(tmp_path / "kube", api.url))) == []


@pytest.fixture
def silent_server() -> Iterator[str]:
    """Somebody who accepts connections and says nothing."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@pytest.mark.parametrize("words", [("pc", "cluster", ""), ("-n", ""), ("tag", "remove", ""), ("x", "check-inject", "")])
def test_a_cluster_that_says_nothing_does_not_hold_the_shell_up(
    words: tuple[str, ...], silent_server: str, tmp_path: Path
) -> None:
    file = str(write_kubeconfig(tmp_path / "kube", silent_server))
    start = time.monotonic()
    assert completed(*words, KUBECONFIG=file) == []
    assert time.monotonic() - start < 8  # much less, but for a machine with other work


def test_a_helper_that_waits_for_somebody_does_not_hold_the_shell_up(tmp_path: Path) -> None:
    user = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "sleep", "args": ["30"],
                     "interactiveMode": "Never"}}  # fmt: skip
    file = str(write_kubeconfig(tmp_path / "kube", "http://127.0.0.1:9", user=user))
    start = time.monotonic()
    assert completed("pc", "cluster", "", KUBECONFIG=file) == []
    assert time.monotonic() - start < 8


# The shells


@pytest.mark.parametrize("shell", sorted(FILES))
def test_scripts_are_valid(shell: str) -> None:
    done = meshctl("completion", shell)
    assert (done.code, done.err) == (0, "")
    assert done.out == (ROOT / "completions" / FILES[shell]).read_text()
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=done.out, text=True, check=True)


def test_descriptions_can_be_left_out() -> None:
    assert "mesh configuration" in meshctl("completion", "fish").out
    without = meshctl("completion", "fish", "--no-descriptions").out
    assert "mesh configuration" not in without
    assert "__completeNoDesc" in without


def test_another_shell_is_wrong_usage() -> None:
    done = meshctl("completion", "tcsh")
    assert done.code == 64
    assert "bash, fish, powershell, zsh" in done.err


TYPED = {
    "proxy-c\t": ["proxy-config"],
    "pc clus\t": ["pc", "cluster"],
    "pc cluster -o wi\t": ["pc", "cluster", "-o", "wide"],
    "pc cluster --output=wi\t": ["pc", "cluster", "--output=wide"],
    "-n install pc li\t": ["-n", "install", "pc", "listener"],
    "tag re\t": ["tag", "remove"],
    "analyze my\t": ["analyze", "my file.yaml"],
    "analyze -S IST0134\t": ["analyze", "-S", "IST0134="],
    "pc cluster -f du\t": ["pc", "cluster", "-f", "dump.json"],
    "pc cluster du\t": ["pc", "cluster", "du"],  # no file where a pod is meant
    "pc diff du\t": ["pc", "diff", "dump.json"],
    "--context kin\t": ["--context", "kind-dev"],
    "--context arn:aws\t": ["--context", "arn:aws:eks:eu:1:cluster/prod"],
    "pc cluster --context=arn:aws:e\t": ["pc", "cluster", "--context=arn:aws:eks:eu:1:cluster/prod"],
    "pc eds -f dump.json --cluster outbound\\|90\t": ["pc", "eds", "-f", "dump.json", "--cluster", CLUSTER],
    "pc eds -f dump.json --cluster 'outbound|90\t": ["pc", "eds", "-f", "dump.json", "--cluster", CLUSTER],
    "pc cluster rev\t": ["pc", "cluster", "reviews-1"],
    "pc cluster deploy\t": ["pc", "cluster", "deployment/"],
}
"""What is typed behind `meshctl`, and the words that the shell would give to it then."""


@pytest.mark.parametrize("shell", ["bash", "fish", "zsh"])
def test_a_person_types(shell: str, kubeconfig: str, dump: str, tmp_path: Path) -> None:
    _needs(shell)
    (tmp_path / "my file.yaml").touch()
    live = tmp_path / "live"
    with serving(lambda _: Answer(_table("reviews-1", *HOSTILE))) as api:
        both = f"{kubeconfig}:{write_kubeconfig(live, api.url)}"
        script = ROOT / "completions" / FILES[shell]
        with Shell(shell, script, program(tmp_path / "bin"), tmp_path, KUBECONFIG=both, **PATIENT) as typing:
            found = {line: typing.words(f"meshctl {line}")[1:] for line in TYPED}
    assert found == TYPED
    assert not (tmp_path / "pwned").exists()


def test_what_words_mean_is_shown_in_zsh(tmp_path: Path) -> None:
    _needs("zsh")
    with Shell("zsh", ROOT / "completions" / "_meshctl", program(tmp_path / "bin"), tmp_path) as typing:
        assert typing.shows("meshctl e\t\t", "Tell what a code means")


def test_what_words_mean_is_shown_in_fish() -> None:
    _needs("fish")
    ask = 'source $argv[1]; complete -C"meshctl expl"'
    done = subprocess.run(["fish", "-c", ask, ROOT / "completions" / "meshctl.fish"], capture_output=True, check=True)
    assert done.stdout.decode().startswith("explain\tTell what a code means")


def _needs(shell: str) -> None:
    if not shutil.which(shell):
        pytest.skip(f"NOT TRIED IN {shell.upper()}: the shell is not installed")
