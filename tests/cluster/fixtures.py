"""Fixtures of tests that need a cluster. They run in one worker, so that only one cluster loads the machine.

`cluster` is shared by all: work in a `namespace` of your own, and take away what you create outside of it.
`fresh_cluster` is one test's own, for what needs an empty cluster or breaks it; it costs about three seconds.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.cluster import programs
from tests.cluster.rig import Cluster

FIXTURES = {"cluster", "fresh_cluster"}
NOT_RUN = "CLUSTER TESTS DID NOT RUN: the control plane is not built; run: python -m tests.cluster build"


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """The cluster that tests share."""
    with _start() as running:
        yield running


@pytest.fixture
def fresh_cluster() -> Iterator[Cluster]:
    """A cluster for this test alone."""
    with _start() as running:
        yield running


@pytest.fixture
def namespace(cluster: Cluster) -> Iterator[str]:
    """A namespace of this test in the shared cluster; it is deleted in the background."""
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"generateName": "test-"}}
    name = cluster.api.create("/api/v1/namespaces", body)["metadata"]["name"]
    yield name
    cluster.api.delete(f"/api/v1/namespaces/{name}")


def _start() -> Cluster:
    found = programs.find()
    assert found is not None, "tests that need a cluster are not collected without the programs"
    return Cluster(found)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Groups the tests of the cluster, or leaves them out when there is none (xdist reads the group afterwards)."""
    concerned = [item for item in items if FIXTURES & set(getattr(item, "fixturenames", ()))]
    if programs.find() is None:
        config.hook.pytest_deselected(items=concerned)
        items[:] = [item for item in items if item not in set(concerned)]
        return
    for item in concerned:
        item.add_marker(pytest.mark.xdist_group("cluster"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says plainly that tests are missing; workers print nothing, so this is seen once."""
    if programs.find() is None and "PYTEST_XDIST_WORKER" not in os.environ:
        terminalreporter.write_line(NOT_RUN, yellow=True)
