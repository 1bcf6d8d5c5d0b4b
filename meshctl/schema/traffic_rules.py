"""Rules of traffic settings that several kinds share: connection pools, outlier detection, localities, client TLS."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from meshctl.durations import nanoseconds
from meshctl.messages import DOUBTFUL, INVALID, Message
from meshctl.model.resource import Field, format_path
from meshctl.schema.name_grammars import MILLISECOND, duration_problem

TOPOLOGY_LABELS = ("topology.kubernetes.io/region", "topology.kubernetes.io/zone", "topology.istio.io/subzone")


def wrong(field: Field, problem: str, hint: str = "") -> Message:
    """A message that a field breaks a rule; the text begins with the path."""
    return INVALID.at(field, problem=f"{format_path(field.path)} {problem}", hint=hint)


def doubtful(field: Field, problem: str, hint: str = "") -> Message:
    """A message that a field is hardly what was meant."""
    return DOUBTFUL.at(field, problem=f"{format_path(field.path)} {problem}", hint=hint)


def has_value(field: Field, name: str, number: int) -> bool:
    """Whether an enum field has a value, given by its name or, as Protocol Buffers may, by its number."""
    return field.text == name or (type(field.value) is int and field.value == number)


def number_of(field: Field) -> float | None:
    """A number, in quotes too; None where there is none."""
    value = field.value
    if type(value) in (int, float):
        return float(value)
    try:
        return float(value) if type(value) is str else None
    except ValueError:
        return None


def negative(field: Field) -> Iterator[Message]:
    """A message when a number is below zero."""
    number = number_of(field)
    if number is not None and number < 0:
        yield wrong(field, f"must not be negative, but is {field.value}")


def duration(field: Field, **limits: int) -> Iterator[Message]:
    """A message when a duration breaks its limits (see `duration_problem`)."""
    problem = duration_problem(field.text, **limits)
    if problem:
        yield wrong(field, problem)


def connection_pool(pool: Field, *, keepalive: bool = True) -> Iterator[Message]:
    """Rules of `ConnectionPoolSettings`; mesh settings leave HTTP/2 keepalive unchecked."""
    if not pool.present:
        return
    http, tcp = pool["http"], pool["tcp"]
    if not http.present and not tcp.present:
        yield wrong(pool, "needs http or tcp")
        return
    for name in ("http1MaxPendingRequests", "http2MaxRequests", "maxRequestsPerConnection", "maxRetries",
                 "maxConcurrentStreams"):  # fmt: skip
        yield from negative(http[name])
    yield from duration(http["idleTimeout"])
    if http["useClientProtocol"].value is True and has_value(http["h2UpgradePolicy"], "UPGRADE", 2):
        yield wrong(
            http["useClientProtocol"],
            "cannot be true while h2UpgradePolicy is UPGRADE",
            "choose one of the two",
        )
    if keepalive and http["http2KeepAlive"].present:
        for name in ("interval", "timeout"):
            found = http["http2KeepAlive"][name]
            if found.present:
                yield from duration(found)
            else:
                yield wrong(found, "is missing")
    yield from negative(tcp["maxConnections"])
    yield from duration(tcp["connectTimeout"])
    yield from duration(tcp["maxConnectionDuration"])
    idle = tcp["idleTimeout"]
    if abs(nanoseconds(idle.text) or 0) >= MILLISECOND:  # less switches the timeout off
        yield from duration(idle)
    for name in ("time", "interval"):
        yield from duration(tcp["tcpKeepalive"][name])


def outlier_detection(outlier: Field, *, deprecations: bool = True) -> Iterator[Message]:
    """Rules of `OutlierDetection`."""
    for name in ("baseEjectionTime", "interval"):
        yield from duration(outlier[name])
    old = outlier["consecutiveErrors"]
    if deprecations and old.number:
        yield doubtful(old, "is deprecated", "write consecutive5xxErrors or consecutiveGatewayErrors")
    local = outlier["consecutiveLocalOriginFailures"]
    if local.number > 0 and outlier["splitExternalLocalOriginErrors"].value is not True:
        yield wrong(local, "counts only with splitExternalLocalOriginErrors: true")
    for name in ("maxEjectionPercent", "minHealthPercent"):
        found = outlier[name]
        number = number_of(found)
        if number is not None and not 0 <= number <= 100:
            yield wrong(found, f"is a percentage from 0 to 100, not {found.value}")


def locality_balancing(setting: Field) -> Iterator[Message]:
    """Rules of `LocalityLoadBalancerSetting` that hold wherever it stands."""
    distribute, failover = setting["distribute"], setting["failover"]
    if distribute and failover:
        yield wrong(failover, "cannot stand beside distribute", "choose one of the two")
        return
    if failover:
        for label in setting["failoverPriority"]:
            if label.text.partition("=")[0] in TOPOLOGY_LABELS:
                yield wrong(label, "cannot be a topology label while failover is set")
                return
    yield from _localities([item["from"] for item in distribute])
    for item in distribute:
        shares = item["to"]
        yield from _localities([share for _, share in shares.items()], keys=True)
        bad = [share for _, share in shares.items() if not 1 <= share.number <= 100]
        if bad:
            yield wrong(bad[0], f"is a percentage from 1 to 100, not {bad[0].value}")
            return
        total = sum(share.number for _, share in shares.items())
        if total != 100:
            yield wrong(shares, f"adds up to {total} percent instead of 100")
            return
    yield from _failovers(failover)


def zone_balancing(setting: Field) -> Iterator[Message]:
    """Rules of zone aware routing that hold wherever it stands."""
    for label in setting["failoverPriority"]:
        if label.text.partition("=")[0] in TOPOLOGY_LABELS:
            yield wrong(label, "cannot be a topology label: zone aware routing looks at these by itself")
    yield from _failovers(setting["failover"])


def _failovers(failover: Field) -> Iterator[Message]:
    for item in failover:
        one, other = item["from"], item["to"]
        if one.text == other.text:
            yield wrong(item, "leads from a region to itself")
        for region in (one, other):
            if "/" in region.text:
                yield wrong(region, f"names a region alone, without a zone, not {region.text!r}")
            if "*" in region.text:
                yield wrong(region, "cannot be a wildcard")


def _localities(fields: Iterable[Field], *, keys: bool = False) -> Iterator[Message]:
    """Rules of a list of localities: well formed, and none within or equal to an earlier one; one message at most."""
    seen: set[str] = set()
    parents: set[str] = set()
    for field in fields:
        text = str(field.key) if keys else field.text
        parts = text.split("/", 2)
        problem = ""
        if not all(parts):
            problem = f"is region/zone/subzone without empty parts, not {text!r}"
        elif "*" in text.removesuffix("*") or text.endswith("**"):
            problem = f"takes a star at its end only, not {text!r}"
        else:
            # `a` and `a/*` both stand for all of region a, and `*` for everything.
            ways = {"*", *("/".join(parts[:end]) for end in range(1, len(parts) + 1))}
            ways |= {f"{way}/*" for way in ways if way != "*"}
            if seen & ways or text in parents:
                problem = f"repeats an earlier locality or lies within one ({text})"
            seen.add(text)
            whole = text.removesuffix("/*").split("/", 2)
            parents |= {"/".join(whole[:end]) for end in range(1, len(whole))}
        if problem:
            yield INVALID.at(field, key=keys, problem=f"{format_path(field.path)} {problem}")
            return


def client_tls(tls: Field, namespace: str) -> Iterator[Message]:
    """Rules of `ClientTLSSettings`; `namespace` is the object's, and empty in mesh settings."""
    mode = tls["mode"]
    simple, mutual = has_value(mode, "SIMPLE", 1), has_value(mode, "MUTUAL", 2)
    credential = tls["credentialName"]
    if credential.text.startswith("configmap://"):
        home, slash, name = credential.text.removeprefix("configmap://").partition("/")
        if not (slash and home and name):
            yield wrong(credential, "must be configmap://namespace/name")
        elif home != namespace:
            yield wrong(credential, f"cannot name a ConfigMap of another namespace ({home})")
    if tls["insecureSkipVerify"].value is True and (simple or mutual):
        names = ["caCertificates", "subjectAltNames", *(["credentialName"] if simple else [])]
        for name in names:
            if tls[name]:
                yield wrong(tls[name], "has no use while insecureSkipVerify is true")
    if credential and (simple or mutual):
        for name in ("clientCertificate", "privateKey", "caCertificates", "caCrl"):
            if tls[name]:
                yield wrong(tls[name], "cannot stand beside credentialName", "keys come from the one or the other")
                return
    elif mutual:
        for name in ("clientCertificate", "privateKey"):
            if not tls[name]:
                yield wrong(tls[name], "is missing, as mode is MUTUAL")
