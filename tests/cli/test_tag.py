"""`meshctl tag` on a control plane: pods of the namespaces that name a tag reach the revision behind it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.cli.run import ROOT, Done, meshctl
from tests.cluster.api import eventually
from tests.cluster.istiod import MARK
from tests.cluster.kubectl import kubectl
from tests.cluster.rig import Cluster

WEBHOOKS = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"


def tag(cluster: Cluster, *arguments: str, stdin: str = "") -> Done:
    return meshctl("tag", *arguments, stdin=stdin, KUBECONFIG=str(cluster.kubeconfig()))


def injected(cluster: Cluster, namespace: str) -> bool:
    """Whether the API server sends a pod of the namespace to the injector, with a CA that it trusts."""
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p"},
        "spec": {"containers": [{"name": "c", "image": "i"}]},
    }
    made: dict[str, Any] = cluster.api.create(f"/api/v1/namespaces/{namespace}/pods?dryRun=All", pod)
    return MARK in made["metadata"].get("annotations", {})


@pytest.fixture
def shop(meshed: Cluster) -> Iterator[str]:
    """A namespace whose pods ask for the tag `prod`."""
    body = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"generateName": "shop-", "labels": {"istio.io/rev": "prod"}},
    }
    name: str = meshed.api.create("/api/v1/namespaces", body)["metadata"]["name"]
    account = f"/api/v1/namespaces/{name}/serviceaccounts/default"
    eventually(lambda: meshed.api.exists(account), "its service account")
    yield name
    meshed.api.patch(f"/api/v1/namespaces/{name}", {"metadata": {"labels": {"istio.io/rev": None}}})
    meshed.api.delete(f"/api/v1/namespaces/{name}")


def test_tag_from_its_making_to_its_removal(meshed: Cluster, shop: str) -> None:
    assert not injected(meshed, shop)
    done = tag(meshed, "set", "prod", "-r", "canary")
    assert done.code == 0, done.err
    assert "istio.io/rev=prod" in done.out
    eventually(lambda: injected(meshed, shop), "a pod that reaches the injector")
    rows = json.loads(tag(meshed, "list", "-o", "json").out)
    assert {"tag": "prod", "revision": "canary", "namespaces": [shop]} in rows
    assert ["prod", "canary", shop] in [line.split() for line in tag(meshed, "show").out.splitlines()]

    assert tag(meshed, "set", "prod", "-r", "default").code == 1
    assert tag(meshed, "set", "prod", "-r", "default", "--overwrite").code == 0
    found = meshed.api.get(f"{WEBHOOKS}/istio-revision-tag-prod")
    assert {webhook["clientConfig"]["service"]["name"] for webhook in found["webhooks"]} == {"istiod"}
    managers = {entry["manager"] for entry in found["metadata"]["managedFields"]}
    assert managers - {"pilot-discovery", "meshctl-bootstrap"} == {"meshctl"}

    asked = tag(meshed, "remove", "prod", stdin="n\n")
    assert asked.code == 0
    assert shop in asked.err
    assert injected(meshed, shop)
    assert tag(meshed, "remove", "prod", stdin="y\n").out == "Revision tag prod removed\n"
    eventually(lambda: not injected(meshed, shop), "a pod that is left alone")
    missing = tag(meshed, "remove", "prod")
    assert (missing.code, missing.out) == (1, "")
    assert "no tag 'prod'" in missing.err


def test_generated_objects_do_what_set_does(meshed: Cluster) -> None:
    before = meshed.api.get(WEBHOOKS)["items"]
    done = tag(meshed, "generate", "stage", "-r", "canary")
    assert (done.code, done.err) == (0, "")
    assert len(meshed.api.get(WEBHOOKS)["items"]) == len(before)
    kubectl(meshed.kubeconfig(), "apply", "-f", "-", stdin=done.out)
    assert ["stage", "canary"] in [line.split() for line in tag(meshed, "list").out.splitlines()]
    assert tag(meshed, "remove", "stage").code == 0


def test_conflict_is_shown_and_needs_consent(meshed: Cluster) -> None:
    declined = tag(meshed, "set", "canary", "-r", "default", "--overwrite", stdin="no\n")
    assert declined.code == 0
    assert "IST0139" in declined.err
    assert not meshed.api.exists(f"{WEBHOOKS}/istio-revision-tag-canary")


def test_what_a_person_changed_is_not_taken_by_force(meshed: Cluster) -> None:
    assert tag(meshed, "set", "mine", "-r", "canary").code == 0
    path = f"{WEBHOOKS}/istio-revision-tag-mine"
    change = [{"op": "replace", "path": "/webhooks/0/failurePolicy", "value": "Ignore"}]
    meshed.api.patch(path, change, "json-patch")
    done = tag(meshed, "set", "mine", "-r", "canary", "--overwrite", "-y")
    assert done.code == 1
    assert "failurePolicy" in done.err
    assert meshed.api.get(path)["webhooks"][0]["failurePolicy"] == "Ignore"
    assert tag(meshed, "remove", "mine").code == 0


def test_user_without_rights_is_told_which(meshed: Cluster) -> None:
    done = meshctl("tag", "list", KUBECONFIG=str(meshed.kubeconfig("restricted")))
    assert (done.code, done.out) == (65, "")
    assert "webhookconfigurations" in done.err


@pytest.fixture
def without_namespaces(meshed: Cluster) -> Iterator[Path]:
    """The kubeconfig of a user who may do everything with webhooks and Services, and nothing with namespaces."""
    admin = meshed.kubeconfig()
    kinds = "mutatingwebhookconfigurations,validatingwebhookconfigurations,services,deployments"
    kubectl(admin, "create", "clusterrole", "tagger", "--verb=*", f"--resource={kinds}")
    kubectl(admin, "create", "clusterrolebinding", "tagger", "--clusterrole=tagger", "--user=restricted")
    yield meshed.kubeconfig("restricted")
    kubectl(admin, "delete", "clusterrole,clusterrolebinding", "tagger")


def test_who_may_not_list_namespaces_manages_tags_all_the_same(without_namespaces: Path) -> None:
    kubeconfig = str(without_namespaces)
    assert meshctl("tag", "set", "own", "-r", "canary", KUBECONFIG=kubeconfig).code == 0
    listed = meshctl("tag", "list", KUBECONFIG=kubeconfig)
    assert listed.code == 65
    assert ["own", "canary", "?"] in [line.split() for line in listed.out.splitlines()]
    assert 'cannot list resource "namespaces"' in listed.err
    assert listed.err.count("\n") == 1
    rows = json.loads(meshctl("tag", "list", "-o", "json", KUBECONFIG=kubeconfig).out)
    assert {"tag": "own", "revision": "canary", "namespaces": None} in rows
    # Nobody knows who uses the tag, so that the user has to be asked.
    kept = meshctl("tag", "remove", "own", stdin="n\n", KUBECONFIG=kubeconfig)
    assert (kept.code, kept.out) == (0, "")
    assert "not known" in kept.err
    assert meshctl("tag", "remove", "own", "-y", KUBECONFIG=kubeconfig).out == "Revision tag own removed\n"


def test_the_time_of_a_person_does_not_count(meshed: Cluster, shop: str) -> None:
    assert tag(meshed, "set", "prod", "-r", "canary").code == 0
    # On a busy machine, the first limit may not even suffice without a person.
    done = next(filter(lambda done: done.code == 0, map(partial(removed_slowly, meshed, shop), (4, 30, 100))))
    assert done.out == "Revision tag prod removed\n"


def removed_slowly(meshed: Cluster, shop: str, limit: int) -> Done:
    """Removes the tag by a person who needs longer to agree than the limit for the cluster."""
    command = [sys.executable, "-m", "meshctl", "tag", "remove", "prod", "--timeout", f"{limit}s"]
    environment = {**os.environ, "KUBECONFIG": str(meshed.kubeconfig()), "PYTHONPATH": str(ROOT)}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment, text=True, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        assert process.stderr is not None
        if shop in process.stderr.readline():
            time.sleep(limit + 1)
        out, err = process.communicate("y\n", timeout=150)
    return Done(process.returncode, out, err)
