"""What a tag consists of, judged by the objects that a cluster has of its revisions."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import pytest

from meshctl.charts.installation import resolve
from meshctl.charts.manifests import manifests
from meshctl.errors import UsageError
from meshctl.install.revisions import Revisions
from meshctl.install.tag_objects import Wish
from meshctl.install.tags import TagError, TagPlan, belongings, plan_tag

MUTATING, VALIDATING = "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"
BUNDLE = "Q0E="


def installed(*revisions: str, namespace: str = "istio-system", sets: Sequence[str] = ()) -> list[dict[str, Any]]:
    """The webhooks and Services of these revisions as a cluster has them, with the CA that istiod filled in."""
    found = []
    for revision in revisions:
        wanted = resolve(
            sets=["profile=default", f"values.global.istioNamespace={namespace}", *sets], revision=revision
        )
        kinds = (MUTATING, VALIDATING, "Service")
        found += [copy.deepcopy(dict(item.data)) for item in manifests(wanted).objects if item.kind in kinds]
    for number, live in enumerate(found):
        live["metadata"]["uid"] = str(number)
        for webhook in live.get("webhooks", ()):
            webhook["clientConfig"]["caBundle"] = BUNDLE
    return found


def revisions_of(
    objects: list[dict[str, Any]], namespaces: dict[str, dict[str, str]] | None = None, at: str = "istio-system"
) -> Revisions:
    def of(kind: str) -> list[dict[str, Any]]:
        return [item for item in objects if item["kind"] == kind]

    services = [item for item in of("Service") if item["metadata"]["labels"]["app"] == "istiod"]
    labelled = [{"metadata": {"name": name, "labels": labels}} for name, labels in (namespaces or {}).items()]
    return Revisions(at, of(MUTATING), of(VALIDATING), services, labelled)


def by_kind(plan: TagPlan) -> dict[str, Any]:
    return {item["kind"]: item for item in plan.objects}


def test_tag_calls_the_revision_and_belongs_to_no_installation() -> None:
    objects = installed("", "canary")
    objects[0]["metadata"]["labels"] |= {"operator.istio.io/managed": "Reconcile", "team": "mesh"}
    for item in objects:
        item["metadata"].setdefault("annotations", {})["meta.helm.sh/release-name"] = "istiod"
    plan = plan_tag(Wish("prod", "canary"), revisions_of(objects))
    webhook = by_kind(plan)[MUTATING]
    assert webhook["metadata"]["name"] == "istio-revision-tag-prod"
    assert not [key for key in webhook["metadata"]["labels"] if "operator.istio.io" in key]
    assert webhook["metadata"]["labels"]["istio.io/rev"] == "canary"
    assert webhook["metadata"]["labels"]["istio.io/tag"] == "prod"
    assert webhook["metadata"]["labels"]["app"] == "sidecar-injector"
    assert "annotations" not in webhook["metadata"]
    assert {entry["clientConfig"]["service"]["name"] for entry in webhook["webhooks"]} == {"istiod-canary"}
    assert {entry["clientConfig"]["caBundle"] for entry in webhook["webhooks"]} == {BUNDLE}
    assert [entry["name"].partition(".sidecar")[0] for entry in webhook["webhooks"]] == ["rev.namespace", "rev.object"]
    service = by_kind(plan)["Service"]
    assert service["metadata"]["name"] == "istiod-revision-tag-prod"
    assert service["spec"]["selector"] == {"app": "istiod", "istio.io/rev": "canary"}
    assert plan.conflicts == ()
    assert plan.deactivate is None


def test_default_tag_validates_and_switches_the_unrevisioned_webhooks_off() -> None:
    plan = plan_tag(Wish("default", "canary"), revisions_of(installed("", "canary")))
    validator = by_kind(plan)[VALIDATING]
    assert validator["metadata"]["name"] == "istiod-default-validator"
    client = validator["webhooks"][0]["clientConfig"]
    assert (client["service"]["name"], client["service"]["path"], client["caBundle"]) == (
        "istiod-canary",
        "/validate",
        BUNDLE,
    )
    assert validator["webhooks"][0]["failurePolicy"] == "Ignore"
    names = [entry["name"].partition(".sidecar")[0] for entry in by_kind(plan)[MUTATING]["webhooks"]]
    assert names == ["rev.namespace", "rev.object", "namespace", "object"]
    assert plan.deactivate is not None
    assert plan.deactivate["metadata"]["name"] == "istio-sidecar-injector"
    assert plan.conflicts == ()


def test_default_tag_of_the_default_revision_leaves_what_istiod_closed() -> None:
    objects = installed("")
    first = plan_tag(Wish("default", "default"), revisions_of(objects))
    live = [copy.deepcopy(dict(item)) | {"apiVersion": item["apiVersion"]} for item in first.objects]
    for item in live:
        item["metadata"]["uid"] = "1"
    next(item for item in live if item["kind"] == VALIDATING)["webhooks"][0]["failurePolicy"] = "Fail"
    again = plan_tag(Wish("default", "default", overwrite=True), revisions_of([*objects, *live]))
    assert by_kind(again)[VALIDATING]["webhooks"][0]["failurePolicy"] == "Fail"
    assert by_kind(again)["Service"]["spec"]["selector"]["istio.io/rev"] == "default"


@pytest.mark.parametrize(
    ("tag", "everywhere", "auto"), [("default", True, True), ("default", False, False), ("prod", True, False)]
)
def test_namespaces_without_labels_are_the_default_tags_only(tag: str, everywhere: bool, auto: bool) -> None:
    plan = plan_tag(Wish(tag, "canary", inject_everywhere=everywhere), revisions_of(installed("canary")))
    names = [entry["name"] for entry in by_kind(plan)[MUTATING]["webhooks"]]
    assert ("auto.sidecar-injector.istio.io" in names) is auto


def test_revision_with_webhooks_managed_elsewhere_gets_a_service_only() -> None:
    objects = [item for item in installed("canary") if item["kind"] == "Service"]
    plan = plan_tag(Wish("prod", "canary"), revisions_of(objects))
    assert set(by_kind(plan)) == {"Service"}
    assert "managed elsewhere" in plan.notes[0]


def test_external_control_plane_is_called_by_its_address() -> None:
    sets = ["values.istiodRemote.injectionURL=https://istiod.example.com:15017/inject/cluster/a"]
    objects = [item for item in installed("canary", sets=sets) if item["kind"] != "Service"]
    plan = plan_tag(Wish("prod", "canary"), revisions_of(objects))
    assert set(by_kind(plan)) == {MUTATING}
    client = by_kind(plan)[MUTATING]["webhooks"][0]["clientConfig"]
    assert client["url"] == "https://istiod.example.com:15017/inject/cluster/a"
    assert "service" not in client


def test_webhook_name_and_namespace_of_the_control_plane() -> None:
    objects = installed("canary", namespace="mesh")
    assert by_kind(plan_tag(Wish("prod", "canary"), revisions_of(objects, at="mesh")))[MUTATING]["metadata"][
        "name"
    ] == ("istio-revision-tag-prod-mesh")
    named = plan_tag(Wish("prod", "canary", webhook_name="mine"), revisions_of(objects, at="mesh"))
    assert by_kind(named)[MUTATING]["metadata"]["name"] == "mine"


def test_control_planes_of_other_namespaces_are_no_business_of_ours() -> None:
    other = [item for item in installed("canary", namespace="other") if item["kind"] != "Service"]
    plan = plan_tag(Wish("prod", "canary"), revisions_of([*other, *installed("canary")]))
    client = by_kind(plan)[MUTATING]["webhooks"][0]["clientConfig"]
    assert client["service"]["namespace"] == "istio-system"


def tagged(tag: str, revision: str, objects: list[dict[str, Any]], **wish: Any) -> list[dict[str, Any]]:
    """The objects with a tag among them."""
    plan = plan_tag(Wish(tag, revision, **wish), revisions_of(objects))
    return [*objects, *(copy.deepcopy(dict(item)) for item in plan.objects)]


@pytest.mark.parametrize(
    ("wish", "problem"),
    [
        (Wish("stage", "nope"), "no revision 'nope'"),
        (Wish("prod", "canary"), "'prod' exists"),
        (Wish("canary", "default"), "'canary' is a revision"),
        (Wish("old", "twice"), "several webhook configurations"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_wishes_that_cannot_be_met(wish: Wish, problem: str) -> None:
    objects = tagged("prod", "canary", installed("", "canary"))
    twice = installed("twice")
    other = copy.deepcopy(next(item for item in twice if item["kind"] == MUTATING))
    other["metadata"]["name"] = "left-behind"
    with pytest.raises(TagError, match=problem):
        plan_tag(wish, revisions_of([*objects, *twice, other]))


@pytest.mark.parametrize("name", ["", "Prod", "a_b", "a.b", "-a", "a" * 64])
def test_names_that_no_tag_can_have(name: str) -> None:
    with pytest.raises(UsageError):
        plan_tag(Wish(name, "default"), revisions_of(installed("")))


def test_overwriting_takes_the_old_webhook_of_another_name_away() -> None:
    objects = tagged("prod", "canary", installed("", "canary"), webhook_name="mine")
    plan = plan_tag(Wish("prod", "default", overwrite=True), revisions_of(objects))
    assert [item["metadata"]["name"] for item in plan.stale] == ["mine"]
    assert by_kind(plan)[MUTATING]["webhooks"][0]["clientConfig"]["service"]["name"] == "istiod"
    assert plan.conflicts == ()


def test_tag_named_like_a_revision_is_a_conflict() -> None:
    plan = plan_tag(Wish("canary", "default", overwrite=True), revisions_of(installed("", "canary")))
    assert {message.code for message in plan.conflicts} == {"IST0139"}
    assert any("istio-revision-tag-canary" in message.text for message in plan.conflicts)


def test_list_has_revisions_without_tags_and_the_namespaces_of_tags() -> None:
    namespaces = {"a": {"istio.io/rev": "prod"}, "b": {"istio.io/rev": "canary"}, "c": {"istio-injection": "enabled"}}
    found = revisions_of(tagged("prod", "canary", installed("", "canary")), namespaces)
    assert [(entry.tag, entry.revision, entry.namespaces) for entry in found.tags()] == [
        ("prod", "canary", ("a",)),
        ("", "default", ()),
    ]
    assert found.users("default", by_injection=True) == ("c",)


def test_a_tag_is_removed_with_all_its_parts_and_nothing_else() -> None:
    found = revisions_of(tagged("default", "canary", tagged("prod", "canary", installed("", "canary"))))
    parts = belongings("default", found)
    assert sorted(item["metadata"]["name"] for item in parts) == [
        "istio-revision-tag-default",
        "istiod-default-validator",
        "istiod-revision-tag-default",
    ]
    with pytest.raises(TagError, match="no tag 'stage'"):
        belongings("stage", found)
