"""What policies mean, by Istio's documentation: the answers are written by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from meshctl.diagnose.authz.requests import Asked
from tests.diagnose.authz.asking import ask, policy

WEB = "ns/shop/sa/web"
GET = Asked(sender=WEB, port=8080, method="GET", path="/items", host="orders.shop", from_ip="10.0.0.9")


def _with(**changes: Any) -> Asked:
    return replace(GET, **changes)


def _outcome(text: str, folder: Path, asked: Asked = GET) -> tuple[str, str]:
    verdict = ask(text, folder, asked).verdict
    return verdict.outcome.value, verdict.decided_by.policy if verdict.decided_by else ""


ANY = "rules: [{}]"


@pytest.mark.parametrize(
    ("policies", "outcome", "decided_by"),
    [
        ("", "allowed", ""),
        (policy(""), "denied", ""),
        (policy(ANY), "allowed", "p"),
        (policy(f"action: DENY, {ANY}"), "denied", "p"),
        (policy(f"action: AUDIT, {ANY}"), "allowed", ""),
        (policy(f"action: DENY, {ANY}", name="d") + policy(ANY), "denied", "d"),
        (policy("action: DENY, rules: [{to: [{operation: {methods: [POST]}}]}]", name="d") + policy(ANY), "allowed",
         "p"),
        (policy("rules: [{to: [{operation: {methods: [POST]}}]}]", name="a") + policy(ANY, name="b"), "allowed", "b"),
        (policy(f"action: DENY, {ANY}", dry_run=True), "allowed", ""),
        (policy("", dry_run=True), "allowed", ""),
        (policy("", namespace="istio-system"), "denied", ""),
        (policy("", namespace="other"), "allowed", ""),
        (policy("selector: {matchLabels: {app: orders}}"), "denied", ""),
        (policy("selector: {matchLabels: {app: web}}"), "allowed", ""),
        (policy("selector: {matchLabels: {app: orders}}", namespace="istio-system"), "denied", ""),
        (policy("selector: {matchLabels: {app: web}}", namespace="istio-system"), "allowed", ""),
        (policy("targetRefs: [{kind: Service, name: orders}]"), "allowed", ""),
        (policy(f"action: CUSTOM, provider: {{name: nobody}}, {ANY}"), "denied", "p"),
    ],
)  # fmt: skip
def test_which_policies_count_and_in_which_order(policies: str, outcome: str, decided_by: str, tmp_path: Path) -> None:
    assert _outcome(policies, tmp_path) == (outcome, decided_by)


def _rule(rule: str) -> str:
    return policy(f"rules: [{{{rule}}}]")


def _source(source: str) -> str:
    return _rule(f"from: [{{source: {{{source}}}}}]")


def _operation(operation: str) -> str:
    return _rule(f"to: [{{operation: {{{operation}}}}}]")


def _when(key: str, values: str, field: str = "values") -> str:
    return _rule(f'when: [{{key: "{key}", {field}: [{values}]}}]')


def _both(text: str, fits: Asked, fails: Asked, folder: Path) -> None:
    assert _outcome(text, folder, fits)[0] == "allowed"
    assert _outcome(text, folder, fails)[0] == "denied"


OTHER = _with(sender="ns/bar/sa/job")
DOMAIN = _with(sender="spiffe://old.example/ns/shop/sa/web")
POST, ADMIN = _with(method="POST"), _with(path="/admin/x")
TOKEN = {"iss": "https://issuer.example", "sub": "ann", "aud": ["shop", "x"], "azp": "app", "realm": {"roles": ["a"]}}
ME = _with(claims=TOKEN)
READER = """
---
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: tokens, namespace: shop}
spec: {jwtRules: [{issuer: "https://issuer.example", jwks: '{"keys": []}'}]}
"""


@pytest.mark.parametrize(
    ("text", "fits", "fails"),
    [
        (_source("principals: [cluster.local/ns/shop/sa/web]"), GET, OTHER),
        (_source("principals: ['*']"), GET, _with(sender="")),
        (_source("principals: ['*/sa/web']"), GET, OTHER),
        (_source("principals: ['cluster.local/ns/shop/*']"), GET, OTHER),
        (_source("notPrincipals: [cluster.local/ns/shop/sa/web]"), OTHER, GET),
        (_source("namespaces: [shop]"), GET, OTHER),
        (_source("namespaces: ['sh*']"), GET, OTHER),
        (_source("notNamespaces: [shop]"), OTHER, GET),
        (_source("serviceAccounts: [web]"), GET, OTHER),
        (_source("serviceAccounts: [bar/job]"), OTHER, GET),
        (_source("notServiceAccounts: [shop/web]"), OTHER, GET),
        (_source("trustDomains: [cluster.local]"), GET, DOMAIN),
        (_source("trustDomains: ['old.*']"), DOMAIN, GET),
        (_source("notTrustDomains: [old.example]"), GET, DOMAIN),
        (_source("ipBlocks: [10.0.0.0/24]"), GET, _with(from_ip="10.0.1.1")),
        (_source("notIpBlocks: [10.0.0.9]"), _with(from_ip="10.0.1.1"), GET),
        (_source("remoteIpBlocks: [203.0.113.7]"), _with(remote_ip="203.0.113.7"), GET),
        (_source("notRemoteIpBlocks: [203.0.113.0/24]"), GET, _with(remote_ip="203.0.113.7")),
        (READER + _source('requestPrincipals: ["https://issuer.example/ann"]'), ME, GET),
        (READER + _source('requestPrincipals: ["https://issuer.example/*"]'), ME, GET),
        (READER + _source("requestPrincipals: ['*']"), ME, GET),
        (READER + _source("notRequestPrincipals: ['*']"), GET, ME),
        (_source("requestPrincipals: ['*']") + _source("namespaces: [bar]").replace("name: p", "name: q"), OTHER, ME),
        (_operation("hosts: [orders.shop]"), _with(host="ORDERS.shop"), _with(host="orders.shop:8080")),
        (_operation("hosts: ['*.shop']"), GET, _with(host="orders")),
        (_operation("notHosts: ['orders*']"), _with(host="web"), GET),
        (_operation("methods: [GET]"), GET, POST),
        (_operation("methods: ['*']"), GET, _with(method="GET", port=7000)),
        (_operation("notMethods: [POST]"), GET, POST),
        (_operation("paths: [/items]"), _with(path="/items?x=1"), ADMIN),
        (_operation("paths: ['/adm*']"), ADMIN, GET),
        (_operation("paths: ['*/x']"), ADMIN, GET),
        (_operation("paths: ['/admin/{*}']"), ADMIN, _with(path="/admin/x/y")),
        (_operation("paths: ['/admin/{**}']"), _with(path="/admin/x/y"), GET),
        (_operation("paths: ['/{*}/items/{**}']"), _with(path="/1/items/2/3"), _with(path="/1/2/items/3")),
        (_operation("notPaths: ['/admin/*']"), GET, ADMIN),
        (_operation("paths: [/admin/x]"), _with(path="/items/../admin/x"), GET),
        (_operation("ports: ['8080']"), GET, _with(port=9000)),
        (_operation("notPorts: ['8080']"), _with(port=9000), GET),
        (_operation("ports: ['7000']"), Asked(sender=WEB, port=7000), GET),
        (_when("request.headers[x-tenant]", "red, 'blue*'"), _with(headers=("x-tenant:blue-1",)), GET),
        (_when("request.headers[x-tenant]", "'*'"), _with(headers=("X-Tenant:a",)), GET),
        (_when("request.headers[x-tenant]", "red", "notValues"), GET, _with(headers=("x-tenant:red",))),
        (_when("source.ip", "10.0.0.0/24"), GET, _with(from_ip="10.1.0.1")),
        (_when("remote.ip", "203.0.113.7"), _with(remote_ip="203.0.113.7"), GET),
        (_when("source.namespace", "shop"), GET, OTHER),
        (_when("source.principal", "cluster.local/ns/shop/sa/web", "notValues"), OTHER, GET),
        (_when("source.serviceAccount", "web"), GET, OTHER),
        (_when("source.trustDomain", "cluster.local"), GET, DOMAIN),
        (_when("destination.port", "'8080'"), GET, _with(port=9000)),
        (_when("connection.sni", "a.test"), _with(sni="a.test"), GET),
        (_when("connection.sni", "'outbound_.80_._.orders.*'"), GET, _with(sni="a.test")),
        (READER + _when("request.auth.principal", "'*/ann'"), ME, GET),
        (READER + _when("request.auth.audiences", "shop"), ME, _with(claims={**TOKEN, "aud": "other"})),
        (READER + _when("request.auth.presenter", "app"), ME, _with(claims={**TOKEN, "azp": "b"})),
        (READER + _when("request.auth.claims[realm][roles]", "a"), ME, _with(claims={**TOKEN, "realm": {}})),
        (READER + _when("request.auth.claims[iss]", "'https://*'"), ME, GET),
        (READER + _rule("when: []"), GET, _with(claims={"iss": "stranger"})),
    ],
)  # fmt: skip
def test_every_condition_fits_and_fails(text: str, fits: Asked, fails: Asked, tmp_path: Path) -> None:
    _both(text, fits, fails, tmp_path)


def test_all_parts_of_a_rule_have_to_fit_and_one_item_of_each_list(tmp_path: Path) -> None:
    text = policy(
        "rules: [{from: [{source: {namespaces: [bar]}}, {source: {principals: ['*/sa/web'], namespaces: [shop]}}],"
        " to: [{operation: {methods: [POST]}}, {operation: {paths: [/items]}}],"
        ' when: [{key: "request.headers[x-a]", values: ["1"]}]}]'
    )
    fits = _with(headers=("x-a:1",))
    _both(text, fits, GET, tmp_path)
    _both(text, _with(headers=("x-a:1",), method="POST", path="/x"), _with(headers=("x-a:1",), path="/x"), tmp_path)
    _both(text, _with(headers=("x-a:1",), sender="ns/bar/sa/x"), _with(headers=("x-a:1",), sender="ns/shop/sa/x"),
          tmp_path)  # fmt: skip


FEED = Asked(sender=WEB, port=7000, from_ip="10.0.0.9")


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        (policy("rules: [{to: [{operation: {methods: [GET]}}]}]"), "denied"),
        (policy("rules: [{to: [{operation: {ports: ['7000'], methods: [GET]}}]}]"), "denied"),
        (policy("rules: [{to: [{operation: {ports: ['7000']}}]}]"), "allowed"),
        (policy("rules: [{to: [{operation: {notPaths: [/x]}}]}]"), "denied"),
        (policy("action: DENY, rules: [{to: [{operation: {methods: [POST]}}]}]"), "denied"),
        (policy("action: DENY, rules: [{to: [{operation: {ports: ['8080'], methods: [POST]}}]}]"), "allowed"),
        (policy("action: DENY, rules: [{from: [{source: {requestPrincipals: ['*']}}]}]"), "denied"),
        (policy("action: DENY, rules: [{from: [{source: {namespaces: [bar], requestPrincipals: ['*']}}]}]"), "allowed"),
    ],
)
def test_on_a_tcp_port_http_makes_allow_void_and_deny_wider(text: str, outcome: str, tmp_path: Path) -> None:
    assert _outcome(text, tmp_path, FEED)[0] == outcome


MESH = """
---
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |
    trustDomain: new.example
    trustDomainAliases: [old.example]
    rootNamespace: istio-config
    extensionProviders:
    - {name: asked, envoyExtAuthzGrpc: {service: authz.shop.svc.cluster.local, port: 9000}}
    - {name: other, envoyExtAuthzHttp: {service: authz.shop.svc.cluster.local, port: 8000}}
