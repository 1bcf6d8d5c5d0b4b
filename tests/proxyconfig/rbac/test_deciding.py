"""What filters decide together, and what is unknown; test_*_against_envoy.py compare conditions with a real Envoy."""

from __future__ import annotations

from typing import Any

import pytest

from meshctl.proxyconfig.json_names import with_json_names
from meshctl.proxyconfig.network_filters import HttpConnectionManager
from meshctl.proxyconfig.rbac.attributes import Attributes, HttpRequest
from meshctl.proxyconfig.rbac.deciding import decide
from meshctl.proxyconfig.rbac.stack import Filter, FilterStack
from meshctl.proxyconfig.rbac.verdict import Outcome, PolicyRule, Verdict
from tests.proxyconfig.rbac.made import ext_authz, http_rbac, jwt_authn, network_rbac, policy, rules, stack

GET = Attributes("10.0.0.9", destination_ip="10.0.0.14", destination_port=8080, http=HttpRequest())
ADMIN = {"url_path": {"path": {"prefix": "/admin"}}}
WEB = {"authenticated": {"principal_name": {"exact": "spiffe://cluster.local/ns/shop/sa/web"}}}
PORT = {"destination_port": 8080}


def _policy(found: Verdict) -> str:
    return found.decided_by.policy if found.decided_by else ""


def test_without_filters_about_access_everything_is_allowed() -> None:
    lua = {"name": "lua", "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua"}}
    found = decide(stack(lua), GET)
    assert (found.outcome, found.decided_by, found.steps) == (Outcome.ALLOWED, None, ())


def test_rules_without_a_policy_allow_nothing_and_deny_nothing() -> None:
    assert decide(stack(http_rbac(rules={})), GET).outcome is Outcome.DENIED
    assert decide(stack(http_rbac(rules={"action": "DENY"})), GET).outcome is Outcome.ALLOWED
    assert decide(stack(http_rbac()), GET).outcome is Outcome.ALLOWED


def test_the_first_rule_in_the_order_of_keys_is_named() -> None:
    found = decide(stack(http_rbac(rules=rules("DENY", b=policy(), a=policy(), c=policy(ADMIN)))), GET)
    assert found.decided_by == PolicyRule("ns[shop]-policy[a]-rule[0]", "shop", "a", 0)
    assert [rule.policy for rule in found.steps[0].matched] == ["a", "b"]
    assert [(rule.policy, reason) for rule, reason in found.steps[0].unmatched] == [
        ("c", "path is '/', wanted: begins with /admin")
    ]


def test_filters_come_in_order_and_those_of_the_network_first() -> None:
    deny, allow = http_rbac(rules=rules("DENY", d=policy())), http_rbac(rules=rules("ALLOW", a=policy()))
    found = decide(stack(allow, deny), GET)
    assert [(step.action, step.outcome) for step in found.steps] == [
        ("ALLOW", Outcome.ALLOWED), ("DENY", Outcome.DENIED)
    ]  # fmt: skip
    found = decide(stack(allow, network_rbac(rules=rules("DENY", n=policy(PORT)))), GET)
    assert [step.filter for step in found.steps] == ["envoy.filters.network.rbac"]
    assert _policy(found) == "n"


def test_where_no_http_is_spoken_http_filters_count_for_nothing() -> None:
    found = decide(stack(network_rbac(rules=rules("ALLOW", n=policy(PORT))), http_rbac(rules={}), http=False), GET)
    assert found.outcome is Outcome.ALLOWED


