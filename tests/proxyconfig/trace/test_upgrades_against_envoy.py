"""Upgrades to other protocols: a real Envoy allows and refuses them as predicted."""

from __future__ import annotations

import pytest

from tests.envoy.resources import Json
from tests.proxyconfig.trace.generated_routes import Asked, Header, Mesh
from tests.proxyconfig.trace.laboratory import text
from tests.proxyconfig.trace.test_routes_against_envoy import CLUSTERS, run


def _upgrade(to: str, connection: str = "Upgrade") -> tuple[Header, ...]:
    return (("connection", connection), ("upgrade", to))


def _allowed(*types: str, **more: bool) -> Json:
    return {"upgrade_configs": [{"upgrade_type": one, **more} for one in types]}


ASKED: list[tuple[Header, ...]] = [
    (), _upgrade("websocket"), _upgrade("WebSocket", "keep-alive, upgrade"), _upgrade("spdy/3.1"), _upgrade("h2c"),
    (("upgrade", "websocket"),),
]  # fmt: skip

_FORWARD: Json = {"cluster": CLUSTERS[0]}


def _route(name: str, match: Json, **action: Json) -> Json:
    return {"name": name, "match": match, **action}


_OTHERS = [
    *_allowed("CONNECT", "spdy/3.1")["upgrade_configs"],
    *_allowed("websocket", enabled=False)["upgrade_configs"],
]


@pytest.mark.parametrize("manager", [{}, _allowed("websocket"), {"upgrade_configs": _OTHERS}])
def test_upgrades_are_answered_as_predicted(manager: Json) -> None:
    routes = [
        _route("tunnel", {"connect_matcher": {}}, direct_response={"status": 299}),
        _route("off", {"prefix": "/off"}, route={**_FORWARD, **_allowed("websocket", enabled=False)}),
        _route("on", {"prefix": "/on"}, route={**_FORWARD, **_allowed("websocket")}),
        _route("answer", {"prefix": "/answer"}, direct_response={"status": 299}),
        _route("moved", {"prefix": "/moved"}, redirect={"path_redirect": "/x"}),
        _route("told", {"prefix": "/told", "headers": [{"name": "upgrade"}]}, route=_FORWARD),
        _route("told", {"prefix": "/told"}, route=_FORWARD),
    ]
    hosts: list[Json] = [
        {"name": "v", "domains": ["v.test", "v.test:80"], "routes": routes},
        {"name": "t", "domains": ["t.test"], "require_tls": "ALL", "routes": routes},
    ]
    paths = ("/off", "/on", "/answer", "/moved", "/told", "/none")
    asked = [Asked("v.test", path=path, headers=headers) for path in paths for headers in ASKED]
    asked += [Asked("t.test", headers=headers) for headers in ASKED]
    asked.append(Asked("v.test:80", method="CONNECT", path="v.test:80"))
    seen = set()
    for case in run(Mesh(hosts, asked), manager):
        assert text(case.line["route"]) == (case.trace.taken.route.name if case.trace.taken else ""), case
        assert case.answer.status == (case.trace.status or 200), case
        seen.add(case.answer.status)
    assert seen == {200, 299, 301, 403, 404}
