"""What the filters of a proxy decide together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from meshctl.proxyconfig.envoy import plain_data
from meshctl.proxyconfig.json_names import with_field_names
from meshctl.proxyconfig.network_filters import HttpConnectionManager
from meshctl.proxyconfig.rbac.access_filter import decide_access
from meshctl.proxyconfig.rbac.attributes import Attributes, HttpRequest
from meshctl.proxyconfig.rbac.authorizer_filter import decide_by_authorizer
from meshctl.proxyconfig.rbac.metadata import HTTP_RBAC, ISTIO_AUTHN, NETWORK_RBAC
from meshctl.proxyconfig.rbac.scene import NOT_KNOWN, Scene, encrypted, request_of
from meshctl.proxyconfig.rbac.stack import Filter, FilterStack
from meshctl.proxyconfig.rbac.token_filter import decide_token
from meshctl.proxyconfig.rbac.verdict import Outcome, PolicyRule, Step, Verdict
from meshctl.proxyconfig.trace import hosts, paths
from meshctl.proxyconfig.trace.connection import Connection
from meshctl.proxyconfig.trace.received import EXTERNAL_ADDRESS, FORWARDED_FOR, SET_BY_PROXY, client_address, received
from meshctl.proxyconfig.trace.request import Request

_SPIFFE = "spiffe://"


def decide(stack: FilterStack, attributes: Attributes, followed: Request | None = None) -> Verdict:
    """Whether the filters let a request or connection through, and which of them decide that.

    `followed` is the request as the connection manager passed it on, where it was followed that far already.
    Filters that are not about access are passed over. What is not known makes the answer unknown where it hangs on it.
    """
    outside = Scene(attributes, None, behind_manager=False, http_follows=stack.speaks_http)
    steps = _steps([one for one in stack.filters if not one.http], outside)
    if not stack.speaks_http or _denied(steps):
        return _verdict(steps)
    request, refusal = (followed, "") if followed is not None else _request(stack.manager, attributes)
    if refusal:
        return Verdict(Outcome.DENIED, refusal, None, tuple(steps))
    seen = _with_client(stack.manager, attributes)
    inside = Scene(seen, request, behind_manager=True, in_order=stack.manager is not None)
    return _verdict([*steps, *_steps([one for one in stack.filters if one.http], inside)])


def _steps(filters: list[Filter], scene: Scene) -> list[Step]:
    """The steps up to the one that denies: no later filter sees the request."""
    found: list[Step] = []
    for one in filters:
        with plain_data(f"filter {one.name}"):
            step = _step(one, scene)
        if step is not None:
            found.append(step)
            if step.outcome is Outcome.DENIED:
                break
    return found


def _step(one: Filter, scene: Scene) -> Step | None:
    config: Mapping[str, Any] = with_field_names(one.config)
    found = kind(one)
    if found == "rbac":
        return decide_access(scene, one.name, config, HTTP_RBAC if one.http else NETWORK_RBAC)
    if found == "jwt_authn":
        return decide_token(scene, one.name, config)
    if found == "ext_authz":
        return decide_by_authorizer(scene, one.name, config)
    if found == "istio_authn":
        known = scene.attributes.peer_known and scene.attributes.claims_known
        scene.metadata[ISTIO_AUTHN] = _old_metadata(scene.attributes) if known else NOT_KNOWN
    return None


def kind(one: Filter) -> str:
    """`rbac` of `envoy.extensions.filters.http.rbac.v3.RBAC`; by the name where the type is not told."""
    type_ = str(one.config.get("@type", "")).rpartition("/")[2].split(".")
    return type_[-3] if len(type_) > 2 else one.name.rpartition(".")[2]


def _request(manager: HttpConnectionManager | None, attributes: Attributes) -> tuple[Request | None, str]:
    """The request as HTTP filters see it, None when it is not known; or why the connection manager refuses it."""
    http: HttpRequest | None = attributes.http
    if http is None:
        return None, ""
    tls = encrypted(attributes)
    if manager is None:
        return request_of(http, http.path, http.host, tls=tls), ""
    ordered = paths.put_in_order(manager, http.path)
    if ordered.status:
        return None, f"the proxy answers {ordered.status}: {ordered.reason}"
    host = hosts.normalized_authority(manager, http.host, attributes.destination_port)
    sent = request_of(http, ordered.path, host, tls=tls)
    connection = Connection(
        attributes.destination_ip,
        attributes.destination_port,
        source=attributes.source_ip,
        tls=tls,
        client_certificate=bool(attributes.peer) or not attributes.peer_known,
    )
    found = received(manager, sent, connection, tls=tls)
    if attributes.remote_ip and not sent.values(FORWARDED_FOR):
        # That it is told is known, but not in which header and by whom.
        told = [(name, SET_BY_PROXY) for name in (FORWARDED_FOR, EXTERNAL_ADDRESS)]
        others = [pair for pair in found.headers if pair[0] not in (FORWARDED_FOR, EXTERNAL_ADDRESS)]
        found = replace(found, headers=(*others, *told))
    return found, ""


def _with_client(manager: HttpConnectionManager | None, attributes: Attributes) -> Attributes:
    """What is known of a request, with the client's address as its headers tell it to the connection manager."""
    if manager is None or attributes.http is None or attributes.remote_ip:
        return attributes
    told = next((values for name, values in attributes.http.headers.items() if name.lower() == FORWARDED_FOR), ())
    found = client_address(manager, [told] if isinstance(told, str) else told, attributes.source_ip)
    return replace(attributes, remote_ip=found)


def _denied(steps: list[Step]) -> bool:
    return any(step.outcome is Outcome.DENIED for step in steps)


def _verdict(steps: list[Step]) -> Verdict:
    """A filter that denies counts, whatever is not known of those before it: none of them can answer well."""
    for outcome in (Outcome.DENIED, Outcome.UNKNOWN):
        deciding = next((step for step in steps if step.outcome is outcome), None)
        if deciding is not None:
            rule = deciding.matched[0] if outcome is Outcome.DENIED and deciding.matched else None
            return Verdict(outcome, deciding.reason, rule, tuple(steps))
    allowing = [step for step in steps if step.outcome is Outcome.ALLOWED]
    decided_by: PolicyRule | None = allowing[-1].matched[0] if allowing and allowing[-1].matched else None
    reason = allowing[-1].reason if allowing else "nothing denies it, and nothing asks for a rule that allows it"
    return Verdict(Outcome.ALLOWED, reason, decided_by, tuple(steps))


def _old_metadata(attributes: Attributes) -> dict[str, Any]:
    """What the filter `istio_authn` of older releases left for the rules behind it."""
    found: dict[str, Any] = {}
    if attributes.peer:
        found["source.principal"] = attributes.peer.removeprefix(_SPIFFE)
    claims = attributes.claims
    if claims is not None:
        lists = {key: [value] if isinstance(value, str) else value for key, value in claims.items()}
        found["request.auth.claims"] = lists
        if "iss" in claims and "sub" in claims:
            found["request.auth.principal"] = f"{claims['iss']}/{claims['sub']}"
        audience = lists.get("aud")
        if audience:
            found["request.auth.audiences"] = audience[0]
        if "azp" in claims:
            found["request.auth.presenter"] = claims["azp"]
    return found
