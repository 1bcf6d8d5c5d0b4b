"""`meshctl experimental injector list` on a cluster."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import yaml

from tests.cli.run import meshctl
from tests.cluster.rig import Cluster


@pytest.fixture
def shop(meshed: Cluster) -> Iterator[str]:
    body = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"generateName": "injected-", "labels": {"istio.io/rev": "canary"}},
    }
    name = meshed.api.create("/api/v1/namespaces", body)["metadata"]["name"]
    yield name
    meshed.api.delete(f"/api/v1/namespaces/{name}")


def test_one_namespace_in_each_form(meshed: Cluster, shop: str) -> None:
    command = ("x", "injector", "list", "-n", shop)
    table = meshctl(*command, KUBECONFIG=str(meshed.kubeconfig()))
    assert table.code == 0, table.err
    assert f"{shop} canary" in " ".join(table.out.split())
    assert "istio-sidecar-injector-canary" in table.out
    data = json.loads(meshctl(*command, "-o", "json", KUBECONFIG=str(meshed.kubeconfig())).out)
    assert [row["namespace"] for row in data["namespaces"]] == [shop]
    assert yaml.safe_load(meshctl(*command, "-o", "yaml", KUBECONFIG=str(meshed.kubeconfig())).out) == data


def test_namespace_that_does_not_exist(meshed: Cluster) -> None:
    done = meshctl("x", "injector", "list", "-n", "nowhere", KUBECONFIG=str(meshed.kubeconfig()))
    assert (done.code, done.out) == (65, "")
    assert "nowhere" in done.err