"""


@pytest.mark.parametrize(
    ("principal", "sender", "outcome"),
    [
        ("cluster.local/ns/shop/sa/web", "ns/shop/sa/web", "allowed"),
        ("cluster.local/ns/shop/sa/web", "old.example/ns/shop/sa/web", "allowed"),
        ("old.example/ns/shop/sa/web", "new.example/ns/shop/sa/web", "allowed"),
        ("third.example/ns/shop/sa/web", "new.example/ns/shop/sa/web", "denied"),
        ("third.example/ns/shop/sa/web", "third.example/ns/shop/sa/web", "allowed"),
        ("cluster.local/ns/shop/*", "new.example/ns/shop/sa/web", "denied"),
    ],
)
def test_trust_domain_aliases_are_the_same_mesh(principal: str, sender: str, outcome: str, tmp_path: Path) -> None:
    text = MESH + _source(f"principals: ['{principal}']")
    assert _outcome(text, tmp_path, _with(sender=sender))[0] == outcome


CUSTOM = "action: CUSTOM, provider: {{name: {}}}, rules: [{{to: [{{operation: {{paths: [/items]}}}}]}}]"


def test_an_external_authorizer_decides_what_its_rules_fit(tmp_path: Path) -> None:
    text = MESH + policy(CUSTOM.format("asked"))
    assert _outcome(text, tmp_path)[0] == "unknown"
    assert _outcome(text, tmp_path, ADMIN)[0] == "allowed"
    assert _outcome(text + policy(f"action: DENY, {ANY}", name="d"), tmp_path) == ("denied", "d")


def test_a_second_authorizer_or_an_unknown_one_denies_what_the_rules_fit(tmp_path: Path) -> None:
    text = MESH + policy(CUSTOM.format("asked")) + policy(CUSTOM.format("other"), name="second")
    assert _outcome(text, tmp_path)[0] == "denied"
    assert _outcome(text, tmp_path, ADMIN)[0] == "allowed"
    text = MESH + policy(CUSTOM.format("nobody"))
    assert any("provider is not in the mesh config" in note for note in ask(text, tmp_path, GET).notes)
    assert (_outcome(text, tmp_path)[0], _outcome(text, tmp_path, ADMIN)[0]) == ("denied", "allowed")


def test_the_mesh_config_names_the_root_namespace(tmp_path: Path) -> None:
    assert _outcome(MESH + policy("", namespace="istio-config"), tmp_path)[0] == "denied"
    assert _outcome(MESH + policy("", namespace="istio-system"), tmp_path)[0] == "allowed"


def test_a_dry_run_is_told_and_decides_nothing(tmp_path: Path) -> None:
    found = ask(policy(f"action: DENY, {ANY}", name="tried", dry_run=True), tmp_path, GET)
    assert found.verdict.outcome.value == "allowed"
    assert [rule.policy for step in found.verdict.steps for rule in step.shadow] == ["tried"]


PEER = """
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {{name: peers, namespace: shop}}
spec: {{selector: {{matchLabels: {{app: orders}}}}, mtls: {{mode: STRICT}}, portLevelMtls: {{9000: {{mode: {}}}}}}}
"""


def test_plain_text_to_a_strict_port_is_refused_before_any_policy(tmp_path: Path) -> None:
    text = PEER.format("DISABLE") + policy(ANY)
    refused = ask(text, tmp_path, _with(sender="", plaintext=True)).verdict
    assert (refused.outcome.value, refused.steps) == ("denied", ())
    assert "PeerAuthentication peers.shop" in refused.reason
    assert _outcome(text, tmp_path)[0] == "allowed"
    # Where mutual TLS is off, nobody has an identity.
    by_name = PEER.format("DISABLE") + _source("namespaces: [shop]")
    assert _outcome(by_name, tmp_path, _with(port=9000))[0] == "denied"
    assert _outcome(by_name.replace("DISABLE", "PERMISSIVE"), tmp_path, _with(port=9000))[0] == "allowed"


GATEWAYS = """
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: shop}
spec: {gatewayClassName: istio, listeners: [{name: http, port: 80, protocol: HTTP}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: waypoint, namespace: shop}
spec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE}]}
"""
EDGE, WAYPOINT = Asked(to="gateway/edge.shop", port=80), Asked(to="gateway/waypoint.shop", port=15008)
REFERENCE = "targetRefs: [{{group: gateway.networking.k8s.io, kind: {}, name: {}}}]"


@pytest.mark.parametrize(
    ("text", "asked", "outcome"),
    [
        (policy(REFERENCE.format("Gateway", "edge")), EDGE, "denied"),
        (policy(REFERENCE.format("Gateway", "other")), EDGE, "allowed"),
        (policy(REFERENCE.format("Gateway", "edge"), namespace="istio-system"), EDGE, "allowed"),
        (policy(REFERENCE.format("GatewayClass", "istio"), namespace="istio-system"), EDGE, "denied"),
        (policy(REFERENCE.format("GatewayClass", "istio")), EDGE, "allowed"),
        (policy(""), EDGE, "denied"),
        (policy(""), WAYPOINT, "allowed"),
        (policy(REFERENCE.format("Gateway", "waypoint")), WAYPOINT, "denied"),
        (policy(REFERENCE.format("GatewayClass", "istio-waypoint"), namespace="istio-system"), WAYPOINT, "denied"),
    ],
)
def test_gateways_take_policies_by_reference(text: str, asked: Asked, outcome: str, tmp_path: Path) -> None:
    assert _outcome(GATEWAYS + text, tmp_path, asked)[0] == outcome


@pytest.mark.parametrize(
    ("gateway", "hops", "forwarded", "outcome"),
    [
        (False, 0, "10.1.1.1", "denied"),
        (False, 0, "10.1.1.1, 8.8.8.8", "allowed"),
        (False, 0, "8.8.8.8, 10.1.1.1", "denied"),
        (False, 0, "10.1.1.1:80", "allowed"),
        (False, 1, "8.8.8.8, 10.1.1.1", "denied"),
        (True, 0, "10.1.1.1", "allowed"),
        (True, 1, "10.1.1.1", "denied"),
        (True, 1, "10.1.1.1, 8.8.8.8", "allowed"),
        (True, 2, "10.1.1.1, 8.8.8.8", "denied"),
        (True, 2, "10.1.1.1", "allowed"),
    ],
)
def test_the_client_is_who_trusted_proxies_say(
    gateway: bool, hops: int, forwarded: str, outcome: str, tmp_path: Path
) -> None:
    """Gateways believe only proxies in front of them that the mesh config counts, sidecars the last one that spoke."""
    config = MESH.replace("mesh: |", f"mesh: |\n    defaultConfig: {{gatewayTopology: {{numTrustedProxies: {hops}}}}}")
    denied = policy("action: DENY, rules: [{from: [{source: {remoteIpBlocks: [10.1.0.0/16]}}]}]")
    of_gateway = REFERENCE.format("Gateway", "edge")
    denied += policy(
        f"action: DENY, {of_gateway}, rules: [{{from: [{{source: {{remoteIpBlocks: [10.1.0.0/16]}}}}]}}]", name="g"
    )
    asked = (
        Asked(to="gateway/edge.shop", port=80, path="/", from_ip="192.0.2.1") if gateway else _with(from_ip="192.0.2.1")
    )
    told = replace(asked, headers=(f"x-forwarded-for: {forwarded}",))
    assert _outcome(GATEWAYS + config + denied, tmp_path, told)[0] == outcome


def test_a_workload_outside_the_mesh_checks_nothing(tmp_path: Path) -> None:
    text = policy("").replace("---\n", "---\n", 1)
    found = ask(text + OUTSIDE, tmp_path, Asked(to="pod/bare.shop", port=80))
    assert (found.verdict.outcome.value, found.port) == ("allowed", None)
    assert "not in the mesh" in found.verdict.reason


OUTSIDE = """
---
apiVersion: v1
kind: Pod
metadata: {name: bare, namespace: shop, labels: {sidecar.istio.io/inject: "false"}}
spec: {containers: [{name: app, image: app}]}
"""
AMBIENT = """
---
apiVersion: v1
kind: Pod
metadata: {name: calm, namespace: calm, labels: {app: calm}}
spec: {containers: [{name: app, image: app}]}
---
apiVersion: v1
kind: Namespace
metadata: {name: calm, labels: {istio.io/dataplane-mode: ambient}}
---
apiVersion: v1
kind: Service
metadata: {name: calm, namespace: calm, labels: {WAYPOINT}}
spec: {selector: {app: calm}, ports: [{name: http, port: 80}]}
"""


def test_ztunnel_sees_no_http_and_a_waypoint_takes_what_names_the_service(tmp_path: Path) -> None:
    asked = _with(to="service/calm.calm", port=80)
    http = policy("rules: [{to: [{operation: {methods: [GET]}}]}]", namespace="calm")
    plain = AMBIENT.replace("WAYPOINT", "")
    assert _outcome(plain + http, tmp_path, asked)[0] == "denied"
    behind = AMBIENT.replace("WAYPOINT", "istio.io/use-waypoint: way")
    named = policy(
        "targetRefs: [{kind: Service, name: calm}], rules: [{to: [{operation: {methods: [GET]}}]}]", namespace="calm"
    )
    assert _outcome(behind + named, tmp_path, asked)[0] == "allowed"
    assert _outcome(behind + named, tmp_path, _with(to="service/calm.calm", port=80, method="PUT"))[0] == "denied"
    only_way = policy("rules: [{from: [{source: {serviceAccounts: [way]}}]}]", name="z", namespace="calm")
    assert _outcome(behind + named + only_way, tmp_path, asked)[0] == "allowed"
    assert _outcome(behind + named + only_way.replace("[way]", "[web]"), tmp_path, asked)[0] == "denied"


@pytest.mark.parametrize("of_namespace", [False, True], ids=["label of the service", "label of its namespace"])
def test_a_waypoint_of_another_namespace_is_asked(of_namespace: bool, tmp_path: Path) -> None:
    labels = "istio.io/use-waypoint: way, istio.io/use-waypoint-namespace: edge"
    behind = AMBIENT.replace("WAYPOINT", "" if of_namespace else labels)
    if of_namespace:
        behind = behind.replace("istio.io/dataplane-mode: ambient", f"istio.io/dataplane-mode: ambient, {labels}")
    asked, put = (_with(to="service/calm.calm", port=80, method=method) for method in ("GET", "PUT"))
    only_get = ", rules: [{to: [{operation: {methods: [GET]}}]}]"
    of_service = policy("targetRefs: [{kind: Service, name: calm}]" + only_get, namespace="calm")
    of_gateway = policy(REFERENCE.format("Gateway", "way") + only_get, namespace="edge")
    for named in (of_service, of_gateway):
        assert [_outcome(behind + named, tmp_path, one)[0] for one in (asked, put)] == ["allowed", "denied"]
    elsewhere = [of_service.replace("namespace: calm", "namespace: edge"),
                 of_gateway.replace("namespace: edge", "namespace: calm")]  # fmt: skip
    for named in elsewhere:
        assert _outcome(behind + named, tmp_path, put)[0] == "allowed"
    way = policy("rules: [{from: [{source: {serviceAccounts: [edge/way]}}]}]", name="z", namespace="calm")
    assert _outcome(behind + way, tmp_path, asked)[0] == "allowed"
    assert _outcome(behind + way.replace("edge/", "calm/"), tmp_path, asked)[0] == "denied"
    notes = ask(behind, tmp_path, asked).notes
    assert any("the waypoint way.edge is asked first" in note for note in notes)


@pytest.mark.parametrize(
    ("selector", "name", "told"),
    [
        ("", "envoy.filters.http.rbac", True),
        ("workloadSelector: {labels: {app: orders}},", "envoy.filters.http.jwt_authn", True),
        ("workloadSelector: {labels: {app: web}},", "envoy.filters.http.rbac", False),
        ("", "envoy.filters.http.lua", False),
    ],
)
def test_changes_of_filters_about_access_are_told_of(selector: str, name: str, told: bool, tmp_path: Path) -> None:
    patch = (
        "---\napiVersion: networking.istio.io/v1alpha3\nkind: EnvoyFilter\nmetadata: {name: patch, namespace: shop}\n"
        f"spec: {{{selector} configPatches: [{{applyTo: HTTP_FILTER, patch: {{operation: INSERT_BEFORE, "
        f"value: {{name: {name}}}}}}}]}}\n"
    )
    notes = ask(patch, tmp_path, GET).notes
    assert any("EnvoyFilter patch.shop changes filters about access" in note for note in notes) == told
