"""What the filter that checks JSON web tokens (`jwt_authn`) decides, where the user tells what a valid token claims."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import msgspec

from meshctl.proxyconfig.envoy import decode
from meshctl.proxyconfig.matchers import RouteMatch
from meshctl.proxyconfig.rbac.metadata import JWT
from meshctl.proxyconfig.rbac.scene import NOT_KNOWN, Scene
from meshctl.proxyconfig.rbac.verdict import Outcome, Step
from meshctl.proxyconfig.trace.conditions import Setting, doubts
from meshctl.proxyconfig.trace.paths import query_parameters
from meshctl.proxyconfig.trace.request import Request
from meshctl.proxyconfig.trace.strings import judged

Json = Mapping[str, Any]

_FREE = ("allow_missing_or_failed", "extract_only_without_validation", "")
"""Requirements that any request fulfils."""

_GROUPS = ("requires_any", "requires_all")


class Status(Enum):
    """How the check of a token ends, in words and with the HTTP status of the answer."""

    OK = "", 0
    MISSING = "it carries no token", 401
    OTHER_ISSUER = "no provider has the issuer of its token", 401
    OTHER_AUDIENCE = "its token is for another audience", 403
    OTHER_SUBJECT = "its token is for another subject", 401
    NOT_KNOWN = "the requirement is not known", 0
    NOT_TOLD = "what its token claims is not known", 0

    @property
    def reason(self) -> str:
        """The end in words."""
        return self.value[0]

    @property
    def code(self) -> int:
        """The HTTP status of the answer; 0 where the filter gives none."""
        return self.value[1]


@dataclass(frozen=True, slots=True)
class _Check:
    """The filter, and the claims of the token that the request carries."""

    providers: Mapping[str, Json]
    requirements: Mapping[str, Json]
    claims: Json | None

    def requirement(self, wanted: Json, beside: Sequence[Json] = ()) -> Status:
        """How a requirement ends; `beside` are the other ones of which one is enough."""
        kind = next(iter(wanted), "")
        if kind == "provider_name":
            return self.provider(self.providers.get(wanted[kind], {}))
        if kind == "provider_and_audiences":
            found = self.providers.get(wanted[kind].get("provider_name", ""), {})
            return self.provider({**found, "audiences": wanted[kind].get("audiences", [])})
        if kind == "requires_any":
            return self.any_of(wanted[kind].get("requirements", []))
        if kind == "requires_all":
            ends = (self.requirement(one) for one in wanted[kind].get("requirements", []))
            return next((end for end in ends if end is not Status.OK), Status.OK)
        if kind == "allow_missing":
            return Status.OK if self.claims is None else self.provider(self.by_issuer(beside))
        if kind in _FREE:
            return Status.OK
        return Status.NOT_KNOWN

    def any_of(self, wanted: list[Json]) -> Status:
        """The first that ends well; of failures, one that says more than that there is no token for it."""
        ends = [self.requirement(one, wanted) for one in wanted]
        if Status.OK in ends:
            return Status.OK
        telling = [end for end in ends if end not in (Status.MISSING, Status.OTHER_ISSUER)]
        return telling[-1] if telling else ends[-1] if ends else Status.MISSING

    def by_issuer(self, beside: Sequence[Json] = ()) -> Json:
        """The provider of the token's issuer, which is one of those named beside; one without an issuer takes any."""
        issuer = (self.claims or {}).get("iss", "")
        names = set().union(*map(_names, beside)) or self.providers
        among = [one for name, one in self.providers.items() if name in names]
        found = [one for one in among if one.get("issuer", "") in (issuer, "")]
        return max(found, key=lambda one: bool(one.get("issuer")), default={"issuer": NO_ISSUER})

    def provider(self, provider: Json) -> Status:
        """Whether the token is one that a provider takes."""
        if self.claims is None:
            return Status.MISSING
        issuer = provider.get("issuer", "")
        if issuer and self.claims.get("iss", "") != issuer:
            return Status.OTHER_ISSUER
        subjects = provider.get("subjects")
        if subjects and not judged(str(self.claims.get("sub", "")), "the subject", subjects).fits:
            return Status.OTHER_SUBJECT
        audiences = {_audience(one) for one in provider.get("audiences", ())}
        given = self.claims.get("aud", [])
        mine = {_audience(one) for one in (given if isinstance(given, list) else [given])}
        return Status.OK if not audiences or audiences & mine else Status.OTHER_AUDIENCE

    def satisfied(self, wanted: Json, beside: Sequence[Json] = ()) -> Iterator[Json]:
        """The providers by which the token was found good."""
        kind = next(iter(wanted), "")
        if kind in _GROUPS:
            requirements = wanted[kind].get("requirements", [])
            for one in requirements:
                yield from self.satisfied(one, requirements if kind == "requires_any" else ())
            return
        name = next(iter(_names(wanted)), "")
        provider = self.providers.get(name, {}) if name else self.by_issuer(beside)
        if self.claims is not None and kind and self.provider(provider) is Status.OK:
            yield provider


