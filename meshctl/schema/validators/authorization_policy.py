"""AuthorizationPolicy: what its schema cannot say (AP1-AP24)."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.messages import Message
from meshctl.model.kinds.authorization_policy import AUTHORIZATION_POLICY
from meshctl.model.resource import Field, Resource
from meshctl.schema.grammars import authorization, hosts
from meshctl.schema.rules.labels import label_selector
from meshctl.schema.rules.metadata import annotation_rules
from meshctl.schema.rules.reporting import Grammar, doubtful, invalid, shown, texts
from meshctl.schema.rules.target_refs import target_refs
from meshctl.schema.validators import validator

MOST_ACCOUNTS = 16
"""Service accounts in one list."""


def _with_opposites(*names: str) -> tuple[str, ...]:
    """Each name, and the one that says the opposite: `paths`, `notPaths`."""
    return tuple(found for name in names for found in (name, f"not{name[0].upper()}{name[1:]}"))


_ACCOUNTS = _with_opposites("serviceAccounts")
_IDENTITY = _with_opposites("principals", "namespaces")
_SOURCE: dict[str, Grammar] = {
    **dict.fromkeys(_with_opposites("principals", "requestPrincipals", "namespaces"), authorization.filled),
    **dict.fromkeys(_with_opposites("ipBlocks", "remoteIpBlocks"), hosts.network),
    **dict.fromkeys(_ACCOUNTS, authorization.service_account),
    **dict.fromkeys(_with_opposites("trustDomains"), authorization.trust_domain),
}
_OPERATION: dict[str, Grammar] = {
    **dict.fromkeys(_with_opposites("methods", "hosts"), authorization.filled),
    **dict.fromkeys(_with_opposites("ports"), authorization.port),
    **dict.fromkeys(_with_opposites("paths"), authorization.path),
}
_NOT_CUSTOM = _with_opposites("namespaces", "serviceAccounts", "trustDomains", "principals", "requestPrincipals")
_NOT_CUSTOM_KEYS = frozenset({"source.namespace", "source.serviceAccount", "source.trustDomain", "source.principal"})
_TCP_SOURCE = _with_opposites("principals", "namespaces", "ipBlocks", "remoteIpBlocks", "serviceAccounts")
_TCP_OPERATION = _with_opposites("ports")
"""Conditions that mean something for TCP as well."""


@validator(AUTHORIZATION_POLICY)
def authorization_policy(resource: Resource) -> Iterator[Message]:
    """Checks an authorization policy."""
    spec = resource.spec
    yield from annotation_rules(resource)
    yield from target_refs(resource)
    yield from label_selector(spec["selector"])
    action = spec["action"].text
    yield from _action(spec, action)
    for rule in spec["rules"]:
        for item in rule["from"]:
            yield from _conditions(item["source"], _SOURCE)
            yield from _accounts(item["source"])
        for item in rule["to"]:
            yield from _conditions(item["operation"], _OPERATION)
        for condition in rule["when"]:
            yield from _condition(condition)
        if action == "CUSTOM":
            yield from _decided_outside(rule)
        if action == "DENY":
            yield from _denies_tcp(rule)


def _action(spec: Field, action: str) -> Iterator[Message]:
    if action in ("CUSTOM", "DENY") and not spec["rules"]:
        hint = "write an empty rule, - {}, to match every request"
        yield invalid(spec["rules"], f"is missing: without a rule, {action} never takes effect", hint)
    provider = spec["provider"]
    if action != "CUSTOM":
        if provider.present:
            yield invalid(provider, "has a meaning with action: CUSTOM only", key=True)
    elif spec["rules"] and not provider["name"]:
        yield invalid(provider["name"], "is missing: name the authorizer to ask")


def _conditions(field: Field, grammars: dict[str, Grammar]) -> Iterator[Message]:
    """Checks the lists of a source or an operation."""
    if not field.present:
        yield invalid(field, "is missing")
        return
    written = field.mapping
    if not any(written.get(name) for name in grammars):
        yield invalid(field, "is empty: write a condition, or leave it out", key=True)
    for name in written:
        if name in grammars:
            yield from texts(field[name], grammars[name])


def _accounts(source: Field) -> Iterator[Message]:
    if source.mapping.keys().isdisjoint(_ACCOUNTS):
        return
    for name in _ACCOUNTS:
        if len(source[name]) > MOST_ACCOUNTS:
            yield invalid(source[name], f"has more than {MOST_ACCOUNTS} entries", key=True)
    written = [name for name, field in source.items() if field and name in _ACCOUNTS + _IDENTITY]
    if set(written) & set(_ACCOUNTS) and set(written) & set(_IDENTITY):
        why = "cannot stand beside the others: service accounts name the workload completely"
        yield invalid(source[written[-1]], why, key=True)


def _condition(condition: Field) -> Iterator[Message]:
    key = condition["key"]
    problem = authorization.condition_key(key.text)
    if problem:
        yield invalid(key, f"{shown(key.text)} {problem}" if key.text else problem)
    lists = (condition["values"], condition["notValues"])
    if not any(lists):
        yield invalid(condition, "needs values or notValues", key=True)
    for field in lists:
        if key.text == "source.serviceAccount" and len(field) > MOST_ACCOUNTS:
            yield invalid(field, f"has more than {MOST_ACCOUNTS} entries", key=True)
        yield from texts(field, lambda value: authorization.condition_value(key.text, value))


def _decided_outside(rule: Field) -> Iterator[Message]:
    """What action CUSTOM cannot look at (16.1)."""
    why = "cannot be used with action: CUSTOM"
    for item in rule["from"]:
        for name in _NOT_CUSTOM:
            if item["source"][name]:
                yield invalid(item["source"][name], why, key=True)
    for condition in rule["when"]:
        key = condition["key"]
        if key.text in _NOT_CUSTOM_KEYS or key.text.startswith("request.auth."):
            yield invalid(key, f"{shown(key.text)} {why}")


def _denies_tcp(rule: Field) -> Iterator[Message]:
    """A condition that only HTTP has is left out for TCP, so a rule with nothing else denies all of it (16.5)."""
    tcp_from = any(item["source"][name] for item in rule["from"] for name in _TCP_SOURCE)
    tcp_to = any(item["operation"][name] for item in rule["to"] for name in _TCP_OPERATION)
    if (rule["to"] and not tcp_to) or (rule["from"] and not rule["to"] and not tcp_from):
        hint = "add ports to the operation to leave other TCP traffic alone"
        yield doubtful(
            rule, "has conditions for HTTP only, so it denies all TCP traffic of the workloads", hint, key=True
        )
