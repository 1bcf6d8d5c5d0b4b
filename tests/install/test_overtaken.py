"""Objects that others change or delete between a look at them and a write."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from meshctl.install.field_managers import apply
from meshctl.install.tags import TagError, deactivate, remove_tag
from meshctl.kube import Settings, connect
from meshctl.model.injectors import DEACTIVATED
from tests.kube.fake_api import Answer, FakeApi, Request, refusal, serving, write_kubeconfig

GROUP = "admissionregistration.k8s.io"
MUTATING = "MutatingWebhookConfiguration"
PATH = f"/apis/{GROUP}/v1/mutatingwebhookconfigurations/hook"


def discovery() -> dict[str, Any]:
    resource = {"resource": "mutatingwebhookconfigurations", "responseKind": {"kind": MUTATING}, "scope": "Cluster"}
    group = {"metadata": {"name": GROUP}, "versions": [{"version": "v1", "resources": [resource]}]}
    return {"/api": {"items": []}, "/apis": {"items": [group]}}


def hook(version: str, *names: str) -> dict[str, Any]:
    """A webhook configuration as the server has it in a version."""
    metadata = {"name": "hook", "uid": "1", "resourceVersion": version}
    webhooks = [{"name": name, "clientConfig": {"url": "https://example.com"}} for name in names]
    return {"apiVersion": f"{GROUP}/v1", "kind": MUTATING, "metadata": metadata, "webhooks": webhooks}


def changed() -> Answer:
    return refusal(409, "Conflict", "the object has been modified; please apply your changes to the latest version")


class Server:
    """Has the versions of one object in turn, one for each look at it; the first writes are refused as too late."""

    def __init__(self, versions: list[dict[str, Any] | None], *, refused: int = 0) -> None:
        self.versions = versions
        self.refused = refused
        self.changes: list[Any] = []

    def __call__(self, request: Request) -> Answer:
        if request.method == "GET":
            found = self.versions.pop(0) if len(self.versions) > 1 else self.versions[0]
            return Answer(found) if found else refusal(404, "NotFound", "gone")
        if "fieldManager=meshctl&" in f"{request.query}&":
            return Answer(hook("1", "a"))
        if self.refused:
            self.refused -= 1
            return changed()
        self.changes.append(request.body)
        return Answer(hook("9", "a"))


def against(answers: Callable[[Request], Answer], folder: Path, act: Callable[[Any], None]) -> FakeApi:
    with serving(answers, discovery()) as api:
        act(connect(Settings(str(write_kubeconfig(folder / "config", api.url)))))
    return api


def test_webhooks_are_switched_off_as_they_are_now(tmp_path: Path) -> None:
    server = Server([hook("2", "a"), hook("3", "b", "a")], refused=1)
    against(server, tmp_path, lambda cluster: deactivate(cluster, hook("1", "a")))
    (change,) = server.changes
    assert {"op": "replace", "path": "/metadata/resourceVersion", "value": "3"} in change
    assert {entry["path"] for entry in change if entry["value"] == DEACTIVATED} == {
        f"/webhooks/{number}/{selector}" for number in (0, 1) for selector in ("namespaceSelector", "objectSelector")
    }


def test_webhooks_that_are_gone_need_no_switching_off(tmp_path: Path) -> None:
    server = Server([None])
    against(server, tmp_path, lambda cluster: deactivate(cluster, hook("1", "a")))
    assert server.changes == []


def wished() -> dict[str, Any]:
    found = hook("", "a")
    del found["metadata"]["uid"], found["metadata"]["resourceVersion"]
    found["webhooks"][0]["clientConfig"]["caBundle"] = "Q0E="
    return found


def test_first_values_are_set_though_somebody_changed_something_else(tmp_path: Path) -> None:
    server = Server([hook("2", "a")], refused=1)
    against(server, tmp_path, lambda cluster: apply(cluster, wished()))
    (change,) = server.changes
    assert change["metadata"]["resourceVersion"] == "2"
    assert change["webhooks"] == [{"name": "a", "clientConfig": {"caBundle": "Q0E="}}]


def test_first_values_are_left_to_istiod_that_was_faster(tmp_path: Path) -> None:
    live = hook("2", "a")
    fields: dict[str, Any] = {"f:webhooks": {'k:{"name":"a"}': {"f:clientConfig": {"f:caBundle": {}}}}}
    live["metadata"]["managedFields"] = [{"manager": "pilot-discovery", "operation": "Update", "fieldsV1": fields}]
    server = Server([live], refused=1)
    against(server, tmp_path, lambda cluster: apply(cluster, wished()))
    assert server.changes == []


def test_tag_that_was_made_anew_is_not_removed(tmp_path: Path) -> None:
    def remove(cluster: Any) -> None:
        with pytest.raises(TagError, match=f"{MUTATING} hook was made anew meanwhile"):
            remove_tag(cluster, [hook("1", "a")])

    api = against(lambda _: refusal(409, "Conflict", "the UID in the precondition is another one"), tmp_path, remove)
    assert api.requests[-1].body["preconditions"] == {"uid": "1"}
    # A tag that lingers until its dependents are gone would still be listed, and be in the way of a new one.
    assert api.requests[-1].body["propagationPolicy"] == "Background"
