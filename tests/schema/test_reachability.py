"""Covered matches are found by hash: what is found is what a comparison of all pairs finds."""

from __future__ import annotations

import random
import time
from typing import Any

import pytest

from meshctl.messages import INEFFECTIVE_MATCH
from meshctl.model.kinds.virtual_service import VIRTUAL_SERVICE
from meshctl.model.resource import Resource, Source
from meshctl.schema.rules import reachability

_TEXTS = ["/", "/a", "/a/b", "/A", "/ab", ".*", "/a.*"]


def _routes(matches: list[dict[str, Any]], protocol: str = "http") -> Resource:
    spec = {"hosts": ["a"], protocol: [{"match": [match]} for match in matches]}
    return Resource(VIRTUAL_SERVICE, "v1", "default", "a", {"spec": spec}, Source(""))


def _match(chance: random.Random) -> dict[str, Any]:
    def text() -> dict[str, str]:
        return {chance.choice(["exact", "prefix", "regex"]): chance.choice(_TEXTS)}

    whole = {
        "uri": text(),
        "ignoreUriCase": True,
        "method": text(),
        "headers": {"x": chance.choice([{}, text()])},
        "withoutHeaders": {"y": text()},
        "port": chance.choice([80, 81]),
        "gateways": chance.sample(["a", "b", "c"], 2),
    }
    return {name: whole[name] for name in chance.sample(list(whole), chance.randint(1, 3))}


@pytest.mark.parametrize("seed", range(20))
def test_all_pairs_agree(seed: int) -> None:
    chance = random.Random(seed)
    routes = _routes([_match(chance) for _ in range(40)]).spec["http"]
    conditions = [reachability._conditions(route["match"][0]) for route in routes]
    covered = {
        later
        for later, narrow in enumerate(conditions)
        for wide in conditions[:later]
        if all(reachability._follows(name, condition, narrow) for name, condition in wide.items())
    }
    messages = [message for message in reachability.unreachable(routes) if message.type is INEFFECTIVE_MATCH]
    assert {message.path[2] for message in messages} == covered
    assert covered


@pytest.mark.parametrize(
    "matches",
    [
        [{"authority": {"exact": "api.example.com"}, "uri": {"prefix": f"/{index:04}"}} for index in range(3000)],
        [{"uri": {"regex": f"/{index}.*"}} for index in range(3000)],
        [{"headers": {f"x{index}": {}}} for index in range(3000)],
        [{"withoutHeaders": {f"x{index}": {}}} for index in range(3000)],
    ],
    ids=["prefixes", "expressions", "headers", "missing headers"],
)
def test_many_routes_cost_no_more_than_their_number(matches: list[dict[str, Any]]) -> None:
    start = time.process_time()
    assert not list(reachability.unreachable(_routes(matches).spec["http"]))
    assert time.process_time() - start < 3  # all pairs take some ten times as long
