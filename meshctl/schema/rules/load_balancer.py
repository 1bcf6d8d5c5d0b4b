"""Load balancing (LoadBalancerSettings), by locality too."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from meshctl.messages import DOUBTFUL, Message, MessageType
from meshctl.model.resource import Field
from meshctl.schema.grammars import values
from meshctl.schema.rules.reporting import doubtful, invalid, required_duration, shown

LARGEST_TABLE = 5000011
"""A Maglev table has to be smaller."""

TOPOLOGY_LABELS = frozenset(
    {"topology.kubernetes.io/region", "topology.kubernetes.io/zone", "topology.istio.io/subzone"}
)


def load_balancer(field: Field, outlier_detection: Field, warning: MessageType = DOUBTFUL) -> Iterator[Message]:
    """Checks the settings, where there are any; failover by locality needs outlier detection (LB1-LB12)."""
    if not field.value:
        return
    if field["consistentHash"].value:
        yield from _consistent_hash(field["consistentHash"], warning)
    locality, zone = field["localityLbSetting"], field["zoneAwareLbSetting"]
    if locality.present and zone.present:
        yield invalid(zone, "and localityLbSetting exclude each other", "remove one of the two", key=True)
    yield from locality_settings(locality, detects=outlier_detection.present, warning=warning)
    yield from zone_settings(zone, detects=outlier_detection.present, warning=warning)
    warmup = field["warmup"]
    if warmup.present:
        yield from required_duration(warmup["duration"])
        minimum = values.float_of(warmup["minimumPercent"].value)
        if minimum is not None and minimum > 100:
            yield invalid(warmup["minimumPercent"], "can be at most 100")
        aggression = values.float_of(warmup["aggression"].value)
        if aggression is not None and aggression <= 0:
            yield invalid(warmup["aggression"], "has to be more than 0")


def _consistent_hash(field: Field, warning: MessageType) -> Iterator[Message]:
    cookie = field["httpCookie"]
    if cookie.present:
        if not cookie["name"]:
            yield invalid(cookie["name"], "is missing")
        seen = set()
        for attribute in cookie["attributes"]:
            name = attribute["name"].text
            if not name:
                yield invalid(attribute["name"], "is missing")
            elif name in seen:
                yield invalid(attribute["name"], f"{shown(name)} stands there twice")
            seen.add(name)
    if field["minimumRingSize"].number:
        ring = field["minimumRingSize"]
        yield doubtful(ring, "is deprecated", "use ringHash.minimumRingSize", key=True, as_type=warning)
        if field["ringHash"].present or field["maglev"].present:
            yield invalid(ring, "cannot stand beside ringHash or maglev", "use ringHash.minimumRingSize", key=True)
    maglev = field["maglev"]
    if maglev.present:
        size = maglev["tableSize"]
        if not size.number:
            yield invalid(size, "is missing")
        if size.number >= LARGEST_TABLE:
            yield invalid(size, f"has to be less than {LARGEST_TABLE}")
        elif not _is_prime(size.number):
            yield invalid(size, "has to be a prime number")


def _is_prime(number: int) -> bool:
    """As Istio counts: 1 is prime."""
    if number < 4:
        return number > 0
    return number % 2 == 1 and all(number % divisor for divisor in range(3, int(number**0.5) + 1, 2))


def locality_settings(field: Field, *, detects: bool, warning: MessageType = DOUBTFUL) -> Iterator[Message]:
    """Checks `localityLbSetting` (LL1-LL10); `detects` says whether there is outlier detection beside it."""
    if not field.value:
        return
    distribute, failover, priority = field["distribute"], field["failover"], field["failoverPriority"]
    if distribute and failover:
        yield invalid(failover, "and distribute exclude each other", "remove one of the two", key=True)
        return
    if failover:
        for item in priority:
            if item.text in TOPOLOGY_LABELS:
                yield invalid(item, f"{shown(item.text)} cannot stand here beside failover")
                return
    sources = [item["from"] for item in distribute]
    index, problem = values.localities([source.text for source in sources])
    if problem:
        yield invalid(sources[index], f"{shown(sources[index].text)} {problem}")
    for item in distribute:
        wrong = yield from _shares(item["to"])
        if wrong:
            return
    yield from _failover(field, detects, warning)


def _shares(field: Field) -> Generator[Message, None, bool]:
    """Checks how traffic is shared out; gives whether the shares, not only their localities, are wrong."""
    names = list(field.mapping)
    index, problem = values.localities(names)
    if problem:
        yield invalid(field[names[index]], f"{shown(names[index])} {problem}", key=True)
    shares = list(field.values())
    for share in shares:
        if not 1 <= share.number <= 100:
            yield invalid(share, "has to be from 1 to 100")
            return True
    total = sum(share.number for share in shares)
    if total != 100:
        yield invalid(field, f"has to add up to 100, not to {total}", key=True)
    return total != 100


def zone_settings(field: Field, *, detects: bool, warning: MessageType = DOUBTFUL) -> Iterator[Message]:
    """Checks `zoneAwareLbSetting` (LL8-LL10); `detects` says whether there is outlier detection beside it."""
    if not field.value:
        return
    for item in field["failoverPriority"]:
        if item.text in TOPOLOGY_LABELS:
            yield invalid(item, f"{shown(item.text)} cannot stand here: zones are compared anyway")
    yield from _failover(field, detects, warning)


def _failover(field: Field, detects: bool, warning: MessageType) -> Iterator[Message]:
    if (field["failover"] or field["failoverPriority"]) and not detects:
        part = field["failover"] if field["failover"] else field["failoverPriority"]
        hint = "add outlierDetection to the same policy: without it no endpoint ever counts as failed"
        yield doubtful(part, "has no effect without outlierDetection", hint, key=True, as_type=warning)
    for item in field["failover"]:
        source, target = item["from"], item["to"]
        if source.text == target.text:
            yield invalid(target if target.present else item, "has to be another region than from")
        for region in (source, target):
            if "/" in region.text:
                yield invalid(region, f"{shown(region.text)} has to be a region alone, without zones")
            if "*" in region.text:
                yield invalid(region, f"{shown(region.text)} cannot have wildcards")
