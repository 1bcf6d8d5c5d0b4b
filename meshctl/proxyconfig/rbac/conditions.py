"""Every kind of permission and principal that a policy can be made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from meshctl.proxyconfig.judgement import Judgement, every, opposite, some, unknown
from meshctl.proxyconfig.rbac import addresses, metadata, texts
from meshctl.proxyconfig.rbac.scene import Scene

Condition: TypeAlias = Callable[[Scene, Any], Judgement]


def permission(scene: Scene, message: Any) -> Judgement:
    """Whether what is asked for fits a permission."""
    return _judged(scene, message, _PERMISSIONS, "permission")


def principal(scene: Scene, message: Any) -> Judgement:
    """Whether who asks fits a principal."""
    return _judged(scene, message, _PRINCIPALS, "principal")


def policy(scene: Scene, message: Any) -> Judgement:
    """Whether a policy fits: one of its permissions, one of its principals, and its condition if it has one."""
    parts = [
        some(permission(scene, one) for one in message.get("permissions", ())),
        some(principal(scene, one) for one in message.get("principals", ())),
    ]
    if message.get("condition") or message.get("checked_condition"):
        parts.append(unknown("the policy has a condition in CEL, which is not followed here"))
    return every(parts)


def _judged(scene: Scene, message: Any, kinds: Mapping[str, Condition], what: str) -> Judgement:
    kind = next(iter(message), "")
    judge = kinds.get(kind)
    if judge is None:
        return unknown(f"the {what} {kind} is not known" if kind else f"an empty {what}")
    return judge(scene, message[kind])


def _any(scene: Scene, value: Any) -> Judgement:
    return Judgement(True, "")


def _extension(scene: Scene, value: Any) -> Judgement:
    return unknown(f"the extension {value.get('name', '')} is not known")


_COMMON: Mapping[str, Condition] = {
    "any": _any,
    "header": texts.header,
    "url_path": texts.url_path,
    "metadata": metadata.metadata,
    "sourced_metadata": metadata.sourced_metadata,
}

_PERMISSIONS: Mapping[str, Condition] = {
    **_COMMON,
    "and_rules": lambda scene, value: every(permission(scene, one) for one in value.get("rules", ())),
    "or_rules": lambda scene, value: some(permission(scene, one) for one in value.get("rules", ())),
    "not_rule": lambda scene, value: opposite(permission(scene, value)),
    "destination_ip": addresses.destination_ip,
    "destination_port": addresses.destination_port,
    "destination_port_range": addresses.destination_port_range,
    "requested_server_name": texts.requested_server_name,
    "uri_template": texts.uri_template,
    "matcher": _extension,
}

_PRINCIPALS: Mapping[str, Condition] = {
    **_COMMON,
    "and_ids": lambda scene, value: every(principal(scene, one) for one in value.get("ids", ())),
    "or_ids": lambda scene, value: some(principal(scene, one) for one in value.get("ids", ())),
    "not_id": lambda scene, value: opposite(principal(scene, value)),
    "authenticated": texts.authenticated,
    "source_ip": addresses.source_ip,
    "direct_remote_ip": addresses.direct_remote_ip,
    "remote_ip": addresses.remote_ip,
    "filter_state": texts.filter_state,
    "custom": texts.custom_principal,
}
