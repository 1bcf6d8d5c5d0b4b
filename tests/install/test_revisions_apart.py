"""Several control planes in one cluster, and taking one of them away."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from tests.cli.run import ROOT, meshctl
from tests.cluster.api import eventually
from tests.cluster.kubectl import kubectl
from tests.cluster.rig import Cluster
from tests.install.conftest import SYSTEM, Mesh

DEFAULT_TAG = "MutatingWebhookConfiguration/istio-revision-tag-default"
MINIMAL = ("--set", "profile=minimal")


def test_canary_stands_beside_the_old_one(mesh: Mesh) -> None:
    mesh.install(*MINIMAL)
    before = mesh.owned("istio.io/rev=default,operator.istio.io/component=Pilot")
    mesh.install(*MINIMAL, "--revision", "canary")
    for name, item in before.items():
        assert mesh.get(name)["metadata"]["uid"] == item["metadata"]["uid"]
        assert mesh.get(name).get("spec") == item.get("spec")
    assert mesh.get(DEFAULT_TAG)["metadata"]["labels"]["istio.io/rev"] == "default"
    assert mesh.get(f"Deployment/{SYSTEM}/istiod-canary")["status"]["availableReplicas"] == 1
    assert mesh.run("tag", "set", "prod", "-r", "canary").code == 0
    # Neither takes away what the other has, nor the tag.
    mesh.install(*MINIMAL, "--set", "values.pilot.autoscaleEnabled=false")
    mesh.install(*MINIMAL, "--revision", "canary")
    assert f"HorizontalPodAutoscaler/{SYSTEM}/istiod-canary" in mesh.owned()
    assert f"HorizontalPodAutoscaler/{SYSTEM}/istiod" not in mesh.owned()
    assert len(mesh.owned("istio.io/tag=prod")) == 2

    done = mesh.run("uninstall", "--revision", "canary", "-y")
    assert done.code == 0, done.err
    assert "- MutatingWebhookConfiguration istio-revision-tag-prod" in done.out
    left = mesh.owned("istio.io/rev=canary,operator.istio.io/component!=Base")
    assert set(left) == set()
    for name in before:
        assert mesh.api.exists(mesh.path(name)) or name.startswith("HorizontalPodAutoscaler")
    assert "CustomResourceDefinition/gateways.networking.istio.io" in mesh.owned()


def test_first_revision_becomes_the_default_and_says_so(mesh: Mesh) -> None:
    done = mesh.install(*MINIMAL, "--revision", "one")
    assert "Warning: revision one becomes the default one" in done.err
    assert mesh.get(DEFAULT_TAG)["metadata"]["labels"]["istio.io/rev"] == "one"
    assert "Nothing to change" in mesh.install(*MINIMAL, "--revision", "one").out
    second = mesh.install(*MINIMAL, "--revision", "two")
    assert "default" not in second.err
    moved = mesh.install(*MINIMAL)
    assert "the default revision moves from one to default" in moved.err
    assert mesh.get(DEFAULT_TAG)["metadata"]["labels"]["istio.io/rev"] == "default"
    assert {hook["clientConfig"]["service"]["name"] for hook in mesh.get(DEFAULT_TAG)["webhooks"]} == {"istiod"}
    audit = mesh.cluster.audit()
    mesh.install(*MINIMAL)
    assert audit.writes("meshctl/") == []


def test_default_tag_of_the_user_stays_where_it_points(mesh: Mesh) -> None:
    mesh.install(*MINIMAL)
    mesh.install(*MINIMAL, "--revision", "canary")
    assert mesh.run("tag", "set", "default", "-r", "canary", "--overwrite", "-y").code == 0
    mesh.install(*MINIMAL, "--revision", "canary", "--set", "values.pilot.env.A=b")
    tag = mesh.get(DEFAULT_TAG)
    assert tag["metadata"]["labels"]["istio.io/rev"] == "canary"
    planned = mesh.run("uninstall", "-r", "canary", "--dry-run")
    assert "MutatingWebhookConfiguration istio-sidecar-injector stays switched off" in planned.err
    assert "stays switched off" not in mesh.run("uninstall", "--purge", "--dry-run").err
    moved = mesh.install(*MINIMAL)
    assert "the default revision moves from canary to default" in moved.err
    tag = mesh.get(DEFAULT_TAG)
    assert {hook["clientConfig"]["service"]["name"] for hook in tag["webhooks"]} == {"istiod"}
    eventually(
        lambda: all(hook["clientConfig"].get("caBundle") for hook in mesh.get(DEFAULT_TAG)["webhooks"]), "the CA"
    )


def test_settings_that_name_a_revision_remove_that_one_only(mesh: Mesh) -> None:
    mesh.install(*MINIMAL)
    mesh.install(*MINIMAL, "--revision", "canary")
    listed = json.loads(mesh.run("uninstall", "--set", "revision=canary", "--dry-run", "-o", "json").out)
    names = {item["name"] for item in listed["objects"]}
    assert "istiod-canary" in names
    assert "istiod" not in names
    # Without its webhook, a revision can still be removed.
    mesh.api.delete(mesh.path("MutatingWebhookConfiguration/istio-sidecar-injector-canary"))
    assert mesh.run("uninstall", "-r", "canary", "-y").code == 0
    unknown = mesh.run("uninstall", "-r", "canary", "-y")
    assert unknown.code == 1
    assert "the revisions are default" in unknown.err


def test_what_users_made_stays(mesh: Mesh) -> None:
    mesh.install(*MINIMAL)
    gateway: dict[str, Any] = {
        "apiVersion": "networking.istio.io/v1",
        "kind": "Gateway",
        "metadata": {"name": "mine"},
        "spec": {"servers": [{"port": {"number": 80, "name": "http", "protocol": "HTTP"}, "hosts": ["*"]}]},
    }
    path = "/apis/networking.istio.io/v1/namespaces/default/gateways"
    mesh.api.create(path, gateway)
    mesh.create(f"/api/v1/namespaces/{SYSTEM}/configmaps", {"metadata": {"name": "mine"}})
    asked = mesh.run("uninstall", "--purge", stdin="n\n")
    assert asked.code == 1
    assert f"Deployment/{SYSTEM}/istiod" in mesh.owned()
    assert "stays: CustomResourceDefinition gateways.networking.istio.io: 1 object of this kind" in asked.out
    assert mesh.run("uninstall", "--purge", "-y").code == 0
    assert set(mesh.owned()) == {"CustomResourceDefinition/gateways.networking.istio.io"}
    assert mesh.api.exists(f"{path}/mine")
    assert mesh.api.exists(mesh.path(f"ConfigMap/{SYSTEM}/mine"))
    assert mesh.api.exists(f"/api/v1/namespaces/{SYSTEM}")
    again = mesh.run("uninstall", "--purge", "--delete-crds", "-y")
    assert "1 object of gateways.networking.istio.io is lost" in again.err
    assert set(mesh.owned()) == set()
    nothing = mesh.run("uninstall", "--purge")
    assert (nothing.code, nothing.out) == (0, "There is nothing to remove.\n")


def test_object_that_holds_its_definition_is_named_and_holds_nothing_else(mesh: Mesh) -> None:
    mesh.install(*MINIMAL)
    path = "/apis/networking.istio.io/v1/namespaces/default/gateways"
    gateway = {
        "apiVersion": "networking.istio.io/v1",
        "kind": "Gateway",
        "metadata": {"name": "held", "finalizers": ["example.com/hold"]},
        "spec": {"servers": [{"port": {"number": 80, "name": "http", "protocol": "HTTP"}, "hosts": ["*"]}]},
    }
    mesh.api.create(path, gateway)
    mesh.api.create(f"/api/v1/namespaces/{SYSTEM}/configmaps", {"metadata": {"name": "istio-leader"}})
    lease = f"/apis/coordination.k8s.io/v1/namespaces/{SYSTEM}/leases"
    mesh.api.create(lease, {"metadata": {"name": "istio-gateway-deployment-default"}, "spec": {}})
    held = "Gateway default/held stays until its finalizer is taken away: example.com/hold"
    try:
        done = mesh.run("uninstall", "--purge", "--delete-crds", "-y", "--timeout", "12s")
        assert done.code == 1
        name = "CustomResourceDefinition gateways.networking.istio.io"
        assert f"not gone: {name}: it is still being deleted\n    {held}" in done.err
        assert set(mesh.owned()) == {"CustomResourceDefinition/gateways.networking.istio.io"}
        assert not mesh.api.exists(mesh.path(f"ConfigMap/{SYSTEM}/istio-leader"))
        assert not mesh.api.exists(f"{lease}/istio-gateway-deployment-default")
        waiting = mesh.run("install", *MINIMAL, "-y", "--readiness-timeout", "8s")
        assert waiting.code == 1
        assert f"Warning: {name} is being deleted: it is made anew as soon as it is gone; {held}" in waiting.err
        assert f"not ready: {name}: it is still being deleted" in waiting.err
    finally:
        mesh.api.patch(f"{path}/held", {"metadata": {"finalizers": None}})
    mesh.install(*MINIMAL)


def test_definitions_whose_objects_may_not_be_counted_stay(mesh: Mesh, cluster: Cluster) -> None:
    mesh.install(*MINIMAL)
    admin = cluster.kubeconfig()
    groups = ("admissionregistration.k8s.io", "apps", "rbac.authorization.k8s.io", "policy", "autoscaling",
              "apiextensions.k8s.io", "security.istio.io", "networking.istio.io")  # fmt: skip
    kinds = ",".join([f"*.{group}" for group in groups] + ["pods", "services", "serviceaccounts", "configmaps"])
    kubectl(admin, "create", "clusterrole", "some", "--verb=*", f"--resource={kinds}")
    kubectl(admin, "create", "clusterrolebinding", "some", "--clusterrole=some", "--user=restricted")
    try:
        told = mesh.run("uninstall", "--purge", "--dry-run", kubeconfig=cluster.kubeconfig("restricted"))
    finally:
        kubectl(admin, "delete", "clusterrole,clusterrolebinding", "some")
    assert told.code == 0, told.err
    assert "stays: CustomResourceDefinition telemetries.telemetry.istio.io: an unknown number of objects" in told.out
    assert "- CustomResourceDefinition sidecars.networking.istio.io" in told.out
    assert "leases.coordination.k8s.io cannot be listed" in told.err


def test_purge_takes_tags_of_users_and_names_releases_of_helm(mesh: Mesh) -> None:
    mesh.install(*MINIMAL, "--revision", "canary")
    assert mesh.run("tag", "set", "prod", "-r", "canary").code == 0
    release = {"metadata": {"annotations": {"meta.helm.sh/release-name": "istiod-canary"}}}
    mesh.api.patch(mesh.path(f"Deployment/{SYSTEM}/istiod-canary"), release)
    done = mesh.run("uninstall", "--purge", "-y", "-o", "json")
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert found["status"] == "removed"
    assert {item["status"] for item in found["objects"]} == {"removed"}
    assert "istio-revision-tag-prod" in {item["name"] for item in found["objects"]}
    assert [line for line in found["warnings"] if "Helm releases" in line and "istiod-canary" in line]
    assert mesh.owned("istio.io/tag") == {}


def test_removal_says_which_pods_lose_their_control_plane(mesh: Mesh, namespace: str) -> None:
    mesh.install(*MINIMAL)
    status = json.dumps({"revision": "default", "containers": ["istio-proxy"]})
    pod = {
        "metadata": {
            "name": "web",
            "labels": {"security.istio.io/tlsMode": "istio"},
            "annotations": {"sidecar.istio.io/status": status},
        },
        "spec": {"containers": [{"name": "c", "image": "i"}]},
    }
    mesh.create(f"/api/v1/namespaces/{namespace}/pods", pod)
    told = mesh.run("uninstall", "-r", "default", "--dry-run")
    assert told.code == 0
    assert f"pods lose the control plane of their sidecar: {namespace}/web" in told.err
    assert f"- Deployment {SYSTEM}/istiod" in told.out
    assert f"Deployment/{SYSTEM}/istiod" in mesh.owned()


def test_removal_of_a_revision_loads_no_templates(mesh: Mesh) -> None:
    """Which takes a third of the time that it needs itself."""
    mesh.install(*MINIMAL)
    code = (
        "import sys\nfrom meshctl.cli.app import run\ncode = run(['uninstall', '-r', 'default', '--dry-run'])\n"
        "print(code, *(name for name in sys.modules if name.startswith('meshctl.gotemplate')))"
    )
    environment = os.environ | {"KUBECONFIG": str(mesh.cluster.kubeconfig())}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT, env=environment
    )
    assert done.stdout.splitlines()[-1] == "0"


def test_something_must_be_named() -> None:
    done = meshctl("uninstall")
    assert done.code == 64
    assert "--revision" in done.err


def test_who_may_see_nothing_removes_nothing(mesh: Mesh) -> None:
    done = mesh.run("uninstall", "--purge", "-y", kubeconfig=mesh.cluster.kubeconfig("restricted"))
    assert done.code == 65
    assert "forbidden" in done.err
