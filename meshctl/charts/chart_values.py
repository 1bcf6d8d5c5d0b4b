"""Values that the charts read although the schema of IstioOperator does not know them, or knows another form.

istioctl refuses them, so that they can only be set past its checks. Here they are what they look like.
Source: the facts of the values of each chart (`acceptedByIstioctl`), rows 7 to 10 of istioctl's weak points.
"""

from __future__ import annotations

from typing import Any

from meshctl.model.resource import FieldPath

CHART_VALUES = frozenset(
    """
    base.validationFailurePolicy
    cni.ambient.enableAmbientDetectionRetry
    cni.ambient.enablementSelectors
    cni.ambient.shareHostNetworkNamespace
    cni.seLinuxOptions
    cni.terminationGracePeriodSeconds
    cni.tolerations
    cni.updateStrategy
    gateways.istio-egressgateway.egressPorts
    gateways.istio-egressgateway.externalTrafficPolicy
    gateways.istio-egressgateway.loadBalancerIP
    gateways.istio-egressgateway.loadBalancerSourceRanges
    gateways.istio-egressgateway.replicaCount
    gateways.istio-egressgateway.tag
    gateways.istio-ingressgateway.tag
    global.profile
    global.proxy.capNetBindService
    global.proxy.variant
    global.proxy_init.forceApplyIptables
    global.trustDomain
    global.waypoint.tolerations
    pdb
    pilot.deploymentAnnotations
    pilot.initContainers
    pilot.pdb
    pilot.sidecarInjectorWebhookAnnotations
    pilot.terminationMessagePolicy
    pilot.trafficDistribution
    pilot.trustedZtunnelName
    platform
    """.split()
)
"""Values that the schema lacks."""

_TERMS = ("podAntiAffinityLabelSelector", "podAntiAffinityTermLabelSelector")
"""Lists that the schema takes for label selectors, while the gateway charts read terms (key, operator and so on)."""


def known_to_charts(path: FieldPath, value: Any) -> bool:
    """Whether a chart reads the value at a path below `spec.values`, whatever the schema says about it."""
    if ".".join(str(step) for step in path) in CHART_VALUES:
        return True
    match path:
        case ("pilot", "extraContainerArgs", int()):
            return isinstance(value, str)
        case ("global", "waypoint", "nodeSelector", str()):
            return isinstance(value, str)
        case ("gateways", _, name, int(), field):
            return name in _TERMS and field in ("key", "operator", "values", "topologyKey")
    return False