@pytest.mark.parametrize(
    ("permission", "principal", "reason"),
    [
        ({"destination_port": 8080}, {"any": True}, "the destination's port is not known"),
        ({"destination_ip": {"address_prefix": "10.0.0.0", "prefix_len": 8}}, {"any": True},
         "the destination's address is not known, and 10.0.0.0/8 is asked for"),
        ({"any": True}, {"direct_remote_ip": {"address_prefix": "::", "prefix_len": 0}},
         "the source's address is not known, and ::/0 is asked for"),
        (ADMIN, {"any": True}, "the path is not known"),
        ({"header": {"name": ":method", "string_match": {"exact": "GET"}}}, {"any": True}, "method is not known"),
        ({"any": True}, {"header": {"name": "x-request-id", "string_match": {"prefix": "a"}}},
         "header x-request-id is not known"),
        ({"metadata": {"filter": "lua", "path": [{"key": "a"}], "value": {"present_match": True}}}, {"any": True},
         "the metadata of lua is not known"),
        ({"tomorrow": {}}, {"any": True}, "the permission tomorrow is not known"),
        ({"matcher": {"name": "ports"}}, {"any": True}, "the extension ports is not known"),
        ({"any": True}, {"custom": {"name": "mine"}}, "the extension mine is not known"),
        ({"any": True}, {"source_ip": {"address_prefix": "10.0.0.0", "prefix_len": 8}},
         "the source's address is not known, and 10.0.0.0/8 is asked for"),
        ({"sourced_metadata": {"metadata_source": "ROUTE"}}, {"any": True}, "the metadata of the route is not known"),
        ({"any": True}, {"tomorrow": {}}, "the principal tomorrow is not known"),
        ({"any": True}, {"filter_state": {"key": "x"}}, "filter state x is not known"),
    ],
)  # fmt: skip
def test_what_is_not_known_makes_the_answer_unknown(permission: Any, principal: Any, reason: str) -> None:
    little = Attributes()
    found = decide(stack(http_rbac(rules=rules("DENY", p=policy(permission, principal)))), little)
    assert (found.outcome, found.reason) == (Outcome.UNKNOWN, f"whether rule 1 of p.shop fits hangs on this: {reason}")
    assert [(rule.policy, why) for rule, why in found.steps[0].doubtful] == [("p", reason)]


def test_what_is_written_wrongly_makes_the_answer_unknown() -> None:
    rule = policy(principal={"direct_remote_ip": {"address_prefix": "10.0.0", "prefix_len": 8}})
    found = decide(stack(http_rbac(rules=rules("DENY", p=rule))), GET)
    assert found.outcome is Outcome.UNKNOWN
    assert "10.0.0/8 is asked for: one of the two is wrong" in found.reason


@pytest.mark.parametrize("audience", [5, None, {"a": 1}])
def test_an_audience_that_is_no_text_fits_none(audience: Any) -> None:
    check = jwt_authn(providers={"me": {"issuer": "me", "audiences": ["shop"]}},
                      rules=[{"match": {"prefix": "/"}, "requires": {"provider_name": "me"}}])  # fmt: skip
    found = decide(stack(check), Attributes(http=HttpRequest(), claims={"iss": "me", "aud": audience}))
    assert (found.outcome, found.steps[0].status) == (Outcome.DENIED, 403)


def test_a_condition_in_cel_is_not_followed() -> None:
    rule = {**policy(ADMIN), "condition": {"const_expr": {"bool_value": True}}}
    filters = stack(http_rbac(rules=rules("DENY", p=rule)))
    assert decide(filters, GET).outcome is Outcome.ALLOWED
    found = decide(filters, Attributes(http=HttpRequest(path="/admin")))
    assert (found.outcome, found.steps[0].doubtful[0][1]) == (
        Outcome.UNKNOWN, "the policy has a condition in CEL, which is not followed here"
    )  # fmt: skip


def test_source_ip_may_be_what_the_proxy_protocol_tells() -> None:
    """For Envoy `source_ip` is the client's address if the PROXY protocol tells it, but not if only a header does."""
    rule = policy(principal={"source_ip": {"address_prefix": "10.0.0.0", "prefix_len": 8}})
    for source, remote, outcome in (
        ("10.0.0.1", "", Outcome.DENIED),
        ("10.0.0.1", "10.9.9.9", Outcome.DENIED),
        ("10.0.0.1", "192.0.2.1", Outcome.UNKNOWN),
        ("192.0.2.1", "", Outcome.ALLOWED),
    ):
        asked = Attributes(source, remote, http=HttpRequest())
        assert decide(stack(http_rbac(rules=rules("DENY", p=rule))), asked).outcome is outcome