def _names(wanted: Json) -> set[str]:
    """The providers that a requirement names."""
    for kind in _GROUPS:
        if kind in wanted:
            return set().union(*map(_names, wanted[kind].get("requirements", [])))
    name = wanted.get("provider_name") or wanted.get("provider_and_audiences", {}).get("provider_name")
    return {name} if name else set()


NO_ISSUER = "\0"
"""An issuer that no token has."""


def decide_token(scene: Scene, name: str, config: Json) -> Step | None:
    """The step of a filter that checks tokens; None where none of its rules is about the request."""
    request = scene.request
    rules = config.get("rules", [])
    if request is None and not all(rule.get("match") == {"prefix": "/"} for rule in rules[:1]):
        return Step(name, "JWT", Outcome.UNKNOWN, "the path, by which its rules are chosen, is not known")
    if request is not None and config.get("bypass_cors_preflight") and _preflight(scene):
        return Step(name, "JWT", None, "it is a preflight request of CORS, which needs no token")
    check = _Check(config.get("providers", {}), config.get("requirement_map", {}), scene.attributes.claims)
    for rule in rules:
        if request is not None and any(_speaking_against(scene, rule.get("match", {}))):
            continue
        return _step(scene, name, check, _requirement(check, rule))
    return None


def carries_token(config: Json, request: Request) -> bool:
    """Whether a request has something in one of the places where the filter looks for tokens."""
    for provider in config.get("providers", {}).values():
        headers = [(one.get("name", ""), one.get("value_prefix", "")) for one in provider.get("from_headers", ())]
        parameters, cookies = list(provider.get("from_params", ())), list(provider.get("from_cookies", ()))
        if not (headers or parameters or cookies):
            headers, parameters = [("authorization", "Bearer ")], ["access_token"]
        given = (request.header("cookie") or "").split("; ")
        if (
            any(prefix in (request.header(name) or "") for name, prefix in headers if request.header(name))
            or any(name in query_parameters(request.path) for name in parameters)
            or any(pair.partition("=")[0] in cookies for pair in given)
        ):
            return True
    return False


def _requirement(check: _Check, rule: Json) -> Json:
    named: Json | None = check.requirements.get(rule["requirement_name"]) if "requirement_name" in rule else None
    found: Json = named if named is not None else rule.get("requires", {})
    return found


def _step(scene: Scene, name: str, check: _Check, wanted: Json) -> Step:
    if not scene.attributes.claims_known:
        scene.metadata[JWT] = NOT_KNOWN
        if next(iter(wanted), "") in _FREE:
            return Step(name, "JWT", None, Status.NOT_TOLD.reason)
        return Step(name, "JWT", Outcome.UNKNOWN, Status.NOT_TOLD.reason)
    end = check.requirement(wanted)
    good = list(check.satisfied(wanted))
    for provider in good:
        key = provider.get("payload_in_metadata")
        if key and check.claims is not None:
            scene.metadata.setdefault(JWT, {})[key] = _normalized(provider, check.claims)
    if end is Status.NOT_KNOWN:
        return Step(name, "JWT", Outcome.UNKNOWN, end.reason)
    if end is not Status.OK:
        return Step(name, "JWT", Outcome.DENIED, end.reason, status=end.code)
    return Step(name, "JWT", None, "its token is good" if good else "it needs no token")


def _speaking_against(scene: Scene, match: Json) -> Iterator[bool]:
    assert scene.request is not None
    read = decode(msgspec.json.encode(match), RouteMatch)
    for doubt in doubts(read, scene.request, Setting(scene.tls, bool(scene.attributes.peer))):
        yield doubt.chance != 1


def _preflight(scene: Scene) -> bool:
    assert scene.request is not None
    asked = (scene.request.header("origin"), scene.request.header("access-control-request-method"))
    return scene.request.method == "OPTIONS" and all(asked)


def _normalized(provider: Json, claims: Json) -> Json:
    """The claims as they are put into metadata: some texts become lists of words."""
    split = provider.get("normalize_payload_in_metadata", {}).get("space_delimited_claims", ())
    return {key: value.split() if key in split and isinstance(value, str) else value for key, value in claims.items()}


def _audience(text: Any) -> str:
    """An audience without scheme and final slash, which do not count."""
    return str(text).removeprefix("https://").removeprefix("http://").removesuffix("/")
