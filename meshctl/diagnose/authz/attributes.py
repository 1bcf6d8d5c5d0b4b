"""The attributes that a rule of an AuthorizationPolicy can look at: what each is for Envoy, and which are HTTP's."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from meshctl.diagnose.authz import matchers
from meshctl.diagnose.authz.matchers import Json


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute; `match` makes the matcher for a value, or raises `ValueError`.

    Envoy asks about the target of a request (a permission) and its sender (a principal) apart.
    """

    key: str
    of_target: bool
    match: Callable[[str], Json]
    http: bool = False
    """Whether only a proxy that speaks HTTP on the port can tell."""
    whole: bool = False
    """Whether a single value needs no list around it, as it is one in itself."""


PRINCIPAL = "source.principal"
SERVICE_ACCOUNT = "source.serviceAccount"


def _port(value: str) -> Json:
    return {"destination_port": int(value)}


def _address(field: str, value: str) -> Json:
    return {field: matchers.cidr(value)}


def _principal(value: str) -> Json:
    return matchers.peer(matchers.string_match(value, "spiffe://"))


def _server_name(value: str) -> Json:
    return {"requested_server_name": matchers.string_match(value)}


def _from(key: str, match: Callable[[str], Json], *, http: bool = False, whole: bool = False) -> Attribute:
    return Attribute(key, of_target=False, match=match, http=http, whole=whole)


def _to(key: str, match: Callable[[str], Json], *, http: bool = False) -> Attribute:
    return Attribute(key, of_target=True, match=match, http=http)


_CONDITIONS: Mapping[str, Attribute] = {
    found.key: found
    for found in (
        _to("destination.ip", partial(_address, "destination_ip")),
        _to("destination.port", _port),
        _to("connection.sni", _server_name),
        _from("source.ip", partial(_address, "direct_remote_ip")),
        _from("remote.ip", partial(_address, "remote_ip")),
        _from("source.namespace", matchers.namespace),
        _from("source.trustDomain", matchers.trust_domain),
        _from(PRINCIPAL, _principal),
        _from("request.auth.principal", matchers.request_principal, http=True, whole=True),
        _from("request.auth.audiences", partial(matchers.claim, ("aud",)), http=True, whole=True),
        _from("request.auth.presenter", partial(matchers.claim, ("azp",)), http=True, whole=True),
    )
}

SOURCE: Mapping[str, str] = {
    "principals": PRINCIPAL,
    "requestPrincipals": "request.auth.principal",
    "serviceAccounts": SERVICE_ACCOUNT,
    "trustDomains": "source.trustDomain",
    "namespaces": "source.namespace",
    "remoteIpBlocks": "remote.ip",
    "ipBlocks": "source.ip",
}
"""The lists of `from[].source`, in the order in which Envoy is asked, and the keys of the same attributes."""

OPERATION: Mapping[str, Attribute] = {
    "hosts": _to("hosts", partial(matchers.header, ":authority", ignore_case=True), http=True),
    "methods": _to("methods", partial(matchers.header, ":method"), http=True),
    "paths": _to("paths", matchers.path, http=True),
    "ports": _CONDITIONS["destination.port"],
}
"""The lists of `to[].operation`, in the order in which Envoy is asked."""

_HEADER = re.compile(r"request\.headers\[(.+)\]")
_CLAIM = re.compile(r"request\.auth\.claims((?:\[[^\]]+\])+)")
_METADATA = re.compile(r"experimental\.(envoy\.filters\.[^\[]+)\[(.+)\]")


def attribute(key: str, namespace: str) -> Attribute | None:
    """The attribute of a key of `when`, in a policy of that namespace; None for a key that Istio does not know."""
    if key == SERVICE_ACCOUNT:
        return _from(key, partial(matchers.service_account, own_namespace=namespace))
    if found := _HEADER.fullmatch(key):
        return _from(key, partial(matchers.header, found[1]), http=True)
    if found := _CLAIM.fullmatch(key):
        names = found[1][1:-1].split("][")
        return _from(key, partial(matchers.claim, names), http=True, whole=True)
    if found := _METADATA.fullmatch(key):
        return _to(key, partial(_left_by, found[1], found[2]))
    return _CONDITIONS.get(key)


def _left_by(filter_: str, key: str, value: str) -> Json:
    """A text that a filter has left; in brackets, a text among several."""
    if value.startswith("[") and value.endswith("]"):
        one_of = {"string_match": matchers.string_match(value[1:-1])}
        return matchers.metadata(filter_, (key,), {"list_match": {"one_of": one_of}})
    return matchers.metadata(filter_, (key,), {"string_match": matchers.string_match(value)})
