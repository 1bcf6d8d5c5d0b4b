"""RequestAuthentications as the filter that checks tokens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from meshctl.diagnose.authz.matchers import JWT_FILTER, PAYLOAD
from meshctl.model.resource import Field, Resource
from meshctl.proxyconfig.rbac.stack import Filter

_TYPE = "type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication"
_SPACED = ("permission", "scope")
"""Claims that hold several texts with spaces between them, and are split."""


def token_filters(policies: Iterable[Resource]) -> Iterator[Filter]:
    """The filter for the tokens that the RequestAuthentications of a workload name; none where they name none.

    Rule: a request without a token passes, one with a token of any issuer has to satisfy a rule for that issuer.
    """
    rules = sorted((rule for policy in policies for rule in policy.spec["jwtRules"]), key=_issuer)
    if not rules:
        return
    providers = {f"origins-{index}": _provider(rule) for index, rule in enumerate(rules)}
    issuers: dict[str, list[Mapping[str, Any]]] = {}
    for name, rule in zip(providers, rules, strict=True):
        issuers.setdefault(_issuer(rule), []).append({"provider_name": name})
    each = [{"requires_any": {"requirements": [*names, {"allow_missing": {}}]}} for names in issuers.values()]
    # Envoy takes a token of one issuer amiss where another one is asked for, so each of them is enough by itself.
    alone = [{"provider_name": name} for name in providers]
    several = {"requires_any": {"requirements": [*alone, {"requires_all": {"requirements": each}}]}}
    requires = each[0] if len(each) == 1 else several
    yield Filter(
        JWT_FILTER,
        {
            "@type": _TYPE,
            "providers": providers,
            "rules": [{"match": {"prefix": "/"}, "requires": requires}],
            "bypass_cors_preflight": True,
        },
    )


def _issuer(rule: Field) -> str:
    return rule["issuer"].text


def _provider(rule: Field) -> Mapping[str, Any]:
    spaced = {"space_delimited_claims": sorted({*_SPACED, *rule["spaceDelimitedClaims"].texts})}
    written: dict[str, Any] = {
        "issuer": rule["issuer"].text,
        "audiences": rule["audiences"].texts,
        **_keys(rule),
        "forward": bool(rule["forwardOriginalToken"]),
        "from_headers": [
            {"name": place["name"].text, **({"value_prefix": place["prefix"].text} if place["prefix"] else {})}
            for place in rule["fromHeaders"]
        ],
        "from_params": rule["fromParams"].texts,
        "from_cookies": rule["fromCookies"].texts,
        "forward_payload_header": rule["outputPayloadToHeader"].text,
        "claim_to_headers": [
            {"header_name": place["header"].text, "claim_name": place["claim"].text}
            for place in rule["outputClaimToHeaders"]
        ],
        "payload_in_metadata": PAYLOAD,
        "normalize_payload_in_metadata": spaced,
    }
    return {key: value for key, value in written.items() if value}


def _keys(rule: Field) -> Mapping[str, Any]:
    """The keys of the issuer. Those of a URL are not fetched here: nothing but a signature depends on them."""
    if rule["jwks"]:
        return {"local_jwks": {"inline_string": rule["jwks"].text}}
    return {"remote_jwks": {"http_uri": {"uri": rule["jwksUri"].text}}} if rule["jwksUri"] else {}
