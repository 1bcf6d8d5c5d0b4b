"""How the values of an AuthorizationPolicy are compared, as Envoy's matchers in JSON."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from ipaddress import ip_network
from typing import Any, TypeAlias

Json: TypeAlias = "Mapping[str, Any]"

JWT_FILTER = "envoy.filters.http.jwt_authn"
PAYLOAD = "payload"
"""The key under which the filter for tokens leaves the claims."""

TEMPLATE_OPERATORS = {"{*}": "*", "{**}": "**"}
"""Segments of a path template, in Istio's form and in Envoy's."""

_URI_TEMPLATE = "type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig"


def regex(pattern: str) -> Json:
    """A regular expression that has to match the whole text."""
    return {"safe_regex": {"regex": pattern}}


def string_match(value: str, scheme: str = "") -> Json:
    """A text: `*` is any that is not empty, and a `*` at an end of the value stands for the rest.

    `scheme` stands in front of every text that is compared, but in none of the values.
    """
    if value == "*":
        return regex(".+")
    if value.startswith("*"):
        return regex(f"{scheme}.*{value[1:]}") if scheme else {"suffix": value[1:]}
    if value.endswith("*"):
        return {"prefix": scheme + value[:-1]}
    return {"exact": scheme + value}


def header(name: str, value: str, *, ignore_case: bool = False) -> Json:
    """A header; `*` asks for its presence alone."""
    if value == "*":
        return {"header": {"name": name, "present_match": True}}
    found = {**string_match(value), **({"ignore_case": True} if ignore_case else {})}
    return {"header": {"name": name, "string_match": found}}


def path(value: str) -> Json:
    """The path of a request without its query."""
    segments = value.split("/")
    if any(segment in TEMPLATE_OPERATORS for segment in segments):
        template = "/".join(TEMPLATE_OPERATORS.get(segment, segment) for segment in segments)
        return {
            "uri_template": {
                "name": "uri-template",
                "typed_config": {"@type": _URI_TEMPLATE, "path_template": template},
            }
        }
    return {"url_path": {"path": string_match(value)}}


def cidr(value: str) -> Json:
    """An address or a block of them. Raises `ValueError`."""
    network = ip_network(value, strict=False)
    address = value.partition("/")[0]
    return {"address_prefix": address, "prefix_len": network.prefixlen}


def peer(name: Json) -> Json:
    """The identity in the client's certificate."""
    return {"authenticated": {"principal_name": name}}


def metadata(filter_: str, keys: Iterable[str], value: Json) -> Json:
    """Something that another filter has left."""
    return {"metadata": {"filter": filter_, "path": [{"key": key} for key in keys], "value": value}}


def claim(keys: Sequence[str], value: str) -> Json:
    """A claim of the token: a text, or a list with the text in it."""
    text = {"string_match": string_match(value)}
    either = {"or_match": {"value_matchers": [{"list_match": {"one_of": text}}, text]}}
    return metadata(JWT_FILTER, (PAYLOAD, *keys), either)


def request_principal(value: str) -> Json:
    """The issuer and the subject of the token, which a slash joins: the last one, as issuers are often URLs."""
    issuer, slash, subject = value.rpartition("/")
    if not slash:
        # One word: its `*` may stand for the slash too.
        issuer, subject = (value, "*") if value.endswith("*") else ("*", value)
    parts = (("iss", issuer), ("sub", subject))
    found = [metadata(JWT_FILTER, (PAYLOAD, key), {"string_match": string_match(text)}) for key, text in parts]
    return {"and_ids": {"ids": found}}


def namespace(value: str) -> Json:
    """The namespace of an identity."""
    return peer(regex(f".*/ns/{value.replace('*', '.*')}/.*"))


def service_account(value: str, own_namespace: str) -> Json:
    """A service account of any trust domain, as `namespace/name` or as the name of one beside the policy."""
    place, slash, name = value.rpartition("/")
    place = place if slash else own_namespace
    return peer(regex(f"spiffe://.+/ns/{_quoted(place)}/sa/{_quoted(name)}"))


def trust_domain(value: str) -> Json:
    """The trust domain of an identity; a `*` in it ends with it."""
    pattern = _quoted(value).replace(r"\*", "[^/]*") if value != "*" else "[^/]+"
    return peer(regex(f"spiffe://{pattern}/.*"))


def _quoted(text: str) -> str:
    return re.sub(r"([^0-9A-Za-z_/-])", r"\\\1", text)
