"""Whether a workload is sent a request in vain: what is asked, and the answer out of the objects of a mesh."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from meshctl.diagnose.authz.patches import patch_notes
from meshctl.diagnose.authz.policy_stack import policy_stack
from meshctl.diagnose.authz.ports import Port, port_of
from meshctl.diagnose.authz.subjects import Subject
from meshctl.errors import UsageError
from meshctl.model.attached_policies import ProxyIdentity
from meshctl.model.hosts import service_fqdn
from meshctl.model.kinds.authorization_policy import AUTHORIZATION_POLICY
from meshctl.model.membership import (
    DATAPLANE_MODE,
    USE_WAYPOINT,
    USE_WAYPOINT_NAMESPACE,
    WAYPOINT_CLASS,
    in_ambient,
    in_mesh,
    is_ambient,
    namespace_labels,
    takes_part,
)
from meshctl.model.peer_modes import peer_modes
from meshctl.model.resource import Resource, Span
from meshctl.model.snapshot import Snapshot
from meshctl.proxyconfig.dump import ConfigDump
from meshctl.proxyconfig.rbac.attributes import Attributes
from meshctl.proxyconfig.rbac.deciding import decide
from meshctl.proxyconfig.rbac.policy_keys import BAD_CUSTOM_SUFFIX, CUSTOM_PREFIX
from meshctl.proxyconfig.rbac.stack import FilterStack
from meshctl.proxyconfig.rbac.stacks import decide_there, reached
from meshctl.proxyconfig.rbac.verdict import Outcome, PolicyRule, Verdict


@dataclass(frozen=True, slots=True)
class Question:
    """A request. `attributes` lack the port; their `http` is None when nothing was said that only HTTP has."""

    attributes: Attributes
    port: int = 0
    of_url: bool = False
    """Whether the port is that of a URL, which is one of the service if the URL names it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What becomes of a request to a workload."""

    subject: str
    verdict: Verdict
    port: Port | None = None
    http: bool = False
    """Whether the proxy reads requests on the port."""
    notes: tuple[str, ...] = ()
    places: dict[PolicyRule, Span] = field(default_factory=dict)
    """Where the rules are written, as far as they are in files."""


def answer(mesh: Snapshot, subject: Subject, question: Question) -> Answer:
    """What the policies of a mesh make of a request to a workload. Raises a `MeshctlError`."""
    if subject.pod is not None and not subject.is_gateway and not takes_part(mesh, subject.pod):
        reason = "the workload is not in the mesh: nothing checks its requests"
        return Answer(subject.title, Verdict(Outcome.ALLOWED, reason, None, ()))
    given = question.attributes
    of_service = subject.service is not None or (question.of_url and _names_service(mesh, subject, given))
    port = port_of(mesh, subject, question.port, of_service=of_service)
    http = given.http is not None if port.http is None else port.http
    notes = _port_notes(question, port, http=http)
    attributes = replace(given, destination_port=port.number, http=given.http if http else None)
    if port.service is not None and attributes.peer and not attributes.server_name:
        host = service_fqdn(port.service.name, port.service.namespace)
        attributes = replace(attributes, server_name=f"outbound_.{port.service_port}_._.{host}")
    if subject.is_gateway:
        verdict = decide(_stack(mesh, subject, http=http), attributes)
    elif _is_ambient(mesh, subject):
        verdict, more = _ambient(mesh, subject, port, attributes, http=http)
        notes += more
    else:
        verdict, more = _sidecar(mesh, subject, attributes, http=http)
        notes += more
    if verdict.decided_by is not None and verdict.decided_by.key.endswith(BAD_CUSTOM_SUFFIX):
        notes.append("CUSTOM rules deny where their provider is not in the mesh config, or where policies name several")
    notes += patch_notes(mesh, _identity(subject))
    return Answer(subject.title, verdict, port, http, tuple(notes), places(mesh, verdict))


def by_dump(dump: ConfigDump, title: str, question: Question) -> Answer:
    """What the filters that a proxy has make of a request to it. Raises a `MeshctlError`."""
    if not question.port:
        raise UsageError("--port is missing: to which port of the pod is it sent?")
    attributes = replace(question.attributes, destination_port=question.port)
    found = reached(dump, question.port, attributes, of_url=question.of_url)
    notes: tuple[str, ...] = ()
    if found.connection.port != question.port:
        notes = (f"port {question.port} of the service is taken for port {found.connection.port} of the gateway",)
    return Answer(title, decide_there(dump, found, attributes), http=attributes.http is not None, notes=notes)


def _names_service(mesh: Snapshot, subject: Subject, attributes: Attributes) -> bool:
    host = attributes.http.host.partition(":")[0] if attributes.http is not None else ""
    return any(
        host == one.name or host in (f"{one.name}.{one.namespace}", service_fqdn(one.name, one.namespace))
        for one in subject.services(mesh)
    )


def places(mesh: Snapshot, verdict: Verdict) -> dict[PolicyRule, Span]:
    """Where the rules of a verdict are written in the files of a mesh."""
    found: dict[PolicyRule, Span] = {}
    rules = [verdict.decided_by] if verdict.decided_by is not None else []
    for step in verdict.steps:
        rules += [*step.matched, *step.shadow, *(rule for rule, _ in (*step.unmatched, *step.doubtful))]
    for rule in rules:
        policy = mesh.find(AUTHORIZATION_POLICY, rule.namespace, rule.policy)
        span = policy.spec["rules"][rule.rule].span if policy is not None else None
        if span is not None:
            found[rule] = span
    return found


def _port_notes(question: Question, port: Port, *, http: bool) -> list[str]:
    notes = []
    if question.port and question.port != port.number and port.service is not None:
        notes.append(f"port {question.port} of service {port.service.name} is port {port.number} of the workload")
    if port.http is None and not port.protocol:
        spoken = "HTTP" if http else "TCP"
        notes.append(f"no service tells what port {port.number} speaks: it is taken for {spoken}, as the request is")
    if not http and question.attributes.http is not None:
        notes.append(
            f"port {port.number} is {port.protocol or 'tcp'}: the proxy sees no methods, paths, hosts or headers"
        )
    return notes


def _stack(mesh: Snapshot, subject: Subject, *, http: bool) -> FilterStack:
    edge = subject.is_gateway and not subject.waypoint
    return policy_stack(mesh, _identity(subject), http=http, edge=edge)


def _identity(subject: Subject) -> ProxyIdentity:
    return ProxyIdentity(
        subject.namespace, subject.labels, subject.gateway, subject.gateway_class, waypoint=subject.waypoint
    )


def _sidecar(mesh: Snapshot, subject: Subject, attributes: Attributes, *, http: bool) -> tuple[Verdict, list[str]]:
    mode = peer_modes(mesh).of_pod(subject.namespace, subject.labels, attributes.destination_port)
    notes = []
    if mode.mode == "STRICT" and not attributes.peer:
        policy: Resource | None = mode.field.resource if mode.field is not None else None
        by = f" by PeerAuthentication {policy.name}.{policy.namespace}" if policy is not None else ""
        reason = f"it comes without mutual TLS, which port {attributes.destination_port} asks for{by}"
        return Verdict(Outcome.DENIED, reason, None, ()), ["--from says who sends it by mutual TLS"]
    if mode.mode == "DISABLE" and attributes.peer:
        attributes = replace(attributes, peer="", server_name="")
        notes.append(f"mutual TLS is off for port {attributes.destination_port}: the sender's identity is not seen")
    return decide(_stack(mesh, subject, http=http), attributes), notes


def _is_ambient(mesh: Snapshot, subject: Subject) -> bool:
    if subject.pod is None or in_mesh(mesh, subject.pod):
        return False
    mode = subject.labels.get(DATAPLANE_MODE)
    return in_ambient(subject.pod) or mode == "ambient" or is_ambient(namespace_labels(mesh, subject.namespace))


def _ambient(
    mesh: Snapshot, subject: Subject, port: Port, attributes: Attributes, *, http: bool
) -> tuple[Verdict, list[str]]:
    """Without a sidecar: a waypoint in front of the service, if there is one, and ztunnel, which sees no HTTP."""
    waypoint, namespace = _waypoint(mesh, subject, port)
    notes = []
    first: Verdict | None = None
    if waypoint and port.service is not None:
        targets = frozenset({(port.service.kind.name, port.service.name)})
        proxy = ProxyIdentity(namespace, {}, waypoint, WAYPOINT_CLASS, True, targets, port.service.namespace)
        first = decide(policy_stack(mesh, proxy, http=http), attributes)
        trust_domain = attributes.peer.partition("/ns/")[0] or "spiffe://cluster.local"
        peer = f"{trust_domain}/ns/{namespace}/sa/{waypoint}"
        attributes = replace(attributes, peer=peer)
        shown = waypoint if namespace == subject.namespace else f"{waypoint}.{namespace}"
        notes.append(f"the waypoint {shown} is asked first; ztunnel sees its identity, {peer}")
        if first.outcome is not Outcome.ALLOWED:
            return first, notes
    else:
        notes.append("ztunnel, which sees no HTTP, is all that checks it")
    stack = _stack(mesh, subject, http=False)
    kept = tuple(one for one in stack.filters if _of_ztunnel(one.config))
    second = decide(replace(stack, filters=kept), replace(attributes, http=None))
    if first is None or second.outcome is not Outcome.ALLOWED:
        return replace(second, steps=(*(first.steps if first else ()), *second.steps)), notes
    return replace(first, steps=(*first.steps, *second.steps)), notes


def _of_ztunnel(config: Mapping[str, Any]) -> bool:
    """Whether a filter is one of ALLOW or DENY: ztunnel writes no audit, and asks nobody."""
    rules = config.get("rules")
    if rules is None or rules.get("action") == "LOG":
        return False
    return not any(key.startswith(CUSTOM_PREFIX) for key in rules.get("policies", {}))


def _waypoint(mesh: Snapshot, subject: Subject, port: Port) -> tuple[str, str]:
    """Name and namespace of the waypoint that the service asks for, or else its namespace; empty for none."""
    of_service = port.service.labels if port.service is not None else {}
    for labels in (of_service, namespace_labels(mesh, subject.namespace)):
        name = str(labels.get(USE_WAYPOINT) or "")
        if name:
            namespace = str(labels.get(USE_WAYPOINT_NAMESPACE) or subject.namespace)
            return ("", "") if name == "none" else (name, namespace)
    return "", ""
