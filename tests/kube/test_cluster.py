"""What meshctl sends to an API server, and what it makes of the answers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from meshctl.kube import (
    ApiError,
    Cluster,
    ConflictError,
    Deadline,
    ForbiddenError,
    ResourceType,
    Settings,
    TimedOutError,
    UnreachableError,
    connect,
)
from tests.kube.fake_api import Answer, FakeApi, QuietServer, Request, refusal, serving, write_kubeconfig

CONFIG_MAPS = ResourceType("", "v1", "ConfigMap", "configmaps", True)


def cluster_of(api: FakeApi, folder: Path, deadline: Deadline | None = None, **settings: Any) -> Cluster:
    kubeconfig = write_kubeconfig(folder / "config", api.url)
    return connect(Settings(str(kubeconfig), **settings), deadline)


def in_turn(*answers: Answer) -> Callable[[Request], Answer]:
    left = list(answers)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


def page(*names: str, more: str = "") -> Answer:
    return Answer({"metadata": {"continue": more}, "items": [{"metadata": {"name": name}} for name in names]})


def test_token_and_impersonation_go_with_each_request(tmp_path: Path) -> None:
    with serving(in_turn(Answer({"gitVersion": "v1.36.3"}))) as api:
        cluster = cluster_of(api, tmp_path, user="ann", user_id="7", groups=("ops", "dev"))
        assert cluster.server_version["gitVersion"] == "v1.36.3"
    headers = api.requests[0].headers
    assert headers["Authorization"] == "Bearer s3cr3t"
    assert (headers["Impersonate-User"], headers["Impersonate-Uid"]) == ("ann", "7")
    assert headers.get_all("Impersonate-Group") == ["ops", "dev"]
    assert headers["User-Agent"].startswith("meshctl/")


def test_pages_are_joined_and_objects_know_their_kind(tmp_path: Path) -> None:
    with serving(in_turn(page("a", "b", more="next"), page("c"))) as api:
        found = cluster_of(api, tmp_path).objects(CONFIG_MAPS, "shop", labels="app=x")
    assert [item["metadata"]["name"] for item in found] == ["a", "b", "c"]
    assert {(item["apiVersion"], item["kind"]) for item in found} == {("v1", "ConfigMap")}
    assert [request.path for request in api.requests] == ["/api/v1/namespaces/shop/configmaps"] * 2
    assert "continue=next" in api.requests[1].query
    assert "labelSelector=app%3Dx" in api.requests[0].query


def test_list_begins_anew_when_its_pages_have_expired(tmp_path: Path) -> None:
    answers = in_turn(page("a", more="next"), refusal(410, "Expired", "too old"), page("a", "b"))
    with serving(answers) as api:
        found = cluster_of(api, tmp_path).objects(CONFIG_MAPS)
    assert [item["metadata"]["name"] for item in found] == ["a", "b"]
    assert "limit" not in api.requests[2].query


def test_missing_object_is_none(tmp_path: Path) -> None:
    with serving(in_turn(refusal(404, "NotFound", "no such thing"))) as api:
        cluster = cluster_of(api, tmp_path)
        assert cluster.get(CONFIG_MAPS, "x", "shop") is None
        assert cluster.delete(CONFIG_MAPS, "x", "shop") is False


def test_busy_server_is_asked_again_after_the_time_it_names(tmp_path: Path) -> None:
    busy = refusal(429, "TooManyRequests", "later")
    busy.headers["Retry-After"] = "1"
    with serving(in_turn(busy, Answer({"metadata": {"name": "x"}}))) as api:
        started = time.monotonic()
        assert cluster_of(api, tmp_path).get(CONFIG_MAPS, "x", "shop") is not None
        assert time.monotonic() - started >= 1
    assert len(api.requests) == 2


def test_a_creation_is_sent_once_when_it_may_have_happened(tmp_path: Path) -> None:
    with serving(in_turn(refusal(503, "ServiceUnavailable", "shutting down"))) as api, pytest.raises(ApiError):
        cluster_of(api, tmp_path).create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"namespace": "a"}})
    assert [request.method for request in api.requests].count("POST") == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refusal(403, "Forbidden", "configmaps is forbidden"), ForbiddenError),
        (refusal(401, "Unauthorized", "Unauthorized"), ForbiddenError),
        (refusal(409, "Conflict", "conflict with kubectl"), ConflictError),
        (refusal(422, "Invalid", "spec is wrong"), ApiError),
    ],
    ids=lambda value: str(value.status) if isinstance(value, Answer) else "",
)
def test_refusals_are_errors_of_their_own(answer: Answer, error: type[ApiError], tmp_path: Path) -> None:
    with serving(in_turn(answer)) as api, pytest.raises(error) as raised:
        cluster_of(api, tmp_path).get(CONFIG_MAPS, "x", "shop")
    assert raised.value.status == answer.status


def test_causes_of_a_refusal_name_their_fields(tmp_path: Path) -> None:
    causes = [{"field": "spec.ports", "message": "Required value"}]
    answer = refusal(422, "Invalid", "bad", details={"causes": causes})
    with serving(in_turn(answer)) as api, pytest.raises(ApiError) as raised:
        cluster_of(api, tmp_path).get(CONFIG_MAPS, "x", "shop")
    assert raised.value.causes == ("spec.ports: Required value",)


def test_nobody_at_the_address_is_said_at_once(tmp_path: Path) -> None:
    kubeconfig = write_kubeconfig(tmp_path / "config", "http://127.0.0.1:1")
    started = time.monotonic()
    with pytest.raises(UnreachableError, match=r"127\.0\.0\.1:1 cannot be reached: the connection was refused"):
        _ = connect(Settings(str(kubeconfig))).server_version
    assert time.monotonic() - started < 10


def test_server_that_restarts_is_waited_for(tmp_path: Path) -> None:
    with serving(in_turn(Answer({}, headers={"Connection": "close"}))) as api:
        cluster = cluster_of(api, tmp_path)
        assert cluster.server_version == {}
        port = api.server.server_port

    def come_back() -> None:
        time.sleep(0.5)
        server = QuietServer(("127.0.0.1", port), api.server.RequestHandlerClass)
        server.daemon_threads = True
        server.timeout = 10
        server.handle_request()
        server.server_close()

    api.answers = in_turn(Answer({"metadata": {"name": "x"}}))
    thread = threading.Thread(target=come_back, daemon=True)
    thread.start()
    waits: list[str] = []
    cluster.transport.notice = waits.append
    assert cluster.get(CONFIG_MAPS, "x", "shop") == {"metadata": {"name": "x"}}
    thread.join(10)
    assert waits
    assert "went away" in waits[0]


def test_one_deadline_ends_all_waiting(tmp_path: Path) -> None:
    ended = threading.Event()

    def silent(_: Request) -> Answer:
        ended.wait(20)
        return Answer({})

    with serving(silent) as api:
        cluster = cluster_of(api, tmp_path, Deadline(0.3))
        started = time.monotonic()
        with pytest.raises((TimedOutError, UnreachableError), match=r"within 0\.\d s$"):
            _ = cluster.server_version
        with pytest.raises(TimedOutError):
            cluster.get(CONFIG_MAPS, "x", "shop")
        took = time.monotonic() - started
        ended.set()
    assert took < 10


def test_kinds_are_found_by_every_word_of_kubectl(tmp_path: Path) -> None:
    with serving(in_turn(Answer({}))) as api:
        types = cluster_of(api, tmp_path).resource_types
    for word in ("cm", "configmap", "configmaps", "ConfigMap"):
        found = types.named(word)
        assert found is not None
        assert found.path("a", "b") == "/api/v1/namespaces/a/configmaps/b"
    gateway = types.named("gateway.networking.istio.io")
    assert gateway is not None
    assert gateway.path("a") == "/apis/networking.istio.io/v1/namespaces/a/gateways"
    assert types.versions("networking.istio.io", "Gateway") == ("v1", "v1beta1")
    assert types.named("widget") is None


def test_apply_names_its_manager_and_takes_nothing_by_force(tmp_path: Path) -> None:
    item = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x", "namespace": "shop"}}
    with serving(in_turn(Answer(item))) as api:
        cluster_of(api, tmp_path).apply(item, "meshctl", dry_run=True)
    sent = api.requests[-1]
    assert (sent.method, sent.path) == ("PATCH", "/api/v1/namespaces/shop/configmaps/x")
    assert sent.headers["Content-Type"] == "application/apply-patch+yaml"
    assert sorted(sent.query.split("&")) == ["dryRun=All", "fieldManager=meshctl", "force=false"]


def test_forbidden_kind_stands_beside_the_others(tmp_path: Path) -> None:
    namespaces = ResourceType("", "v1", "Namespace", "namespaces", False)

    def answers(request: Request) -> Answer:
        return refusal(403, "Forbidden", "no") if "configmaps" in request.path else page("shop")

    with serving(answers) as api:
        found = dict(cluster_of(api, tmp_path).objects_each([CONFIG_MAPS, namespaces]))
    assert isinstance(found[CONFIG_MAPS], ForbiddenError)
    assert not isinstance(found[namespaces], Exception)


def test_objects_are_counted_without_being_read(tmp_path: Path) -> None:
    body = {"metadata": {"remainingItemCount": 41}, "items": [{"metadata": {"name": "a"}}]}
    with serving(in_turn(Answer(body), Answer({"metadata": {}, "items": []}))) as api:
        cluster = cluster_of(api, tmp_path)
        assert [cluster.count(CONFIG_MAPS), cluster.count(CONFIG_MAPS)] == [42, 0]
    assert api.requests[0].query == "limit=1"


def test_new_limit_of_time_begins_anew(tmp_path: Path) -> None:
    with serving(in_turn(page("a"))) as api:
        late = cluster_of(api, tmp_path, Deadline(0, "--readiness-timeout"))
        with pytest.raises(TimedOutError) as refused:
            late.objects(CONFIG_MAPS)
        assert refused.value.hint == "--readiness-timeout gives it more time"
        assert len(late.within(30).objects(CONFIG_MAPS)) == 1
