"""`meshctl verify-install` on a cluster that is in order, and on one that is not any more."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from meshctl.charts.installation import resolve
from meshctl.charts.manifests import manifests, stream
from tests.cli.run import Done, meshctl
from tests.cluster.api import ApiError, eventually
from tests.cluster.certificates import Authority
from tests.cluster.fixtures import apply_installation
from tests.cluster.kubectl import kubectl
from tests.cluster.rig import Cluster

ROLE = "/apis/rbac.authorization.k8s.io/v1/namespaces/istio-system/roles/istiod-canary"
CANARY = ["profile=minimal", "revision=canary"]


def verify(cluster: Cluster, *arguments: str) -> Done:
    return meshctl("verify-install", *arguments, KUBECONFIG=str(cluster.kubeconfig()))


def not_ok(done: Done) -> dict[str, Any]:
    """The checks that are not ok, by their subject."""
    return {check["subject"]: check for check in json.loads(done.out)["checks"] if check["status"] != "ok"}


@pytest.fixture
def without_role(meshed: Cluster) -> Iterator[Cluster]:
    meshed.api.delete(ROLE)
    yield meshed
    apply_installation(meshed, CANARY)


def test_what_kubectl_installed_is_verified_by_its_recorded_values(meshed: Cluster) -> None:
    done = verify(meshed)
    assert (done.code, done.err) == (0, ""), done.out
    assert "custom resource definitions" in done.out
    assert done.out.splitlines()[-1] == "✔ revision canary and revision default: installed and verified"
    one = json.loads(verify(meshed, "-r", "canary", "-o", "json").out)
    assert one["installations"] == ["revision canary"]
    assert {check["topic"] for check in one["checks"]} == {
        "definition",
        "object",
        "workload",
        "version",
        "webhook",
        "certificate",
    }


@pytest.fixture
def with_default_tag(meshed: Cluster) -> Iterator[Cluster]:
    """The revision canary serves what names no revision."""
    kubeconfig = str(meshed.kubeconfig())
    assert meshctl("tag", "set", "default", "-r", "canary", KUBECONFIG=kubeconfig).code == 0
    yield meshed
    assert meshctl("tag", "remove", "default", "-y", KUBECONFIG=kubeconfig).code == 0
    apply_installation(meshed, ["profile=minimal"])


def test_tags_are_verified_with_their_revision(with_default_tag: Cluster) -> None:
    done = verify(with_default_tag, "-r", "canary", "-o", "json")
    assert done.code == 0, done.out
    subjects = {check["subject"] for check in json.loads(done.out)["checks"]}
    assert {
        "MutatingWebhookConfiguration istio-revision-tag-default",
        "ValidatingWebhookConfiguration istiod-default-validator",
        "injection by istio.io/rev=default",
        "injection by istio.io/rev=canary",
        "validation without a revision",
        "validation by istio.io/rev=canary",
    } <= subjects
    other = verify(with_default_tag, "-r", "default", "-o", "json")
    assert other.code == 0, other.out
    details = {
        check["subject"]: check["detail"] for check in json.loads(other.out)["checks"] if check["topic"] == "webhook"
    }
    assert "switched off" in details["MutatingWebhookConfiguration istio-sidecar-injector"]
    assert "injection by istio.io/rev=default" not in details


def test_injector_that_is_switched_off_for_nobody(with_default_tag: Cluster) -> None:
    hooks = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"
    with_default_tag.api.delete(f"{hooks}/istio-revision-tag-default")
    done = verify(with_default_tag, "-r", "default", "-o", "json")
    assert done.code == 79, done.out
    assert "no tag takes its place" in not_ok(done)["MutatingWebhookConfiguration istio-sidecar-injector"]["detail"]


@pytest.fixture
def headless(meshed: Cluster) -> Iterator[Cluster]:
    """Of the revision canary somebody has deleted istiod, and nothing else."""
    path = "/apis/apps/v1/namespaces/istio-system/deployments/istiod-canary"
    pods = "/api/v1/namespaces/istio-system/pods?labelSelector=app%3Distiod,istio.io/rev%3Dcanary"
    meshed.api.delete(path)
    eventually(lambda: not meshed.api.get(pods)["items"], "its pods to go")
    yield meshed
    apply_installation(meshed, CANARY)
    eventually(lambda: meshed.api.get(path)["status"].get("readyReplicas"), "istiod")


@pytest.mark.parametrize("arguments", [(), ("-r", "canary")], ids=["all", "one"])
def test_webhooks_without_a_control_plane_are_off(headless: Cluster, arguments: tuple[str, ...]) -> None:
    done = verify(headless, *arguments, "-o", "json")
    assert done.code == 79, done.out
    assert "revision canary" in json.loads(done.out)["installations"]
    found = not_ok(done)["MutatingWebhookConfiguration istio-sidecar-injector-canary"]
    assert found["detail"] == "no pod of Service istio-system/istiod-canary is ready"


def test_settings_and_manifests_say_what_should_be_there(meshed: Cluster, tmp_path: Path) -> None:
    operator = tmp_path / "operator.yaml"
    operator.write_text(
        "apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\nspec: {profile: minimal, revision: canary}\n"
    )
    applied = tmp_path / "applied.yaml"
    applied.write_text(stream(manifests(resolve(sets=CANARY)).objects))
    for arguments in (["-f", str(operator)], ["--set", "profile=minimal"], ["-f", str(applied)]):
        done = verify(meshed, *arguments)
        assert done.code == 0, done.out
    more = verify(meshed, "--set", "profile=demo", "-o", "json")
    assert more.code == 79
    assert "Deployment istio-system/istio-ingressgateway" in not_ok(more)


def test_missing_object_is_off(without_role: Cluster) -> None:
    done = verify(without_role, "-o", "json")
    assert done.code == 79
    assert set(not_ok(done)) == {"Role istio-system/istiod-canary"}
    root = ET.fromstring(verify(without_role, "-o", "junit").out)
    assert (root.get("failures"), root.get("errors")) == ("1", "0")


def test_waiting_ends_when_all_is_there(without_role: Cluster) -> None:
    def mend() -> None:
        time.sleep(1.5)
        apply_installation(without_role, CANARY)

    thread = threading.Thread(target=mend)
    thread.start()
    done = verify(without_role, "-r", "canary", "--wait")
    thread.join()
    assert done.code == 0, done.out


def test_waiting_ends_with_the_time(without_role: Cluster) -> None:
    for seconds in (4, 20, 100):  # on a busy machine, the first may not suffice to look at everything once
        done = verify(without_role, "-r", "canary", "--wait", "--timeout", f"{seconds}s", "-o", "json")
        if done.code != 65:
            break
    assert done.code == 79
    assert "Role istio-system/istiod-canary" in not_ok(done)


def test_certificate_of_another_authority(meshed: Cluster) -> None:
    before = meshed.istiod.certificate
    meshed.istiod.present(Authority("somebody else").issue("istiod.istio-system.svc", "*.istio-system.svc"))
    try:
        done = verify(meshed, "-o", "json")
    finally:
        meshed.istiod.present(before)
    found = not_ok(done)
    assert done.code == 79
    assert (
        "is not good for istiod.istio-system.svc"
        in found["MutatingWebhookConfiguration istio-sidecar-injector"]["detail"]
    )
    assert "failed calling webhook" in found["injection by istio.io/rev=canary"]["detail"]
    assert done.err == ""


def test_webhook_of_another_program_is_no_fault_of_the_mesh(meshed: Cluster) -> None:
    name = "policies.example.com"
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}
    webhook = {
        "name": name,
        "clientConfig": {"service": {"namespace": "default", "name": "nowhere"}},
        "rules": [rule],
        "failurePolicy": "Fail",
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
    }
    path = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
    pod = {"metadata": {"name": "p"}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    meshed.api.create(path, {"metadata": {"name": name}, "webhooks": [webhook]})
    try:
        eventually(lambda: _is_refused(meshed, pod), "the API server calls the webhook")
        done = verify(meshed, "-r", "canary", "-o", "json")
    finally:
        meshed.api.delete(f"{path}/{name}")
    check = not_ok(done)["injection by istio.io/rev=canary"]
    assert (done.code, check["status"]) == (65, "unknown")
    assert name in check["detail"]
    eventually(lambda: not _is_refused(meshed, pod), "the API server has forgotten the webhook")


def _is_refused(cluster: Cluster, pod: dict[str, Any]) -> bool:
    try:
        cluster.api.create("/api/v1/namespaces/default/pods?dryRun=All", pod)
    except ApiError as error:
        return "failed calling webhook" in str(error)
    return False


def test_istiod_of_another_release_than_its_deployment(meshed: Cluster) -> None:
    meshed.istiod.version = "1.30.0"
    try:
        done = verify(meshed, "-r", "canary", "-o", "json")
    finally:
        meshed.istiod.reset()
    assert done.code == 79
    [check] = not_ok(done).values()
    assert check["topic"] == "version"
    assert "1.30.0" in check["detail"]
    assert "1.31.0" in check["detail"]


def test_user_without_rights_cannot_verify(meshed: Cluster) -> None:
    kubeconfig = str(meshed.kubeconfig("restricted"))
    done = meshctl("verify-install", "--set", "profile=minimal", "-o", "json", KUBECONFIG=kubeconfig)
    assert done.code == 65
    assert {check["status"] for check in json.loads(done.out)["checks"]} == {"unknown"}
    found_out = meshctl("verify-install", KUBECONFIG=kubeconfig)
    assert (found_out.code, found_out.out) == (65, "")
    assert "deployments" in found_out.err


def test_user_of_one_namespace_verifies_what_is_there(meshed: Cluster) -> None:
    admin = meshed.kubeconfig()
    kubectl(admin, "create", "rolebinding", "-n", "istio-system", "own", "--clusterrole=admin", "--user=restricted")
    try:
        done = meshctl("verify-install", "-o", "json", KUBECONFIG=str(meshed.kubeconfig("restricted")))
    finally:
        kubectl(admin, "delete", "rolebinding", "-n", "istio-system", "own")
    checks = {check["subject"]: check for check in json.loads(done.out)["checks"]}
    assert done.code == 65
    assert checks["Deployment istio-system/istiod-canary"]["status"] == "ok"
    assert checks["deployments.apps"]["detail"] == "the user may read those in istio-system only"
    assert "mutatingwebhookconfigurations" in checks["all webhooks"]["detail"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["-i", "nowhere"], 65), (["-r", "nope"], 65), (["-f", "missing.yaml"], 65), (["-o", "xml"], 64)],
    ids=str,
)
def test_nothing_to_verify(arguments: list[str], code: int, meshed: Cluster) -> None:
    done = verify(meshed, *arguments)
    assert (done.code, done.out) == (code, "")
    assert done.err.count("\n") == 1
