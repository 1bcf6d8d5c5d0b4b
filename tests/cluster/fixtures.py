"""Fixtures of tests that need a cluster. They run in one worker, so that only one cluster loads the machine.

`cluster` is shared by all: work in a `namespace` of your own, and take away what you create outside of it.
`fresh_cluster` is one test's own, for what needs an empty cluster or breaks it; it costs about three seconds.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial

import pytest

from tests.cluster import programs
from tests.cluster.api import eventually
from tests.cluster.kubectl import kubectl
from tests.cluster.programs import Programs
from tests.cluster.rig import Cluster

NOT_RUN = "CLUSTER TESTS DID NOT RUN: the control plane is not built; run: python -m tests.cluster build"


@pytest.fixture(scope="session")
def control_plane() -> Programs:
    """The programs; a test that uses them, by whichever fixture, is a test of the cluster."""
    found = programs.find()
    assert found is not None, "tests that need a cluster are not collected without the programs"
    return found


@pytest.fixture(scope="session")
def cluster(control_plane: Programs) -> Iterator[Cluster]:
    """The cluster that tests share."""
    with Cluster(control_plane) as running:
        yield running


@pytest.fixture
def fresh_cluster(control_plane: Programs) -> Iterator[Cluster]:
    """A cluster for this test alone."""
    with Cluster(control_plane) as running:
        yield running


@pytest.fixture(scope="session")
def meshed(control_plane: Programs) -> Iterator[Cluster]:
    """A cluster with the profile `minimal` and a revision `canary`, for tests that look at an installation."""
    with Cluster(control_plane) as running:
        for sets in (["profile=minimal"], ["profile=minimal", "revision=canary"]):
            apply_installation(running, sets)
        for name in ("istiod", "istiod-canary"):
            eventually(partial(_available, running, name), name)
        eventually(lambda: _claimed(running), "the CA in the webhooks")
        yield running


@pytest.fixture
def namespace(cluster: Cluster) -> Iterator[str]:
    """A namespace of this test in the shared cluster; it is deleted in the background."""
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"generateName": "test-"}}
    name = cluster.api.create("/api/v1/namespaces", body)["metadata"]["name"]
    yield name
    cluster.api.delete(f"/api/v1/namespaces/{name}")


def apply_installation(running: Cluster, sets: list[str]) -> None:
    """Puts an installation into a cluster with kubectl, as Helm and others do without meshctl."""
    from meshctl.charts.installation import resolve
    from meshctl.charts.manifests import manifests, stream

    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "istio-system"}}
    text = json.dumps(namespace) + "\n---\n" + stream(manifests(resolve(sets=sets)).objects)
    kubectl(running.kubeconfig(), "apply", "--server-side", "--force-conflicts", "-f", "-", stdin=text)


def _available(running: Cluster, name: str) -> bool:
    found = running.api.get(f"/apis/apps/v1/namespaces/istio-system/deployments/{name}")
    return bool(found["status"].get("readyReplicas"))


def _claimed(running: Cluster) -> bool:
    path = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"
    found = running.api.get(path)["items"]
    return all(webhook["clientConfig"].get("caBundle") for item in found for webhook in item["webhooks"])


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Groups the tests of the cluster, or leaves them out when there is none (xdist reads the group afterwards)."""
    concerned = [item for item in items if "control_plane" in getattr(item, "fixturenames", ())]
    if programs.find() is None:
        config.hook.pytest_deselected(items=concerned)
        items[:] = [item for item in items if item not in set(concerned)]
        return
    for item in concerned:
        item.add_marker(pytest.mark.xdist_group("cluster"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says plainly that tests are missing; workers of xdist have no terminal, so this is seen once."""
    if programs.find() is None:
        terminalreporter.write_line(NOT_RUN, yellow=True)
