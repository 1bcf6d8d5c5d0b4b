"""Descriptions of pods and services as text, in the form of istioctl, and as data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from meshctl.diagnose.describe.describing import PodDescription, ServiceDescription
from meshctl.diagnose.describe.destination_rules import DestinationRule
from meshctl.diagnose.describe.ingress import Exposure
from meshctl.diagnose.describe.mutual_tls import MutualTls
from meshctl.diagnose.describe.pod import Pod, Remark, Weight
from meshctl.diagnose.describe.services import Port, Service
from meshctl.diagnose.describe.virtual_services import Route, VirtualService

_LINE = "-" * 20
_BEFORE = {Weight.WARNING: "WARNING: ", Weight.SUGGESTION: "Suggestion: ", Weight.NOTE: ""}
_UNDERSCORE = re.compile(r"_([a-z])")


def pod_lines(found: PodDescription, namespace: str, *, ignore_unmeshed: bool = False) -> Iterator[str]:
    """A pod as text; objects outside of `namespace`, where the command works, are written with theirs."""
    writer = _Writer(namespace)
    yield from writer.pod(found.pod, ignore_unmeshed=ignore_unmeshed)
    if found.services == () and not ignore_unmeshed:
        yield "WARNING: no Service selects this pod, so no client finds it by a name"
    yield _LINE
    services = found.services or ()
    yield from _between(writer.service(service) for service in services)
    if found.services is None:
        yield "Service: unknown"
    if found.pod.sidecar or found.pod.ambient:
        yield from [_LINE] if services or found.services is None else []
        yield from _mutual_tls(found.mutual_tls)
    yield from writer.gateways(found.gateways)


def service_lines(found: ServiceDescription, namespace: str) -> Iterator[str]:
    """A service as text."""
    writer = _Writer(namespace)
    yield from map(_remark, found.remarks)
    if not found.pods:
        yield f'Service "{writer.name(found.name, found.namespace)}" has no pods.'
    elif found.service is None:
        yield (
            f'Service "{writer.name(found.name, found.namespace)}" has {found.pods} pod(s), none of them in the mesh: '
            "label the namespace istio-injection=enabled, or add sidecars with meshctl kube-inject"
        )
    else:
        yield from writer.service(found.service)
        yield from writer.gateways(found.gateways)


def as_data(found: PodDescription | ServiceDescription) -> dict[str, Any]:
    """A description as data, with keys in camelCase."""
    data: dict[str, Any] = _camel(asdict(found))
    return data


def _camel(value: Any) -> Any:
    if isinstance(value, dict):
        return {_UNDERSCORE.sub(lambda found: found[1].upper(), key) if isinstance(key, str) else str(key): _camel(item)
                for key, item in value.items()}  # fmt: skip
    return [_camel(item) for item in value] if isinstance(value, list | tuple) else value


def _remark(remark: Remark) -> str:
    return _BEFORE[remark.weight] + remark.text


def _between(blocks: Iterable[Iterable[str]]) -> Iterator[str]:
    for number, block in enumerate(blocks):
        if number:
            yield _LINE
        yield from block


def _indented(lines: Iterable[str], spaces: int) -> Iterator[str]:
    return (" " * spaces + line for line in lines)


class _Writer:
    """Writes names in relation to the namespace that the command works in."""

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace

    def name(self, name: str, namespace: str) -> str:
        """A name, with its namespace where it is another one."""
        return name if namespace in ("", self._namespace) else f"{name}.{namespace}"

    def pod(self, pod: Pod, *, ignore_unmeshed: bool) -> Iterator[str]:
        """The block of the pod itself."""
        yield from map(_remark, pod.reserved_user)
        yield f"Pod: {self.name(pod.name, pod.namespace)}"
        if pod.kind != "Pod":
            yield f"   Template of {pod.kind}: {pod.name}"
        yield f"   Pod Revision: {pod.revision}".rstrip()
        ports = [f"{port.number}{'' if port.protocol == 'TCP' else f'/{port.protocol}'} ({port.container})"
                 for port in pod.ports]  # fmt: skip
        yield f"   Pod Ports: {', '.join(ports)}" if ports else "   Pod exposes no ports"
        if pod.phase not in ("", "Running"):
            yield f"   Pod is not Running ({pod.phase})"
            return
        yield from map(_remark, pod.not_ready)
        if pod.ambient and not pod.sidecar:
            yield "   Pod is in ambient mode: ztunnel carries its traffic, and it has no proxy of its own"
        if not ignore_unmeshed:
            yield from map(_remark, pod.remarks)

    def service(self, service: Service) -> Iterator[str]:
        """The block of a service."""
        yield f"Service: {self.name(service.name, service.namespace)}"
        for port in service.ports:
            if port.target is None:
                yield (
                    f'   ERROR: port {port.number} is sent to the pod port named "{port.target_name}", '
                    "which no container has"
                )
            else:
                name = f"{port.name} " if port.name else ""
                yield f"   Port: {name}{port.number}/{port.protocol} targets pod port {port.target}"
        if len(service.ports) == 1:
            yield from self._port(service.ports[0])
            return
        for port in service.ports:
            lines = list(self._port(port, f"{port.number} "))
            if lines:
                yield f"{port.number}:"
                yield from _indented(lines, 3)

    def _port(self, port: Port, prefix: str = "") -> Iterator[str]:
        if port.destination_rule is not None:
            yield from self._destination_rule(port.destination_rule)
        for virtual_service in port.virtual_services:
            yield from self._virtual_service(virtual_service)
        if port.access:
            keys = dict.fromkeys(rule.key + (" (dry run)" if rule.dry_run else "") for rule in port.access)
            yield f"{prefix}RBAC policies: {', '.join(keys)}"

    def _destination_rule(self, rule: DestinationRule) -> Iterator[str]:
        name = self.name(rule.name, rule.namespace)
        if rule.stale:
            yield f"WARNING: Proxy is stale; it uses DestinationRule {name}, which is gone"
            return
        yield f'DestinationRule: {name} for "{rule.host}"'
        yield from _indented(_subsets(rule), 3)
        if rule.traffic_policy is None:
            yield "   No Traffic Policy"
        else:
            if rule.traffic_policy.tls_mode:
                yield f"   Traffic Policy TLS Mode: {rule.traffic_policy.tls_mode}"
            yield from _policies(rule.traffic_policy.settings, 3)
        if rule.port_policies:
            yield "   Port Level Settings:"
        for policy in rule.port_policies:
            yield f"    {policy.port}:"
            if policy.tls_mode:
                yield f"      TLS Mode: {policy.tls_mode}"
            yield from _policies(policy.settings, 6)

    def _virtual_service(self, found: VirtualService) -> Iterator[str]:
        name = self.name(found.name, found.namespace)
        if found.stale:
            yield f"WARNING: Proxy is stale; it uses VirtualService {name}, which is gone"
            return
        yield f"VirtualService: {name}"
        if found.gateway_api:
            yield "   made of routes of the Gateway API"
            return
        yield from _indented(_routes(found), 3)

    def gateways(self, found: Sequence[Exposure] | None) -> Iterator[str]:
        """The gateways that lead to the services."""
        if found is None:
            yield "Skipping Gateway information (no pod of an ingress gateway is running)"
            return
        for exposure in found:
            yield _LINE
            if exposure.missing:
                yield f"WARNING: Proxy is stale; a route names Gateway {exposure.gateway}, which is gone"
                continue
            if exposure.urls:
                yield from (f"Exposed on Ingress Gateway {url}" for url in exposure.urls)
            else:
                yield f"Exposed on Gateway {exposure.gateway} (its address is not known)"
            for virtual_service in exposure.virtual_services:
                yield from self._virtual_service(virtual_service)


def _subsets(rule: DestinationRule) -> Iterator[str]:
    others = ",".join(rule.other_subsets)
    if rule.matching_subsets:
        yield f"Matching subsets: {','.join(rule.matching_subsets)}"
        if others:
            yield f"   (Non-matching subsets {others})"
    elif others:
        yield f"WARNING POD DOES NOT MATCH ANY SUBSETS.  (Non matching subsets {others})"


def _policies(settings: Sequence[str], spaces: int) -> Iterator[str]:
    if settings:
        yield f"{' ' * spaces}Policies: {'/'.join(settings)}"


def _routes(found: VirtualService) -> Iterator[str]:
    """The lines below a virtual service: what reaches the pods, and how much does not."""
    lines = [line for route in found.routes for line in _route(route)]
    yield from lines
    if not found.routes:
        checked = [rule.protocol.upper() for rule in found.unreached]
        counts = " and ".join(f"{checked.count(one)} {one}" for one in dict.fromkeys(checked)) or "no"
        yield f"WARNING: no route leads to the subsets of this pod (checked {counts} route(s))"
        yield from _indented(dict.fromkeys(rule.reason for rule in found.unreached), 3)
    elif found.unreached:
        yield f"{len(found.unreached)} additional destination(s) that will not reach this pod"
    elif not lines:
        protocols = [route.protocol.upper() for route in found.routes]
        yield from (f"{protocols.count(one)} {one} route(s)" for one in dict.fromkeys(protocols))


def _route(route: Route) -> Iterator[str]:
    for target in route.targets:
        if target.weight:
            subset = f' subset "{target.subset}"' if target.subset else ""
            yield f'Route to host "{target.host}"{subset} with weight {target.weight}%'
    facts = [f"Fault injection: {route.fault}"] if route.fault else []
    facts += [f"Match: {route.match}"] if route.match else []
    if facts:
        yield "; ".join(facts)


def _mutual_tls(found: MutualTls | None) -> Iterator[str]:
    yield "Effective PeerAuthentication:"
    if found is None:
        yield "   Workload mTLS mode: unknown"
        return
    yield f"   Workload mTLS mode: {found.mode}"
    if found.ports:
        yield "   Port Level mTLS mode:"
        yield from (f"      {port}: {mode}" for port, mode in found.ports.items())
    if found.policies:
        yield "Applied PeerAuthentication:"
        yield f"   {', '.join(found.policies)}"
