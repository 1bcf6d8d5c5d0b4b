"""Every profile on a real API server, and what each adds to what the others show."""

from __future__ import annotations

import pytest

from meshctl.charts.profiles import profile_names
from tests.cluster.api import eventually
from tests.install.conftest import KINDS, SYSTEM, Mesh

INSTALLABLE = [name for name in profile_names() if name != "empty"]


def serve_network_attachments(mesh: Mesh) -> None:
    """Makes the kind that Multus defines, without which no OpenShift is."""
    names = {"plural": "network-attachment-definitions", "kind": "NetworkAttachmentDefinition"}
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    mesh.create(
        KINDS["CustomResourceDefinition"],
        {
            "metadata": {"name": "network-attachment-definitions.k8s.cni.cncf.io"},
            "spec": {"group": "k8s.cni.cncf.io", "scope": "Namespaced", "names": names, "versions": [version]},
        },
    )
    path = "/apis/k8s.cni.cncf.io/v1/network-attachment-definitions"
    eventually(lambda: mesh.api.exists(path), "the kind of network attachments")


@pytest.mark.parametrize("profile", INSTALLABLE)
def test_profile(mesh: Mesh, profile: str) -> None:
    if profile.startswith("openshift"):
        refused = mesh.run("install", "--set", f"profile={profile}", "-y")
        assert refused.code == 1
        assert (
            "Error: NetworkAttachmentDefinition default/istio-cni: the cluster does not serve this kind" in refused.err
        )
        serve_network_attachments(mesh)
    mesh.install("--set", f"profile={profile}")
    audit = mesh.cluster.audit()
    assert "Nothing to change" in mesh.install("--set", f"profile={profile}").out
    assert audit.writes("meshctl/") == []


def test_missing_kind_is_left_out_when_forced(mesh: Mesh) -> None:
    done = mesh.run("install", "--set", "profile=openshift", "--force", "-y", "-o", "json")
    assert done.code == 0, done.err
    assert f"Deployment/{SYSTEM}/istiod" in mesh.owned()
    assert '"left out"' in done.out


def test_empty_profile_takes_everything_away_but_definitions(mesh: Mesh) -> None:
    mesh.install("--set", "profile=minimal")
    tagged = mesh.run("tag", "set", "prod", "-r", "default")
    assert tagged.code == 0, tagged.err
    done = mesh.install("--set", "profile=empty")
    assert "the control plane of revision default goes" in done.err
    # A tag that stayed would stop the pods of its namespaces from being created, as nobody answers any more.
    assert mesh.owned("istio.io/tag") == {}
    assert {name.split("/")[0] for name in mesh.owned()} == {"CustomResourceDefinition"}


def test_tags_of_other_revisions_stay_when_a_control_plane_goes(mesh: Mesh) -> None:
    mesh.install("--set", "profile=minimal")
    mesh.install("--set", "profile=minimal", "--revision", "canary")
    assert mesh.run("tag", "set", "prod", "-r", "default").code == 0
    before = set(mesh.owned("istio.io/tag,istio.io/rev=default"))
    assert mesh.run("tag", "set", "next", "-r", "canary").code == 0
    mesh.install("--set", "profile=empty", "--revision", "canary")
    assert set(mesh.owned("istio.io/tag")) == before


def test_agents_without_a_node_are_ready(mesh: Mesh) -> None:
    """A DaemonSet that no node is fit for has nothing to wait for."""
    mesh.install("--set", "profile=ambient", "--set", "components.ztunnel.k8s.nodeSelector.nowhere=x",
                 "--readiness-timeout", "50s")  # fmt: skip
    assert mesh.get(f"DaemonSet/{SYSTEM}/ztunnel")["status"]["desiredNumberScheduled"] == 0


def test_namespaces_of_gateways_are_made(mesh: Mesh) -> None:
    sets = ["profile=default", "components.ingressGateways.[0].namespace=edge",
            "components.ingressGateways.[0].name=istio-ingressgateway",
            "components.ingressGateways.[0].enabled=true", "values.global.network=east"]  # fmt: skip
    try:
        mesh.install(*(part for text in sets for part in ("--set", text)))
        assert mesh.get("Deployment/edge/istio-ingressgateway")["status"]["availableReplicas"] == 1
        namespace = mesh.api.get("/api/v1/namespaces/edge")
        assert not [key for key in namespace["metadata"]["labels"] if "istio" in key]
    finally:
        assert mesh.run("uninstall", "--purge", "-y").code == 0
        mesh.api.delete("/api/v1/namespaces/edge")


def test_control_plane_in_another_namespace(mesh: Mesh) -> None:
    mesh.install("--set", "profile=minimal", "-i", "mesh-two", "--set", "values.global.network=east")
    assert mesh.get("Deployment/mesh-two/istiod")["status"]["availableReplicas"] == 1
    labels = mesh.api.get("/api/v1/namespaces/mesh-two")["metadata"]["labels"]
    assert labels["topology.istio.io/network"] == "east"
    assert "Nothing to change" in mesh.install(
        "--set", "profile=minimal", "-i", "mesh-two", "--set", "values.global.network=east"
    ).out  # fmt: skip
    done = mesh.run("uninstall", "-r", "default", "-i", "mesh-two", "-y")
    assert done.code == 0, done.err
    assert not mesh.api.exists("/apis/apps/v1/namespaces/mesh-two/deployments/istiod")
    mesh.api.delete("/api/v1/namespaces/mesh-two")


def test_upgrade_goes_one_minor_release_at_a_time(mesh: Mesh) -> None:
    mesh.install("--set", "profile=minimal", "--set", "tag=1.28.3")
    refused = mesh.run("upgrade", "--set", "profile=minimal", "-y")
    assert refused.code == 1
    assert "from 1.28.3 to 1.31.0, more than one minor release" in refused.err
    assert "~ Deployment istio-system/istiod" in refused.out
    told = mesh.install("--set", "profile=minimal", "--set", "tag=1.30.1")
    assert "from 1.28.3 to 1.30.1" in told.err
    done = mesh.run("upgrade", "--set", "profile=minimal", "-y")
    assert done.code == 0, done.err
    assert "Warning: the control plane is upgraded in place from 1.30.1 to 1.31.0" in done.err
    (container,) = mesh.get(f"Deployment/{SYSTEM}/istiod")["spec"]["template"]["spec"]["containers"]
    assert container["image"].endswith("/pilot:1.31.0")


def test_webhooks_for_the_same_pods_stop_an_installation(mesh: Mesh) -> None:
    mesh.install("--set", "profile=minimal")
    done = mesh.run("install", "--set", "profile=minimal", "-i", "mesh-two", "-y")
    assert done.code == 1
    assert "are called for the same pods [IST0139]" in done.err
    assert not mesh.api.exists("/api/v1/namespaces/mesh-two")
