"""What a policy is attached to: `selector`, `targetRef` and `targetRefs`."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.messages import Message
from meshctl.model.resource import Resource
from meshctl.schema.rules.reporting import invalid, shown

TARGETS = frozenset(
    {
        ("", "Service"),
        ("core", "Service"),
        ("networking.istio.io", "ServiceEntry"),
        ("gateway.networking.k8s.io", "Gateway"),
        ("gateway.networking.k8s.io", "GatewayClass"),
    }
)
"""Group and kind of everything that a policy can be attached to."""


def target_refs(resource: Resource) -> Iterator[Message]:
    """Checks what a policy is attached to (TREF1-TREF4)."""
    spec = resource.spec
    one, several = spec["targetRef"], spec["targetRefs"]
    written = [name for name in ("selector", "targetRef") if spec[name].present] + ["targetRefs"] * bool(several)
    if len(written) > 1:
        yield invalid(spec[written[-1]], f"and {written[0]} exclude each other", "remove one of the two", key=True)
    for reference in (*((one,) if one.present else ()), *several):
        if not reference["name"]:
            yield invalid(reference["name"], "is missing")
        if reference["namespace"]:
            yield invalid(reference["namespace"], "has to be left out: a policy holds in its own namespace only")
        group, kind = reference["group"].text, reference["kind"].text
        if (group, kind) not in TARGETS:
            whole = f"{group}/{kind}" if group else kind
            hint = "attach it to a Service, a ServiceEntry, or a Gateway or GatewayClass of the Gateway API"
            where = reference["kind"] if reference["kind"].present else reference
            yield invalid(where, f"{shown(whole)} is nothing that a policy can be attached to", hint)
