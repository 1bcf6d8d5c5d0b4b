"""What goes wrong in a cluster while something is installed: a clear account, and a state from which it goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.cli.run import ROOT, Done
from tests.cluster.api import ApiError, eventually
from tests.cluster.faults import Fault, FaultyServer
from tests.cluster.rig import Cluster
from tests.install.conftest import KINDS, SYSTEM, Mesh

STUCK = r"values.pilot.podAnnotations.test\.meshctl/stuck=ImagePullBackOff"
AGAIN = "Running the same command again goes on from here."


@pytest.fixture
def faulty(mesh: Mesh, tmp_path: Path) -> Iterator[FaultyServer]:
    with FaultyServer(mesh.cluster, tmp_path) as server:
        yield server


def started(mesh: Mesh, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "meshctl", "install", "-y", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PYTHONUTF8": "1",
            "KUBECONFIG": str(mesh.cluster.kubeconfig()),
        },
    )


def late(mesh: Mesh, line: str, *arguments: str, seconds: int) -> Done:
    """A run whose time is over at a wait of which a line tells; on a busy machine it may take longer to come so far."""
    for factor in (1, 4, 16):
        done = mesh.run("install", *arguments, "-y", "--readiness-timeout", f"{seconds * factor}s")
        if line in done.err:
            break
    assert done.code == 1
    assert line in done.err
    return done


def first_component(running: subprocess.Popen[str]) -> None:
    """Waits until the first component is in place; a busy server may make a run say more before."""
    assert running.stderr is not None
    told = []
    for line in running.stderr:
        told.append(line)
        if "Istio core installed" in line:
            return
    raise AssertionError(told)


def is_established(definition: dict[str, Any]) -> bool:
    """Whether the server serves a CustomResourceDefinition."""
    conditions = (definition.get("status") or {}).get("conditions") or ()  # null before the server has looked at it
    return ("Established", "True") in [(condition["type"], condition["status"]) for condition in conditions]


def is_complete(mesh: Mesh, profile: str = "minimal") -> bool:
    """Whether the same command, run again, succeeds, and once more finds nothing to do."""
    mesh.install("--set", f"profile={profile}")
    return "Nothing to change" in mesh.install("--set", f"profile={profile}").out


@pytest.mark.parametrize(
    ("path", "settings"),
    [
        ("/customresourcedefinitions/sidecars", ("profile=empty", "components.base.enabled=true")),
        ("/deployments/istiod", ("profile=minimal",)),
    ],
    ids=["definitions", "istiod"],
)
def test_server_that_restarts_in_the_middle(
    fresh_cluster: Cluster, tmp_path: Path, path: str, settings: tuple[str, ...]
) -> None:
    shared = [word for setting in settings for word in ("--set", setting)]
    mesh = Mesh(fresh_cluster)

    def restart() -> None:
        time.sleep(1)
        fresh_cluster.start_api_server()

    restarting = threading.Thread(target=restart)

    def stop() -> None:
        fresh_cluster.stop_api_server()
        restarting.start()

    with FaultyServer(fresh_cluster, tmp_path) as faulty:
        faulty.faults = [Fault("PATCH", path, before=stop)]
        done = mesh.run("install", "-y", *shared, kubeconfig=faulty.kubeconfig())
    restarting.join()
    assert done.code == 0, done.err
    assert "went away; trying again" in done.err
    assert "Nothing to change" in mesh.install(*shared).out


def test_definition_whose_establishment_the_server_forgot(fresh_cluster: Cluster) -> None:
    """As a server leaves it that is killed after it accepted the names: it never goes on with it by itself."""
    shared = ("--set", "profile=empty", "--set", "components.base.enabled=true")
    name = "sidecars.networking.istio.io"
    mesh = Mesh(fresh_cluster)
    mesh.install(*shared)
    fresh_cluster.stop_api_server()
    key = f"/registry/apiextensions.k8s.io/customresourcedefinitions/{name}"
    stored = json.loads(fresh_cluster.stored(key))
    for condition in stored["status"]["conditions"]:
        if condition["type"] == "Established":
            condition |= {"status": "False", "reason": "Installing"}
    fresh_cluster.store(key, json.dumps(stored).encode())
    fresh_cluster.start_api_server()
    assert mesh.install(*shared).code == 0
    found = mesh.get(f"CustomResourceDefinition/{name}")
    assert is_established(found)
    assert "annotations" not in found["metadata"] or "meshctl.io/reminded" not in found["metadata"]["annotations"]


@pytest.mark.parametrize(
    "fault",
    [
        Fault("PATCH", "/deployments/istiod", 409, times=2),
        Fault("PATCH", "/serviceaccounts/", 429, {"Retry-After": "1"}, times=3),
        Fault("GET", "/deployments/istiod$", 503, times=2),
        Fault("GET", "/resourcequotas", 429, {"Retry-After": "1"}),
    ],
    ids=lambda fault: f"{fault.method} {fault.path} {fault.status}",
)
def test_refusals_that_pass_are_tried_again(mesh: Mesh, faulty: FaultyServer, fault: Fault) -> None:
    faulty.faults = [fault]
    done = mesh.run("install", "--set", "profile=minimal", "-y", kubeconfig=faulty.kubeconfig())
    assert done.code == 0, done.err
    assert fault.times == 0


def test_kind_that_may_not_be_written(mesh: Mesh, faulty: FaultyServer) -> None:
    faulty.faults = [Fault("PATCH", "/clusterroles/", 403, times=1000)]
    done = mesh.run("install", "--set", "profile=minimal", "-y", kubeconfig=faulty.kubeconfig())
    assert done.code == 1
    assert "failed: ClusterRole istiod-clusterrole-istio-system: forbidden: " in done.err
    assert f"    Deployment {SYSTEM}/istiod" in done.err.partition("not begun")[2]
    assert "in place: " in done.err
    assert AGAIN in done.err
    assert f"Deployment/{SYSTEM}/istiod" not in mesh.owned()
    assert is_complete(mesh)


def test_kind_that_may_not_be_listed(mesh: Mesh, faulty: FaultyServer) -> None:
    faulty.faults = [Fault("GET", "/networkpolicies", 403, times=1000)]
    done = mesh.run("install", "--set", "profile=minimal", "-y", kubeconfig=faulty.kubeconfig())
    assert done.code == 0, done.err
    assert "Warning: networkpolicies.networking.k8s.io cannot be listed" in done.err


def test_webhook_that_fails_closed(mesh: Mesh) -> None:
    hook: dict[str, Any] = {
        "name": "closed.example.com",
        "clientConfig": {"service": {"name": "nobody", "namespace": "default"}},
        "rules": [{"operations": ["*"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["services"]}],
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": SYSTEM}},
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
    }
    body = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": "closed"},
        "webhooks": [hook],
    }
    path = KINDS["ValidatingWebhookConfiguration"]
    mesh.create(path, body)
    deadline = time.monotonic() + 120
    while (done := mesh.run("install", "--set", "profile=minimal", "-y")).code == 0 and time.monotonic() < deadline:
        mesh.run("uninstall", "--purge", "-y")  # the server had not noticed the webhook yet
    assert done.code == 1
    assert f"failed: Service {SYSTEM}/istiod: " in done.err
    assert 'failed calling webhook "closed.example.com"' in done.err
    mesh.api.delete(f"{path}/closed")
    for _ in range(20):
        if mesh.run("install", "--set", "profile=minimal", "-y").code == 0:
            break
    assert is_complete(mesh)


def test_definition_whose_names_are_taken(mesh: Mesh) -> None:
    names = {"plural": "gws", "singular": "gateway", "kind": "Gateway", "listKind": "GatewayList"}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object"}}}
    mesh.create(
        KINDS["CustomResourceDefinition"],
        {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": "gws.networking.istio.io"},
            "spec": {"group": "networking.istio.io", "scope": "Namespaced", "names": names, "versions": [version]},
        },
    )
    taken = "CustomResourceDefinition/gws.networking.istio.io"
    eventually(lambda: is_established(mesh.get(taken)), "the other definition has its names")
    line = "not ready: CustomResourceDefinition gateways.networking.istio.io: its names are not accepted"
    done = late(mesh, line, "--set", "profile=minimal", seconds=5)
    assert "not ready within " in done.err
    mesh.api.delete(f"{KINDS['CustomResourceDefinition']}/gws.networking.istio.io")
    assert is_complete(mesh)


def test_definition_of_a_release_long_gone(mesh: Mesh) -> None:
    names = {"plural": "telemetries", "singular": "telemetry", "kind": "Telemetry", "listKind": "TelemetryList"}
    schema = {"openAPIV3Schema": {"type": "object"}}
    versions = [{"name": "v1alpha0", "served": True, "storage": True, "schema": schema}]
    name = "telemetries.telemetry.istio.io"
    spec = {"group": "telemetry.istio.io", "scope": "Namespaced", "names": names, "versions": versions}
    mesh.create(KINDS["CustomResourceDefinition"], {"metadata": {"name": name}, "spec": spec})
    eventually(lambda: is_established(mesh.get(f"CustomResourceDefinition/{name}")), "the old definition is served")
    done = mesh.run("install", "--set", "profile=minimal", "-y")
    assert done.code == 1
    (problem,) = [line for line in done.err.splitlines() if line.startswith("Error: ")]
    assert problem.startswith(f"Error: CustomResourceDefinition {name}: objects may still be stored as v1alpha0")
    assert mesh.owned() == {}


def test_pod_that_never_becomes_ready(mesh: Mesh) -> None:
    line = "container discovery: ImagePullBackOff: the test says so"
    done = late(mesh, line, "--set", "profile=minimal", "--set", STUCK, seconds=7)
    assert f"not ready: Deployment {SYSTEM}/istiod: 0 of 1 pods are available" in done.err
    assert "Failed: a container cannot start because the test says so" in done.err
    assert "MutatingWebhookConfiguration istio-sidecar-injector" in done.err.partition("not begun")[2]
    assert is_complete(mesh)


def test_workload_that_is_deleted_while_it_is_waited_for(mesh: Mesh) -> None:
    running = started(mesh, "--set", "profile=minimal", "--set", STUCK)
    first_component(running)
    istiod = f"Deployment/{SYSTEM}/istiod"
    eventually(lambda: mesh.get(istiod), "istiod is made")
    mesh.api.delete(mesh.path(istiod))
    _, rest = running.communicate(timeout=150)
    assert running.returncode == 1
    assert f"failed: Deployment {SYSTEM}/istiod: it was deleted while it was waited for" in rest
    assert AGAIN in rest


def test_pod_that_is_refused(mesh: Mesh) -> None:
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "none"}, "spec": {"hard": {"pods": "0"}}}
    mesh.install("--set", "profile=empty", "--set", "components.base.enabled=true")
    mesh.create(f"/api/v1/namespaces/{SYSTEM}/resourcequotas", quota)
    pod = {"metadata": {"name": "none"}, "spec": {"containers": [{"name": "none", "image": "none"}]}}

    def is_refused() -> bool:
        try:
            mesh.api.create(f"/api/v1/namespaces/{SYSTEM}/pods?dryRun=All", pod)
        except ApiError as error:
            return "exceeded quota" in str(error)
        return False

    eventually(is_refused, "the server minds the quota")
    late(mesh, "exceeded quota: none", "--set", "profile=minimal", seconds=6)


def test_namespace_that_does_not_go(mesh: Mesh) -> None:
    path = "/api/v1/namespaces/leaving"
    mesh.api.create("/api/v1/namespaces", {"metadata": {"name": "leaving"}})
    held = {"metadata": {"name": "held", "finalizers": ["example.com/hold"]}}
    mesh.api.create(f"{path}/configmaps", held)
    mesh.api.delete(path)

    def remains() -> bool:
        conditions = mesh.api.get(path)["status"].get("conditions", ())
        return ("NamespaceFinalizersRemaining", "True") in [(one["type"], one["status"]) for one in conditions]

    eventually(remains, "the namespace waits for its content")
    arguments = ("--set", "profile=minimal", "-i", "leaving")
    try:
        done = late(mesh, "not ready: Namespace leaving: it is still being deleted", *arguments, seconds=6)
        assert "+ Namespace leaving" in done.out
        assert "Warning: Namespace leaving is being deleted: it is made anew as soon as it is gone" in done.err
        assert "example.com/hold" in done.err.partition("not ready:")[2]
        asked = mesh.run("install", *arguments, "--dry-run")
        assert asked.code == 0
        assert "namespace leaving does not exist yet" in asked.err
    finally:
        mesh.api.patch(f"{path}/configmaps/held", {"metadata": {"finalizers": None}})
    mesh.install("--set", "profile=minimal", "-i", "leaving")
    assert mesh.run("uninstall", "--purge", "-y").code == 0
    mesh.api.delete(path)


@contextmanager
def heeded(end: signal.Signals) -> Iterator[None]:
    """Lets processes that start meanwhile heed a signal, also when tests run in the background and ignore it."""
    before = signal.getsignal(end)
    if before is signal.SIG_IGN:
        signal.signal(end, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(end, before)


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=str)
def test_interruption(mesh: Mesh, end: signal.Signals) -> None:
    with heeded(end):
        running = started(mesh, "--set", "profile=minimal", "--set", STUCK)
    first_component(running)
    eventually(lambda: mesh.get(f"Deployment/{SYSTEM}/istiod"), "istiod is made")
    running.send_signal(end)
    _, rest = running.communicate(timeout=150)
    assert running.returncode == 1
    assert "✘ interrupted" in rest
    assert f"not ready: Deployment {SYSTEM}/istiod" in rest
    assert AGAIN in rest
    assert "Traceback" not in rest
    assert is_complete(mesh)


def test_two_at_once(mesh: Mesh) -> None:
    done = [finished(running) for running in [started(mesh, "--set", "profile=demo") for _ in range(2)]]
    assert [one.code for one in done] == [0, 0], done
    assert "Nothing to change" in mesh.install("--set", "profile=demo").out


def test_two_that_want_different_things(mesh: Mesh) -> None:
    done = [finished(run) for run in [started(mesh, "--set", f"profile={name}") for name in ("demo", "minimal")]]
    for one in done:
        assert one.code == 0 or AGAIN in one.err, one
    assert is_complete(mesh)
    assert f"Deployment/{SYSTEM}/istio-egressgateway" not in mesh.owned()


def finished(running: subprocess.Popen[str]) -> Done:
    out, err = running.communicate(timeout=150)
    return Done(running.returncode, out, err)
