"""Requests that are sent again, and those that are not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from meshctl.kube import ApiError, UnreachableError
from tests.kube.fake_api import HUNG_UP, Answer, refusal, serving
from tests.kube.test_cluster import CONFIG_MAPS, cluster_of, in_turn, page


@pytest.mark.parametrize("status", [500, 503, 504])
def test_a_creation_is_sent_again_when_the_server_names_a_time(status: int, tmp_path: Path) -> None:
    later = refusal(status, "ServerTimeout", "not now")
    later.headers["Retry-After"] = "0"
    item = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x", "namespace": "a"}}
    with serving(in_turn(later, Answer(item))) as api:
        assert cluster_of(api, tmp_path).create(item) == item


@pytest.mark.parametrize("kept", [{"dry_run": True}, {"again": True}], ids=["dry run", "question"])
def test_what_may_be_asked_twice_is_sent_again(kept: dict[str, Any], tmp_path: Path) -> None:
    item = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x", "namespace": "a"}}
    with serving(in_turn(refusal(503, "ServiceUnavailable", "shutting down"), Answer(item))) as api:
        assert cluster_of(api, tmp_path).create(item, **kept) == item


def test_definition_that_is_deleted_meanwhile_leaves_no_objects(tmp_path: Path) -> None:
    with serving(in_turn(Answer("404 page not found", 404))) as api:
        cluster = cluster_of(api, tmp_path)
        assert cluster.objects_if_served(CONFIG_MAPS) == []
        with pytest.raises(ApiError):
            cluster.objects(CONFIG_MAPS)


def test_server_that_hangs_up_is_asked_again(tmp_path: Path) -> None:
    hung_up = Answer(status=HUNG_UP)
    with serving(in_turn(hung_up, hung_up, Answer({"gitVersion": "v1.36.3"}))) as api:
        assert cluster_of(api, tmp_path).server_version["gitVersion"] == "v1.36.3"
    with serving(in_turn(hung_up)) as api, pytest.raises(UnreachableError, match="hung up before the end"):
        _ = cluster_of(api, tmp_path).server_version


def test_reading_is_tried_again_after_a_failure_within_the_server(tmp_path: Path) -> None:
    failure = refusal(500, "InternalError", "etcdserver: leader changed")
    with serving(in_turn(failure, failure, page("a"))) as api:
        assert len(cluster_of(api, tmp_path).objects(CONFIG_MAPS)) == 1
    with serving(in_turn(failure)) as api, pytest.raises(ApiError, match="leader changed") as raised:
        cluster_of(api, tmp_path).objects(CONFIG_MAPS, "shop")
    assert raised.value.hint == "the API server failed at /api/v1/namespaces/shop/configmaps"
