"""`meshctl version`, with a control plane, without one, and without a cluster."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from meshctl import __version__
from tests.cli.run import meshctl
from tests.cluster.rig import Cluster
from tests.kube.fake_api import write_kubeconfig

CLIENT = f"client version: {__version__}\n"


@pytest.fixture
def proxies(meshed: Cluster) -> Iterator[Cluster]:
    """Three proxies of two versions are connected."""
    rows = [("a.shop", "1.31.0", "sidecar"), ("b.shop", "1.30.3", "sidecar"), ("in.istio-system", "1.31.0", "router")]
    meshed.istiod.debug["syncz"] = [
        {"proxy": name, "istio_version": version, "proxy_type": type_, "cluster_id": "Kubernetes"}
        for name, version, type_ in rows
    ]
    yield meshed
    meshed.istiod.reset()


def test_lines_of_client_control_plane_and_proxies(proxies: Cluster) -> None:
    done = meshctl("version", KUBECONFIG=str(proxies.kubeconfig()))
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        CLIENT + "control plane version: 1.31.0\ndata plane version: 1.30.3 (1 proxies), 1.31.0 (2 proxies)\n"
    )


def test_json_has_each_istiod_and_each_proxy(proxies: Cluster) -> None:
    proxies.istiod.version = "1.31.0-rc.0"
    found = json.loads(meshctl("version", "-o", "json", KUBECONFIG=str(proxies.kubeconfig())).out)
    assert found["clientVersion"]["version"] == __version__
    assert {(row["Component"], row["Revision"], row["Info"]["version"]) for row in found["meshVersion"]} == {
        ("pilot", "default", "1.31.0-rc.0"),
        ("istiod", "canary", "1.31.0-rc.0"),
    }
    assert found["dataPlaneVersion"] == [
        {"ID": "a.shop", "IstioVersion": "1.31.0", "Type": "sidecar"},
        {"ID": "b.shop", "IstioVersion": "1.30.3", "Type": "sidecar"},
        {"ID": "in.istio-system", "IstioVersion": "1.31.0", "Type": "gateway"},
    ]


def test_one_revision_is_asked_alone(meshed: Cluster) -> None:
    done = meshctl("version", "-r", "canary", "-o", "json", KUBECONFIG=str(meshed.kubeconfig()))
    assert [row["Revision"] for row in json.loads(done.out)["meshVersion"]] == ["canary"]
    assert "data plane version: none" in meshctl("version", KUBECONFIG=str(meshed.kubeconfig())).out


def test_user_without_rights_still_gets_the_client(meshed: Cluster) -> None:
    done = meshctl("version", KUBECONFIG=str(meshed.kubeconfig("restricted")))
    assert (done.code, done.out) == (0, CLIENT)
    assert "pods" in done.err
    assert done.err.count("\n") == 1


def test_without_a_kubeconfig_one_line_says_so(tmp_path: Path) -> None:
    done = meshctl("version", KUBECONFIG=str(tmp_path / "none"))
    assert (done.code, done.out) == (0, CLIENT)
    assert done.err.count("\n") == 1


def test_a_server_that_never_answers_is_given_up(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        kubeconfig = write_kubeconfig(tmp_path / "config", f"http://127.0.0.1:{server.getsockname()[1]}")
        done = meshctl("version", "--kubeclient-timeout", "1s", KUBECONFIG=str(kubeconfig))
    assert (done.code, done.out) == (0, CLIENT)
    assert "no answer within 1 s" in done.err


def test_no_cluster_is_asked_when_only_the_client_counts(tmp_path: Path) -> None:
    for arguments in (["--remote=false"], ["-s", "--remote=false"]):
        done = meshctl("version", *arguments, KUBECONFIG=str(tmp_path / "none"))
        assert (done.code, done.out, done.err) == (0, CLIENT, "")
    found = json.loads(meshctl("version", "--remote=false", "-o", "json").out)
    assert set(found) == {"clientVersion"}
