"""`meshctl experimental precheck` on a cluster: output and exit codes."""

from __future__ import annotations

import json

import pytest
import yaml

from tests.cli.run import meshctl
from tests.cluster.rig import Cluster


def test_a_cluster_in_order_leaves_an_empty_document(meshed: Cluster) -> None:
    kubeconfig = str(meshed.kubeconfig())
    done = meshctl("x", "precheck", KUBECONFIG=kubeconfig)
    assert (done.code, done.out) == (0, "")
    assert "✔" in done.err
    assert json.loads(meshctl("x", "precheck", "-o", "json", KUBECONFIG=kubeconfig).out) == []
    assert yaml.safe_load(meshctl("x", "precheck", "-o", "yaml", KUBECONFIG=kubeconfig).out) == []


def test_user_without_rights(meshed: Cluster) -> None:
    kubeconfig = str(meshed.kubeconfig("restricted"))
    done = meshctl("x", "precheck", "-o", "json", KUBECONFIG=kubeconfig)
    assert done.code == 79
    assert {message["code"] for message in json.loads(done.out)} == {"IST0141"}
    assert "pods" in done.err
    partial = meshctl("x", "precheck", "--skip-controlplane", KUBECONFIG=kubeconfig)
    assert (partial.code, partial.out) == (65, "")


@pytest.mark.parametrize("arguments", [["-f", "2.1"], ["-f", "1"], ["-o", "table"], ["--output-threshold", "bad"]])
def test_wrong_usage(arguments: list[str], meshed: Cluster) -> None:
    done = meshctl("x", "precheck", *arguments, KUBECONFIG=str(meshed.kubeconfig()))
    assert (done.code, done.out) == (64, "")


def test_installed_release_is_found_out(meshed: Cluster) -> None:
    kubeconfig = str(meshed.kubeconfig())
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "zipkin"},
        "spec": {"ports": [{"port": 9411}]},
    }
    meshed.api.create("/api/v1/namespaces/istio-system/services", service)
    meshed.istiod.version = "1.20.8"
    try:
        found = json.loads(meshctl("x", "precheck", "-o", "json", KUBECONFIG=kubeconfig).out)
        told = meshctl("x", "precheck", "--from-version", "1.30", KUBECONFIG=kubeconfig)
    finally:
        meshed.api.delete("/api/v1/namespaces/istio-system/services/zipkin")
        meshed.istiod.reset()
    assert [(message["code"], message["origin"]) for message in found] == [("IST0169", "Service istio-system/zipkin")]
    assert (told.code, told.out) == (0, "")
