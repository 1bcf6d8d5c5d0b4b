"""Proxies and the state of their configuration: tables, the data of istioctl, and what deserves a remark."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from meshctl.diagnose.proxy_status import UNNAMED, Connection, IstiodStatus, MeshStatus
from meshctl.gotemplate.functions.sprig.dates import duration_text
from meshctl.model.sync_status import ALWAYS_SHOWN, ProxyStatus, SyncState, TypeStatus, in_order, short_name
from meshctl.proxyconfig.view import Table

FORMATS = ("table", "wide", "json", "yaml")

_GAP = 5
_NAMED = 5
"""How many proxies a remark names; `--stale` lists all."""

_IGNORED = "IGNORED"
_CLIENT_CONFIG = "type.googleapis.com/envoy.service.status.v3.ClientConfig"
_SYNCZ = "istio.io/debug/syncz"


def table(status: MeshStatus) -> Table:
    """The table of istioctl: which types each proxy has subscribed to."""
    found = status.connections()
    rows: list[tuple[str, ...]] = [
        (one.proxy.name, one.proxy.cluster, one.istiod.name, one.proxy.version, _subscribed(one.proxy)) for one in found
    ]
    return Table(("NAME", "CLUSTER", "ISTIOD", "VERSION", "SUBSCRIBED TYPES"), rows, _GAP, _alarming(found))


def table_of_types(status: MeshStatus, now: datetime) -> Table:
    """A column for each type, with the state of it and the time since it was last sent."""
    found = status.connections()
    types = sorted({*ALWAYS_SHOWN, *_seen(found)})
    rows = [
        (
            one.proxy.name,
            one.proxy.cluster,
            *(_cell(one.proxy.types.get(url), now) for url in types),
            one.istiod.name,
            one.proxy.version,
        )
        for one in found
    ]
    columns = ("NAME", "CLUSTER", *map(short_name, types), "ISTIOD", "VERSION")
    return Table(columns, rows, _GAP, _alarming(found))


def wide_table(status: MeshStatus, now: datetime) -> Table:
    """Everything about each proxy, also how its version fits that of its istiod."""
    found = status.connections()
    types = in_order(_seen(found))
    rows = [
        (
            one.proxy.name,
            one.proxy.cluster,
            one.proxy.type,
            *(_cell(one.proxy.types.get(url), now) for url in types),
            one.istiod.name,
            one.istiod.page.version or "-",
            one.proxy.version or "-",
            _skew(one),
        )
        for one in found
    ]
    columns = ("NAME", "CLUSTER", "TYPE", *map(short_name, types), "ISTIOD", "ISTIOD VERSION", "VERSION", "SKEW")
    return Table(columns, rows, _GAP, _alarming(found))


def document(status: MeshStatus) -> Any:
    """The data of istioctl: an answer, or a list of answers where there are several istiods."""
    found = [_answer(istiod) for istiod in status.istiods]
    return found[0] if len(found) == 1 else found


def remarks(status: MeshStatus, now: datetime) -> Iterator[str]:
    """What is wrong, in lines: who is not in sync and why, versions that do not fit, pods without a connection."""
    found = status.connections()
    for silent in status.silent:
        yield f"{silent.name} is left out: {silent.error.message}"
    refused = [one for one in found if _types_in(one, SyncState.ERROR)]
    for one in refused[:_NAMED]:
        for url in _types_in(one, SyncState.ERROR):
            yield f"{one.proxy.name} refused its {short_name(url)}: {' '.join(one.proxy.types[url].error.split())}"
    if len(refused) > _NAMED:
        yield f"{len(refused) - _NAMED} more proxies refused something: --stale lists them"
    stale = [one for one in found if _types_in(one, SyncState.STALE)]
    if stale:
        yield f"{_count(stale, found, 'has', 'have')} not acknowledged what was sent: " + _named(
            f"{one.proxy.name} ({', '.join(_waiting(one, url, now) for url in _types_in(one, SyncState.STALE))})"
            for one in stale
        )
    skewed = [one for one in found if one.is_skewed]
    if skewed:
        yield f"{_count(skewed, found, 'does', 'do')} not fit the version of the control plane: " + _named(
            f"{one.proxy.name} ({one.proxy.version} with {one.istiod.page.version}, {_skew(one)})" for one in skewed
        )
    if status.unconnected:
        many = len(status.unconnected) > 1
        yield (
            f"{len(status.unconnected)} pod{'s' * many} with a proxy {'are' if many else 'is'} connected to no istiod: "
            + (_named(status.unconnected))
        )


def is_troubled(status: MeshStatus) -> bool:
    """Whether anything is wrong with a proxy."""
    return bool(status.unconnected) or any(not one.proxy.is_synced or one.is_skewed for one in status.connections())


def _subscribed(proxy: ProxyStatus) -> str:
    names = ",".join(map(short_name, in_order(proxy.types)))
    return f"{len(proxy.types)} ({names})" if names else "0"


def _seen(found: Iterable[Connection]) -> set[str]:
    return {url for one in found for url in one.proxy.types}


def _alarming(found: Sequence[Connection]) -> frozenset[int]:
    return frozenset(index for index, one in enumerate(found) if not one.proxy.is_synced or one.is_skewed)


def _types_in(one: Connection, state: SyncState) -> list[str]:
    types = one.proxy.types
    return in_order(url for url in types if types[url].state is state)


def _cell(status: TypeStatus | None, now: datetime) -> str:
    if status is None:
        return _IGNORED
    age = "" if status.state is SyncState.NOT_SENT else _age(status, now)
    return f"{status.state} ({age})" if age else str(status.state)


def _age(status: TypeStatus, now: datetime) -> str:
    """The time since a type was last sent, as `3m5s`; empty when it is not told."""
    try:
        sent = datetime.fromisoformat(status.sent_at)
    except ValueError:
        return ""
    elapsed = now - (sent if sent.tzinfo else sent.replace(tzinfo=UTC))
    return duration_text(max(0, round(elapsed.total_seconds())) * 10**9)


def _waiting(one: Connection, url: str, now: datetime) -> str:
    age = _age(one.proxy.types[url], now)
    return f"{short_name(url)} for {age}" if age else short_name(url)


def _skew(one: Connection) -> str:
    behind = one.minors_behind
    if not behind:
        return "-"
    return f"{abs(behind)} minor{'s' * (abs(behind) > 1)} {'behind' if behind > 0 else 'ahead'}"


def _count(some: Sequence[Connection], found: Sequence[Connection], one: str, many: str) -> str:
    return f"{len(some)} of {len(found)} proxies {one if len(some) == 1 else many}"


def _named(texts: Iterable[str]) -> str:
    names = list(texts)
    return ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")


def _answer(istiod: IstiodStatus) -> dict[str, Any]:
    page = istiod.page
    found: dict[str, Any] = {"versionInfo": page.version_info} if page.version_info else {}
    found |= {"resources": [_client_config(proxy) for proxy in sorted(istiod.proxies, key=lambda one: one.name)]}
    found["typeUrl"] = _SYNCZ
    if page.istiod != UNNAMED:
        identity = page.identity or {"Component": "istiod", "ID": page.istiod}
        found["controlPlane"] = {"identifier": json.dumps(identity, separators=(",", ":"))}
    return found


def _client_config(proxy: ProxyStatus) -> dict[str, Any]:
    metadata = {"CLUSTER_ID": proxy.cluster, "NAMESPACE": proxy.namespace, "ISTIO_VERSION": proxy.version}
    return {
        "@type": _CLIENT_CONFIG,
        "node": {"id": proxy.name, "metadata": metadata},
        "genericXdsConfigs": [_type_config(url, proxy.types[url]) for url in in_order(proxy.types)],
    }


def _type_config(url: str, status: TypeStatus) -> dict[str, Any]:
    found: dict[str, Any] = {"typeUrl": url, "configStatus": status.state.name}
    if status.sent_at:
        found["lastUpdated"] = status.sent_at
    if status.error:
        found["errorState"] = {"details": status.error} | (
            {"lastUpdateAttempt": status.sent_at} if status.sent_at else {}
        )
    return found
