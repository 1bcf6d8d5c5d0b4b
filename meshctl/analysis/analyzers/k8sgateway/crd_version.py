"""Definitions of the Gateway API that are older than what Istio reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import OLD_CRD, Message
from meshctl.model.kinds.custom_resource_definition import CUSTOM_RESOURCE_DEFINITION
from meshctl.model.snapshot import Snapshot

BUNDLE_VERSION = "gateway.networking.k8s.io/bundle-version"
"""Annotation of the definitions: the release of the Gateway API that they come from."""

_MINIMUM: Mapping[str, tuple[int, int, int]] = {
    "grpcroutes.gateway.networking.k8s.io": (1, 1, 0),
    "backendtlspolicies.gateway.networking.k8s.io": (1, 4, 0),
    "tlsroutes.gateway.networking.k8s.io": (1, 5, 0),
    "tcproutes.gateway.networking.k8s.io": (1, 6, 0),
}


@analyzer("k8sgateway.CRDVersionAnalyzer", inputs={CUSTOM_RESOURCE_DEFINITION}, emits={OLD_CRD})
def crd_version(mesh: Snapshot) -> Iterator[Message]:
    """Checks that the definitions of the Gateway API are as new as Istio needs them."""
    for definition in mesh[CUSTOM_RESOURCE_DEFINITION]:
        minimum = _MINIMUM.get(definition.name)
        if minimum is None:
            continue
        field = definition.at("metadata", "annotations", BUNDLE_VERSION)
        installed = _version(field.text)
        if installed is not None and installed < minimum:
            yield OLD_CRD.at(
                field,
                crd=definition.name,
                installed=field.text.removeprefix("v"),
                minimum=".".join(map(str, minimum)),
            )


def _version(text: str) -> tuple[int, ...] | None:
    """The three numbers of a semantic version; what follows a hyphen or a plus sign does not count."""
    numbers = text.removeprefix("v").partition("+")[0].partition("-")[0].split(".")
    if len(numbers) != 3 or not all(number.isascii() and number.isdigit() and len(number) < 10 for number in numbers):
        return None
    return tuple(map(int, numbers))