def test_what_is_not_known_does_not_matter_where_the_answer_does_not_hang_on_it() -> None:
    either = {"or_rules": {"rules": [PORT, {"any": True}]}}
    both = {"and_rules": {"rules": [PORT, {"not_rule": {"any": True}}]}}
    assert decide(stack(http_rbac(rules=rules("DENY", p=policy(either)))), Attributes()).outcome is Outcome.DENIED
    assert decide(stack(http_rbac(rules=rules("DENY", p=policy(both)))), Attributes()).outcome is Outcome.ALLOWED
    doubtful, sure = http_rbac(rules=rules("DENY", p=policy(PORT))), http_rbac(rules=rules("DENY", q=policy()))
    found = decide(stack(doubtful, sure), Attributes())
    assert (found.outcome, _policy(found)) == (Outcome.DENIED, "q")


def test_both_spellings_of_fields_are_read() -> None:
    filters = [
        jwt_authn(providers={"a": {"issuer": "me", "payload_in_metadata": "payload"}},
                  rules=[{"match": {"prefix": "/"}, "requires": {"provider_name": "a"}}]),
        http_rbac(rules=rules("ALLOW", my_policy=policy({"url_path": {"path": {"exact": "/", "ignore_case": True}}}, {
            "and_ids": {"ids": [WEB, {"metadata": {
                "filter": "envoy.filters.http.jwt_authn", "path": [{"key": "payload"}, {"key": "camelCase"}],
                "value": {"list_match": {"one_of": {"string_match": {"exact": "x"}}}},
            }}]}
        }))),
    ]  # fmt: skip
    request = Attributes(peer="spiffe://cluster.local/ns/shop/sa/web", http=HttpRequest(),
                         claims={"iss": "me", "camelCase": ["x"]})  # fmt: skip
    camel = [{**one, "typed_config": with_json_names(one["typed_config"])} for one in filters]
    for written in (filters, camel):
        found = decide(stack(*written), request)
        assert (found.outcome, _policy(found)) == (Outcome.ALLOWED, "my_policy")


def test_dry_run_rules_are_told_and_decide_nothing() -> None:
    found = decide(stack(http_rbac(shadow_rules=rules("DENY", d=policy()), rules=rules("ALLOW", a=policy()))), GET)
    assert found.outcome is Outcome.ALLOWED
    assert [rule.policy for rule in found.steps[0].shadow] == ["d"]
    found = decide(stack(http_rbac(shadow_rules=rules("DENY", d=policy()))), GET)
    assert (found.outcome, [rule.policy for rule in found.steps[0].shadow]) == (Outcome.ALLOWED, ["d"])


def _custom() -> FilterStack:
    key = "istio-ext-authz-ns[shop]-policy[ask]-rule[0]"
    return stack(
        http_rbac(shadow_rules={"action": "DENY", "policies": {key: policy(ADMIN)}},
                  shadow_rules_stat_prefix="istio_ext_authz_"),
        ext_authz(
            grpc_service={"envoy_grpc": {"cluster_name": "outbound|9000||authz.shop.svc.cluster.local"}},
            filter_enabled_metadata={
                "filter": "envoy.filters.http.rbac", "path": [{"key": "istio_ext_authz_shadow_effective_policy_id"}],
                "value": {"string_match": {"prefix": "istio-ext-authz-ns[shop]"}},
            },
        ),
        http_rbac(rules=rules("ALLOW", a=policy({"header": {"name": "x", "present_match": True}}))),
    )  # fmt: skip


