"""Conditions on texts: headers, the path, the server name and identities."""

from __future__ import annotations

from typing import Any

import msgspec

from meshctl.proxyconfig.envoy import decode
from meshctl.proxyconfig.judgement import Judgement, opposite, unknown
from meshctl.proxyconfig.matchers import HeaderMatcher, StringMatcher
from meshctl.proxyconfig.rbac.scene import Scene
from meshctl.proxyconfig.trace import headers, strings
from meshctl.proxyconfig.trace.conditions import template_regex
from meshctl.proxyconfig.trace.paths import without_query

PEER_PRINCIPAL = "io.istio.peer_principal"
"""The filter state in which a waypoint keeps the identity of the client, when the connection came by a tunnel."""

_ANYBODY = {"safe_regex": {"regex": ".+"}}
"""What istiod asks for where a policy says `*`."""

_PATH_NOT_KNOWN = "the path is not known"


def header(scene: Scene, value: Any) -> Judgement:
    """A condition on a header, also on `:method`, `:path` and `:authority`."""
    matcher = decode(msgspec.json.encode(value), HeaderMatcher)
    values = scene.values(matcher.name)
    if values is None:
        return unknown(f"{headers.named(matcher)} is not known")
    fits = headers.matches(matcher, values)
    if fits is None:
        return unknown(f"{headers.named(matcher)} is judged by an extension")
    found = Judgement(fits != matcher.invert_match, headers.given(matcher, values), headers.wanted(matcher))
    return opposite(found) if matcher.invert_match else found


def url_path(scene: Scene, value: Any) -> Judgement:
    """A condition on the path without its query."""
    if scene.behind_manager and scene.request is None:
        return unknown(_PATH_NOT_KNOWN)
    if scene.request is None or not scene.behind_manager:
        return Judgement(False, "there is no path on a connection without HTTP", "a path")
    return strings.judged(without_query(scene.request.path), "path", value.get("path", {}))


def uri_template(scene: Scene, value: Any) -> Judgement:
    """A condition on the path as a template: `/shop/{*}/items/{**}`."""
    template = value.get("typed_config", {}).get("path_template", "")
    if not template:
        return unknown("the path is judged by an extension that is not known")
    return url_path(scene, {"path": {"safe_regex": {"regex": template_regex(template)}}})


def requested_server_name(scene: Scene, value: Any) -> Judgement:
    """A condition on the name that the client asks for by TLS."""
    return strings.judged(scene.attributes.server_name.lower(), "the server name", value)


def authenticated(scene: Scene, value: Any) -> Judgement:
    """A condition on the client's certificate; without a name, any connection by TLS fits."""
    matcher = value.get("principal_name")
    if not scene.tls:
        return Judgement(
            False, "the client has no identity", "is one by mutual TLS" if not matcher else _wanted(matcher)
        )
    if not matcher:
        return Judgement(True, "the connection is by TLS", "is by TLS")
    return _identity(scene, matcher)


def filter_state(scene: Scene, value: Any) -> Judgement:
    """A condition on an object that filters pass on; only the client's identity is known of these."""
    key = value.get("key", "")
    if key != PEER_PRINCIPAL or "string_match" not in value:
        return unknown(f"filter state {key or 'without a key'} is not known")
    if scene.attributes.peer_known and not scene.attributes.peer:
        return Judgement(False, "the client has no identity", _wanted(value["string_match"]))
    return _identity(scene, value["string_match"])


def custom_principal(scene: Scene, value: Any) -> Judgement:
    """A condition on the client by an extension; only that on a validated certificate is known."""
    config = value.get("typed_config", {})
    if not str(config.get("@type", "")).endswith(".mtls_authenticated.v3.Config"):
        return unknown(f"the extension {value.get('name', '')} is not known")
    if scene.attributes.peer_known and not scene.attributes.peer:
        return Judgement(False, "the client has no certificate", "has one")
    san = config.get("san_matcher")
    if not san:
        return Judgement(True, "the client has a certificate", "has one")
    if san.get("san_type") != "URI":
        return Judgement(False, "the client's certificate has a URI only", f"has a {san.get('san_type', 'name')}")
    return _identity(scene, san.get("matcher", {}))


def _identity(scene: Scene, matcher: Any) -> Judgement:
    """A condition on the client's identity; one that asks for any fits also where nobody says whose it is."""
    if scene.attributes.peer_known:
        return strings.judged(scene.attributes.peer, "the client's identity", matcher)
    if matcher == _ANYBODY:
        return Judgement(True, "the client has an identity", _wanted(matcher))
    return unknown("the client's identity is not known")


def _wanted(matcher: Any) -> str:
    return strings.described(decode(msgspec.json.encode(matcher), StringMatcher))
