"""`meshctl admin log` through the port-forward of a real API server."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from meshctl.cli.app import run
from tests.cli.run import Done, meshctl
from tests.cluster.api import eventually
from tests.cluster.rig import Cluster
from tests.sources.control_z import StandInControlZ, control_z

CONTROL_Z = 9876


def create_istiod(cluster: Cluster, namespace: str, name: str, revision: str) -> None:
    labels = {"app": "istiod", "istio.io/rev": revision}
    spec = {"containers": [{"name": "discovery", "image": "registry.example/pilot"}], "nodeName": "node-1"}
    path = f"/api/v1/namespaces/{namespace}/pods"
    metadata = {"name": name, "labels": labels}
    cluster.api.create(path, {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
    eventually(lambda: cluster.api.get(f"{path}/{name}")["status"].get("phase") == "Running", name)


@pytest.fixture
def istiods(cluster: Cluster, namespace: str) -> Iterator[tuple[Cluster, str, StandInControlZ]]:
    """Two istiods of two revisions, which have one ControlZ between them."""
    create_istiod(cluster, namespace, "istiod-a", "default")
    create_istiod(cluster, namespace, "istiod-b", "canary")
    with control_z() as served:
        cluster.network.serve(CONTROL_Z, served.port)
        try:
            yield cluster, namespace, served
        finally:
            cluster.network.withdraw(CONTROL_Z)


def log(found: tuple[Cluster, str, StandInControlZ], *arguments: str, user: str = "admin") -> Done:
    cluster, namespace, _ = found
    return meshctl("admin", "log", *arguments, "-i", namespace, "-c", str(cluster.kubeconfig(user)))


TABLE = (
    "ACTIVE SCOPE   DESCRIPTION                LOG LEVEL   STACK TRACE LEVEL\n"
    "ads            ads debugging              info        none\n"
    "model          model                      info        none\n"
    "validation     CRD validation debugging   info        none\n"
)


def test_levels_of_every_istiod_are_shown_by_its_name(istiods: tuple[Cluster, str, StandInControlZ]) -> None:
    done = log(istiods)
    assert (done.code, done.err) == (0, "")
    assert done.out == f"istiod-a:\n{TABLE}\nistiod-b:\n{TABLE}"


def test_levels_of_one_istiod(istiods: tuple[Cluster, str, StandInControlZ]) -> None:
    assert log(istiods, "istiod-b").out == TABLE
    assert log(istiods, "-r", "canary").out == TABLE
    assert log(istiods, "-l", "istio.io/rev=default").out == TABLE
    data = json.loads(log(istiods, "istiod-b", "-o", "json").out)
    assert data[0] == {
        "scope_name": "ads",
        "log_level": "info",
        "stack_trace_level": "none",
        "description": "ads debugging",
    }
    assert "istiod-a:\n- scope_name: ads" in log(istiods, "-o", "yaml").out


def test_levels_are_set(istiods: tuple[Cluster, str, StandInControlZ]) -> None:
    served = istiods[2]
    done = log(istiods, "istiod-a", "--level", "ads:debug,model:error", "--stack-trace-level", "ads:warn")
    assert (done.code, done.out, done.err) == (0, "", "")
    assert served.scopes["ads"]["output_level"] == "debug"
    assert served.scopes["ads"]["stack_trace_level"] == "warn"
    assert served.scopes["model"] == {
        "name": "model",
        "description": "model",
        "output_level": "error",
        "stack_trace_level": "none",
        "log_callers": True,
    }
    assert sorted(served.puts) == ["ads", "model"]


def test_every_istiod_is_changed_and_named(istiods: tuple[Cluster, str, StandInControlZ]) -> None:
    done = log(istiods, "--level", "debug")
    assert (done.code, done.out) == (0, "istiod-a: 3 scope(s) changed\nistiod-b: 3 scope(s) changed\n")
    assert istiods[2].puts == ["ads", "model", "validation"] * 2


@pytest.mark.parametrize(
    ("flags", "level", "stack"),
    [
        (["--reset"], "info", "none"),
        (["--log-reset"], "info", "error"),
        (["--stack-trace-reset"], "debug", "none"),
        (["--reset", "--level", "ads:warn"], "warn", "none"),
    ],
)
def test_resets(istiods: tuple[Cluster, str, StandInControlZ], flags: list[str], level: str, stack: str) -> None:
    served = istiods[2]
    served.scopes["ads"] |= {"output_level": "debug", "stack_trace_level": "error"}
    assert log(istiods, "istiod-a", *flags).code == 0
    assert (served.scopes["ads"]["output_level"], served.scopes["ads"]["stack_trace_level"]) == (level, stack)


def test_nothing_is_changed_when_one_wish_is_wrong(istiods: tuple[Cluster, str, StandInControlZ]) -> None:
    done = log(istiods, "--level", "ads:debug,nothing:info")
    assert (done.code, done.out, istiods[2].puts) == (64, "", [])
    assert "'nothing'" in done.err


def test_istiod_that_does_not_answer_is_named(istiods: tuple[Cluster, str, StandInControlZ]) -> None:
    istiods[2].broken = True
    done = log(istiods)
    assert (done.code, done.out) == (65, "")
    assert "istiod-a: " in done.err
    assert "istiod-b: " in done.err
    gone = log(istiods, "istiod-c")
    assert (gone.code, gone.out) == (65, "")
    assert "istiod-c" in gone.err


def test_who_may_not_read_pods_is_told(istiods: tuple[Cluster, str, StandInControlZ]) -> None:
    done = log(istiods, user="restricted")
    assert (done.code, done.out) == (65, "")
    assert done.err.count("\n") == 1


def test_no_istiod(cluster: Cluster, namespace: str) -> None:
    done = meshctl("istiod", "l", "-i", namespace, "-r", "stable", "-c", str(cluster.kubeconfig()))
    assert (done.code, done.out) == (65, "")
    assert f"no istiod is running in namespace {namespace} for revision stable" in done.err


@pytest.mark.parametrize("flag", ["--level", "--stack-trace-level"])
def test_levels_that_are_none_need_no_cluster(flag: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["admin", "log", flag, "ads:debug,model:loud"]) == 64
    assert "'loud' is no level" in capsys.readouterr().err
