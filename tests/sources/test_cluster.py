"""`analyze` on a live cluster: the findings are those of the same objects in files, and no more is read than needed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from meshctl.charts.installation import resolve
from meshctl.charts.manifests import manifests
from tests.cli.run import meshctl
from tests.cluster.api import eventually
from tests.cluster.kubectl import kubectl
from tests.cluster.programs import Programs
from tests.cluster.rig import Cluster

MESH = Path(__file__).parent / "live_mesh.yaml"
READ = "ns,cm,po,svc,no,secret,deploy,rs,endpointslice,crd,gateways.networking.istio.io,virtualservices"


@pytest.fixture(scope="session")
def mesh_cluster(control_plane: Programs) -> Iterator[Cluster]:
    """A cluster with Istio's CRDs and a small mesh."""
    with Cluster(control_plane) as running:
        admin = running.kubeconfig()
        rendered = manifests(resolve(sets=["profile=default"])).objects
        crds = "---\n".join(item.text for item in rendered if item.kind == "CustomResourceDefinition")
        kubectl(admin, "apply", "--server-side", "-f", "-", stdin=crds)
        kubectl(admin, "wait", "--for=condition=Established", "crd", "--all")
        kubectl(admin, "create", "namespace", "istio-system")
        kubectl(admin, "apply", "-f", str(MESH))
        path = "/apis/apps/v1/namespaces/shop/deployments/catalog"
        eventually(lambda: running.api.get(path)["status"].get("readyReplicas"), "the deployment")
        yield running


def analyze(*arguments: str) -> tuple[int, list[str], str]:
    """Exit code, lines of the log and standard error."""
    done = meshctl("analyze", *arguments)
    return done.code, done.out.splitlines(), done.err


def test_findings_are_those_of_the_same_objects_in_files(mesh_cluster: Cluster, tmp_path: Path) -> None:
    dump = tmp_path / "mesh.yaml"
    dump.write_text(kubectl(mesh_cluster.kubeconfig(), "get", READ, "-A", "-o", "yaml"))
    code, lines, _ = analyze("-A", "--revision", "", "-c", str(mesh_cluster.kubeconfig()))
    file_code, file_lines, _ = analyze("--strict", str(dump))
    assert code == file_code == 79
    assert len(lines) >= 6
    assert sorted(lines) == sorted(re.sub(r" [^ ]+:\d+\)", ")", line) for line in file_lines)


def test_each_mistake_is_found_in_its_namespace(mesh_cluster: Cluster) -> None:
    code, lines, aside = analyze("-n", "shop", "-c", str(mesh_cluster.kubeconfig()))
    assert code == 79
    errors = [line for line in lines if line.startswith("Error")]
    assert [(re.findall(r"\[(\w+)\] \(([^)]*)\)", line)[0]) for line in errors] == [
        ("IST0101", "Gateway shop/edge"),
        ("IST0101", "VirtualService shop/catalog"),
        ("IST0101", "VirtualService shop/catalog"),
        ("IST0161", "Gateway shop/edge"),
    ]
    assert "namespace shop" in aside


def test_all_namespaces_and_other_revisions(mesh_cluster: Cluster) -> None:
    cluster = ("-c", str(mesh_cluster.kubeconfig()))
    _, everywhere, _ = analyze("-A", *cluster)
    assert any("VirtualService other/elsewhere" in line for line in everywhere)
    assert not any("of-the-canary" in line for line in everywhere)
    _, canary, _ = analyze("-A", "-r", "canary", *cluster)
    assert any("of-the-canary" in line for line in canary)


def test_files_take_the_place_of_what_the_cluster_has(mesh_cluster: Cluster, tmp_path: Path) -> None:
    mended = tmp_path / "vs.yaml"
    mended.write_text(
        "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: catalog, namespace: shop}\n"
        "spec:\n  hosts: [catalog]\n  http:\n  - route:\n    - destination: {host: mended-but-wrong}\n"
    )
    arguments = ("--use-kube", "-n", "other", "-c", str(mesh_cluster.kubeconfig()), str(mended))
    _, lines, _ = analyze(*arguments)
    assert [line for line in lines if "VirtualService shop/catalog" in line] == [
        f'Error [IST0101] (VirtualService shop/catalog {mended}:8) no host "mended-but-wrong" was found'
    ]


def test_of_secrets_only_those_of_gateways_are_read(mesh_cluster: Cluster) -> None:
    log = mesh_cluster.audit()
    analyze("-A", "-c", str(mesh_cluster.kubeconfig()))
    asked = log.requests("meshctl/")
    assert {request.verb for request in asked} == {"get", "list"}
    assert [request.name for request in asked if request.resource == "secrets" and request.verb == "get"] == ["broken"]


def test_forbidden_kinds_are_named_and_nothing_is_made_up(mesh_cluster: Cluster) -> None:
    admin = mesh_cluster.kubeconfig()
    kinds = "virtualservices.networking.istio.io,gateways.networking.istio.io,pods,namespaces"
    kubectl(admin, "create", "clusterrole", "some", "--verb=get,list", f"--resource={kinds}")
    kubectl(admin, "create", "clusterrolebinding", "some", "--clusterrole=some", "--user=restricted")
    try:
        code, lines, _ = analyze("-A", "-o", "json", "-c", str(mesh_cluster.kubeconfig("restricted")))
    finally:
        kubectl(admin, "delete", "clusterrole,clusterrolebinding", "some")
    found = json.loads("\n".join(lines))
    assert code == 65
    forbidden = [message for message in found if message["code"] == "MESH0006"]
    assert len(forbidden) == 1
    assert "Secret, Service" in forbidden[0]["message"]
    assert not [message for message in found if message["code"] == "IST0101" and "host" in message["message"]]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-n", "nosuch"), "no namespace nosuch"),
        (("--context", "nosuch"), "no context 'nosuch'"),
        (("--timeout", "1ns"), "within"),
    ],
)
def test_what_cannot_be_read_is_said_in_a_line(arguments: tuple[str, ...], said: str, mesh_cluster: Cluster) -> None:
    code, lines, aside = analyze(*arguments, "-c", str(mesh_cluster.kubeconfig()))
    assert code in (1, 65)
    assert not lines
    assert said in aside
    assert aside.count("\n") == 1


def test_user_without_any_right(mesh_cluster: Cluster) -> None:
    code, lines, aside = analyze("-A", "-c", str(mesh_cluster.kubeconfig("restricted")))
    assert (code, lines) == (65, [])
    assert "nothing may be read" in aside