def test_an_external_authorizer_decides_what_the_rules_of_its_policy_select() -> None:
    headers = {"x": "1"}
    asked = decide(_custom(), Attributes(http=HttpRequest(path="/admin/x", headers=headers)))
    assert (asked.outcome, asked.reason) == (
        Outcome.UNKNOWN, "the external authorizer authz.shop.svc.cluster.local:9000 decides"
    )  # fmt: skip
    assert asked.steps[0].action == "CUSTOM"
    assert asked.steps[0].matched[0].policy == "ask"
    assert decide(_custom(), Attributes(http=HttpRequest(path="/", headers=headers))).outcome is Outcome.ALLOWED
    assert decide(_custom(), Attributes()).outcome is Outcome.UNKNOWN
    denied = decide(_custom(), Attributes(http=HttpRequest(path="/admin/x")))
    assert (denied.outcome, denied.reason) == (Outcome.DENIED, "no rule allows it")


@pytest.mark.parametrize(("percent", "outcome"), [(0, Outcome.ALLOWED), (50, Outcome.UNKNOWN), (100, Outcome.UNKNOWN)])
def test_an_external_authorizer_may_be_asked_about_a_share(percent: int, outcome: Outcome) -> None:
    cluster = {"server_uri": {"cluster": "authz"}}
    found = decide(
        stack(ext_authz(http_service=cluster, filter_enabled={"default_value": {"numerator": percent}})), GET
    )
    assert found.outcome is outcome
    assert ("may be asked: it is for 50 %" in found.reason) == (percent == 50)


def test_rules_of_older_releases_see_claims_and_identity_in_the_metadata_of_istio_authn() -> None:
    old = Filter("istio_authn", {})
    rule = {"metadata": {
        "filter": "istio_authn", "path": [{"key": "request.auth.claims"}, {"key": "role"}],
        "value": {"list_match": {"one_of": {"string_match": {"exact": "clerk"}}}},
    }}  # fmt: skip
    rbac = stack(http_rbac(rules=rules("ALLOW", a=policy(principal=rule)))).filters
    for role, outcome in (("clerk", Outcome.ALLOWED), ("boss", Outcome.DENIED)):
        request = Attributes(http=HttpRequest(), claims={"iss": "me", "sub": "joe", "role": role})
        assert decide(FilterStack((old, *rbac), True), request).outcome is outcome


def _by_identity(regex: str) -> FilterStack:
    matcher = {"authenticated": {"principal_name": {"safe_regex": {"regex": regex}}}}
    return stack(http_rbac(rules=rules("ALLOW", a=policy(principal=matcher))))


def test_a_client_of_unknown_identity_has_one() -> None:
    somebody = Attributes(peer_known=False, http=HttpRequest())
    assert decide(_by_identity(".+"), somebody).outcome is Outcome.ALLOWED
    found = decide(_by_identity(".*/ns/shop/.*"), somebody)
    assert (found.outcome, found.reason) == (
        Outcome.UNKNOWN, "whether rule 1 of a.shop fits hangs on this: the client's identity is not known"
    )  # fmt: skip


def test_a_token_of_unknown_claims_may_or_may_not_do() -> None:
    check = jwt_authn(providers={"me": {"issuer": "me", "payload_in_metadata": "payload"}},
                      rules=[{"match": {"prefix": "/api"}, "requires": {"provider_name": "me"}},
                             {"match": {"prefix": "/free"}}])  # fmt: skip
    for path, outcome in (("/api", Outcome.UNKNOWN), ("/free", Outcome.ALLOWED), ("/", Outcome.ALLOWED)):
        request = Attributes(http=HttpRequest(path=path), claims_known=False)
        assert decide(stack(check), request).outcome is outcome, path


def test_a_request_that_the_connection_manager_refuses_is_denied_before_any_filter() -> None:
    manager = HttpConnectionManager(path_with_escaped_slashes_action="REJECT_REQUEST")
    allowing = FilterStack(stack(http_rbac(rules=rules("ALLOW", a=policy()))).filters, True, manager)
    found = decide(allowing, Attributes(http=HttpRequest(path="/a%2Fb")))
    assert (found.outcome, found.reason, found.steps) == (
        Outcome.DENIED, "the proxy answers 400: escaped slashes in the path are refused", ()
    )  # fmt: skip
