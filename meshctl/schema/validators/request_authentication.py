"""RequestAuthentication: what its schema cannot say (RA1-RA13)."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.messages import Message
from meshctl.model.kinds.request_authentication import REQUEST_AUTHENTICATION
from meshctl.model.resource import Field, Resource
from meshctl.schema.grammars import authorization, headers, json_web_keys, urls
from meshctl.schema.rules.labels import label_selector
from meshctl.schema.rules.metadata import annotation_rules
from meshctl.schema.rules.reporting import doubtful, duration, invalid, optional_text, text, texts
from meshctl.schema.rules.target_refs import target_refs
from meshctl.schema.validators import validator


@validator(REQUEST_AUTHENTICATION)
def request_authentication(resource: Resource) -> Iterator[Message]:
    """Checks a request authentication."""
    yield from annotation_rules(resource)
    yield from target_refs(resource)
    yield from label_selector(resource.spec["selector"])
    for rule in resource.spec["jwtRules"]:
        yield from _rule(rule)


def _rule(rule: Field) -> Iterator[Message]:
    address = rule["jwksUri"] if rule["jwksUri"] else rule["jwks_uri"]
    if not (rule["issuer"] or address):
        yield invalid(rule, "needs an issuer, or a jwksUri to take keys from", key=True)
    yield from optional_text(address, urls.http_url)
    yield from _keys(rule["jwks"])
    for name in ("audiences", "fromParams", "fromCookies"):
        yield from texts(rule[name], authorization.filled)
    for header in rule["fromHeaders"]:
        if not header["name"]:
            yield invalid(header["name"], "is missing")
    for copy in rule["outputClaimToHeaders"]:
        if not copy["claim"]:
            yield invalid(copy["claim"], "is missing")
        if copy["header"]:
            yield from text(copy["header"], headers.claim_header)
        else:
            yield invalid(copy["header"], "is missing")
    yield from duration(rule["timeout"])


def _keys(jwks: Field) -> Iterator[Message]:
    if not jwks.text:
        return
    if problem := json_web_keys.key_set(jwks.text):
        yield invalid(jwks, problem)
        return
    for index in json_web_keys.secret_keys(jwks.text):
        yield doubtful(jwks, f"holds a private or symmetric key, number {index}", "publish the public key only")
