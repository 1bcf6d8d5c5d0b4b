"""The configuration that holds without any files: our own templates, with the values of the chart."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent.parent / "charts" / "istiod" / "files" / "injection"


@cache
def templates() -> dict[str, str]:
    """The injection templates of the chart, by name."""
    return {path.stem: path.read_text() for path in sorted(_FOLDER.glob("*.yaml"))}


def values() -> dict[str, Any]:
    """The values as the chart hands them to the injector."""
    return {
        "global": {
            "hub": "docker.io/istio",
            "tag": "1.31.0",
            "variant": "",
            "imagePullPolicy": "",
            "imagePullSecrets": [],
            "istioNamespace": "istio-system",
            "caAddress": "",
            "caName": "",
            "pilotCertProvider": "istiod",
            "mountMtlsCerts": False,
            "multiCluster": {"clusterName": ""},
            "network": "",
            "meshID": "",
            "sds": {"token": {"aud": "istio-ca"}},
            "sts": {"servicePort": 0.0},
            "logAsJson": False,
            "logging": {"level": "default:info"},
            "nativeNftables": False,
            "proxy": {
                "image": "proxyv2",
                "clusterDomain": "cluster.local",
                "logLevel": "warning",
                "componentLogLevel": "misc:error",
                "includeIPRanges": "*",
                "excludeIPRanges": "",
                "includeInboundPorts": "*",
                "excludeInboundPorts": "",
                "includeOutboundPorts": "",
                "excludeOutboundPorts": "",
                "statusPort": 15020.0,
                "readinessInitialDelaySeconds": 0.0,
                "readinessPeriodSeconds": 15.0,
                "readinessFailureThreshold": 4.0,
                "startupProbe": {"enabled": True, "failureThreshold": 600.0},
                "resources": {
                    "requests": {"cpu": "100m", "memory": "128Mi"},
                    "limits": {"cpu": "2000m", "memory": "1024Mi"},
                },
                "privileged": False,
                "seccompProfile": {},
                "outlierLogPath": "",
                "tracer": "none",
                "autoInject": "enabled",
            },
            "proxy_init": {"image": "proxyv2", "forceApplyIptables": False},
            "waypoint": {
                "resources": {
                    "requests": {"cpu": "100m", "memory": "128Mi"},
                    "limits": {"cpu": "2", "memory": "1Gi"},
                },
                "affinity": {},
                "nodeSelector": {},
                "tolerations": [],
                "topologySpreadConstraints": [],
            },
        },
        "sidecarInjectorWebhook": {"rewriteAppHTTPProbe": True},
        "revision": "",
        "pilot": {"cni": {"enabled": False, "provider": "default"}, "env": {}},
        "gateways": {"securityContext": {}, "seccompProfile": {}},
    }
