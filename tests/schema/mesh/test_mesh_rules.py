"""Every row of the rules of mesh settings: what breaks it is found at its field, what just keeps it is not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from meshctl.documents import Chunk, parse
from meshctl.messages import Message
from meshctl.model.kind import Kind
from meshctl.model.kinds.mesh_config import MESH_CONFIG
from meshctl.model.kinds.mesh_networks import MESH_NETWORKS
from meshctl.model.resource import Resource, Source, format_path
from meshctl.schema.validators import validator_of
from meshctl.schema.violations import violations


def messages(kind: Kind, text: str) -> Iterator[Message]:
    chunk = Chunk(text, 1)
    resource = Resource(kind, "v1alpha1", "istio-system", "istio", parse(chunk).data, Source("mesh.yaml", chunk))
    yield from violations(resource)
    validate = validator_of(kind)
    assert validate is not None
    yield from validate(resource)


def said(kind: Kind, text: str) -> list[tuple[str, str]]:
    return [(message.code, format_path(message.path)) for message in messages(kind, text)]


E, W = "IST0106", "IST0133"
DC = "defaultConfig"
CONNECTIONS = f"{DC}.connectionSettings"
POOL = "defaultTrafficPolicy.connectionPool"
PROVIDER = "extensionProviders[0]"

BROKEN = [
    ("MC1", "proxyListenPort: 0", [(E, "proxyListenPort")]),
    ("MC1", 'proxy_listen_port: "70000"', [(E, "proxy_listen_port")]),
    ("MC2", "connectTimeout: 0s", [(E, "connectTimeout")]),
    ("MC2", "connectTimeout: 2h", [(E, "connectTimeout")]),
    ("MC3", "protocolDetectionTimeout: 1.5ms", [(E, "protocolDetectionTimeout")]),
    ("MC5", "localityLbSetting: {distribute: [{from: a, to: {a: 99}}]}", [(E, "localityLbSetting.distribute[0].to")]),
    (
        "LL1",
        "localityLbSetting: {distribute: [{from: a, to: {a: 100}}], failover: [{from: a, to: b}]}",
        [(E, "localityLbSetting.failover")],
    ),
    (
        "LL2",
        "localityLbSetting: {failover: [{from: a, to: b}], failoverPriority: [topology.kubernetes.io/zone]}",
        [(E, "localityLbSetting.failoverPriority[0]")],
    ),
    (
        "LL3",
        "localityLbSetting: {distribute: [{from: '*', to: {a: 100}}, {from: b, to: {a: 100}}]}",
        [(E, "localityLbSetting.distribute[1].from")],
    ),
    (
        "LL3",
        "localityLbSetting: {distribute: [{from: a//c, to: {a: 100}}]}",
        [(E, "localityLbSetting.distribute[0].from")],
    ),
    (
        "LL3",
        "localityLbSetting: {distribute: [{from: 'a*b', to: {a: 100}}]}",
        [(E, "localityLbSetting.distribute[0].from")],
    ),
    (
        "LL4",
        "localityLbSetting: {distribute: [{from: a, to: {a: 50, a/b: 50}}]}",
        [(E, 'localityLbSetting.distribute[0].to["a/b"]')],
    ),
    (
        "LL5",
        "localityLbSetting: {distribute: [{from: a, to: {a: 101}}]}",
        [(E, "localityLbSetting.distribute[0].to.a")],
    ),
    ("LL8", "localityLbSetting: {failover: [{from: a, to: a}]}", [(E, "localityLbSetting.failover[0].to")]),
    ("LL9", "localityLbSetting: {failover: [{from: a/b, to: c}]}", [(E, "localityLbSetting.failover[0].from")]),
    ("LL10", "localityLbSetting: {failover: [{from: a, to: '*'}]}", [(E, "localityLbSetting.failover[0].to")]),
    (
        "MC6",
        "zoneAwareLbSetting: {failoverPriority: [topology.kubernetes.io/region]}",
        [(E, "zoneAwareLbSetting.failoverPriority[0]")],
    ),
    ("MC6", "zoneAwareLbSetting: {failover: [{}]}", [(E, "zoneAwareLbSetting.failover[0]")]),
    (
        "MC7",
        "serviceSettings: [{hosts: [a_b, '', a.com]}]",
        [(E, "serviceSettings[0].hosts[0]"), (E, "serviceSettings[0].hosts[1]")],
    ),
    ("MC8", "trustDomain: ''", [(E, "trustDomain")]),
    ("MC8", "trustDomain: a..b", [(E, "trustDomain")]),
    ("MC8", "trust_domain: '*'", [(E, "trust_domain")]),
    ("MC9", "trustDomainAliases: [a, a_b]", [(E, "trustDomainAliases[1]")]),
    ("MC10", "meshMTLS: {ecdhCurves: [P-256]}", [(E, "meshMTLS.ecdhCurves")]),
    ("MC11", "tlsDefaults: {ecdhCurves: [x, P-256]}", [(W, "tlsDefaults.ecdhCurves[0]")]),
    ("MC12", "tlsDefaults: {ecdhCurves: [P-256, P-256]}", [(W, "tlsDefaults.ecdhCurves[1]")]),
    ("MC13", "defaultTrafficPolicy: {connectionPool: {}}", [(E, POOL)]),
    (
        "CP2",
        "defaultTrafficPolicy: {connectionPool: {http: {http1MaxPendingRequests: -1}}}",
        [(E, f"{POOL}.http.http1MaxPendingRequests")],
    ),
    (
        "CP3",
        "defaultTrafficPolicy: {connectionPool: {http: {maxRetries: -1, maxConcurrentStreams: -1}}}",
        [(E, f"{POOL}.http.maxRetries"), (E, f"{POOL}.http.maxConcurrentStreams")],
    ),
    ("CP4", "defaultTrafficPolicy: {connectionPool: {http: {idleTimeout: 0s}}}", [(E, f"{POOL}.http.idleTimeout")]),
    (
        "CP5",
        "defaultTrafficPolicy: {connectionPool: {http: {useClientProtocol: true, h2UpgradePolicy: UPGRADE}}}",
        [(E, f"{POOL}.http.useClientProtocol")],
    ),
    ("CP7", "defaultTrafficPolicy: {connectionPool: {tcp: {maxConnections: -1}}}", [(E, f"{POOL}.tcp.maxConnections")]),
    (
        "CP8",
        "defaultTrafficPolicy: {connectionPool: {tcp: {connectTimeout: 0s, maxConnectionDuration: 5us}}}",
        [(E, f"{POOL}.tcp.connectTimeout"), (E, f"{POOL}.tcp.maxConnectionDuration")],
    ),
    ("CP9", "defaultTrafficPolicy: {connectionPool: {tcp: {idleTimeout: 1.5ms}}}", [(E, f"{POOL}.tcp.idleTimeout")]),
    (
        "CP10",
        "defaultTrafficPolicy: {connectionPool: {tcp: {tcpKeepalive: {time: 0s}}}}",
        [(E, f"{POOL}.tcp.tcpKeepalive.time")],
    ),
    (
        "MC14",
        "defaultTrafficPolicy: {outlierDetection: {maxEjectionPercent: 101, interval: 0s}}",
        [
            (E, "defaultTrafficPolicy.outlierDetection.interval"),
            (E, "defaultTrafficPolicy.outlierDetection.maxEjectionPercent"),
        ],
    ),
    (
        "OD3",
        "defaultTrafficPolicy: {outlierDetection: {consecutiveLocalOriginFailures: 1}}",
        [(E, "defaultTrafficPolicy.outlierDetection.consecutiveLocalOriginFailures")],
    ),
    ("PX1", "defaultConfig: {configPath: '', binaryPath: ''}", [(E, f"{DC}.configPath"), (E, f"{DC}.binaryPath")]),
    ("PX2", "defaultConfig: {serviceCluster: ''}", [(E, f"{DC}.serviceCluster")]),
    ("PX3", "defaultConfig: {drainDuration: 1.5s}", [(E, f"{DC}.drainDuration")]),
    ("PX3", "defaultConfig: {drainDuration: 0s}", [(E, f"{DC}.drainDuration")]),
    *(
        ("PX4", f"defaultConfig: {{discoveryAddress: '{value}'}}", [(E, f"{DC}.discoveryAddress")])
        for value in ("", "a", "a:0", "*.a:80", "a:b", "::1:80", "a:99999")
    ),
    ("PX5", "defaultConfig: {tracing: {zipkin: {}}}", [(E, f"{DC}.tracing.zipkin.address")]),
    ("PX5", "defaultConfig: {tracing: {datadog: {address: a}}}", [(E, f"{DC}.tracing.datadog.address")]),
    ("PX6", "defaultConfig: {tracing: {lightstep: {accessToken: a}}}", [(E, f"{DC}.tracing.lightstep.address")]),
    ("PX7", "defaultConfig: {tracing: {lightstep: {address: 'a:80'}}}", [(E, f"{DC}.tracing.lightstep.accessToken")]),
    (
        "PX8",
        "defaultConfig: {tracing: {tlsSettings: {mode: MUTUAL}}}",
        [(E, f"{DC}.tracing.tlsSettings.clientCertificate"), (E, f"{DC}.tracing.tlsSettings.privateKey")],
    ),
    (
        "CT1",
        "defaultConfig: {tracing: {tlsSettings: {credentialName: 'configmap://a'}}}",
        [(E, f"{DC}.tracing.tlsSettings.credentialName")],
    ),
    (
        "CT2",
        "defaultConfig: {tracing: {tlsSettings: {credentialName: 'configmap://a/b'}}}",
        [(E, f"{DC}.tracing.tlsSettings.credentialName")],
    ),
    (
        "CT3",
        "defaultConfig: {tracing: {tlsSettings: {mode: SIMPLE, insecureSkipVerify: true, caCertificates: /ca}}}",
        [(E, f"{DC}.tracing.tlsSettings.caCertificates")],
    ),
    (
        "CT5",
        "defaultConfig: {tracing: {tlsSettings: {mode: SIMPLE, credentialName: x, caCrl: /crl}}}",
        [(E, f"{DC}.tracing.tlsSettings.caCrl")],
    ),
    ("PX10", "defaultConfig: {statsdUdpAddress: a}", [(E, f"{DC}.statsdUdpAddress")]),
    ("PX11", "defaultConfig: {envoyMetricsServiceAddress: a}", [(E, f"{DC}.envoyMetricsServiceAddress")]),
    (
        "PX12",
        "defaultConfig: {envoyMetricsService: {address: a}, envoyAccessLogService: {address: b}}",
        [(E, f"{DC}.envoyMetricsService.address"), (E, f"{DC}.envoyAccessLogService.address")],
    ),
    (
        "PX13",
        "defaultConfig: {proxyAdminPort: 0, statusPort: 65536}",
        [(E, f"{DC}.proxyAdminPort"), (E, f"{DC}.statusPort")],
    ),
    ("PX14", "defaultConfig: {controlPlaneAuthPolicy: INHERIT}", [(E, f"{DC}.controlPlaneAuthPolicy")]),
    ("PX15", "defaultConfig: {privateKeyProvider: {}}", [(E, f"{DC}.privateKeyProvider")]),
    (
        "PX16",
        "defaultConfig: {privateKeyProvider: {cryptomb: {}}}",
        [(E, f"{DC}.privateKeyProvider.cryptomb.pollDelay")],
    ),
    (
        "PX16",
        "defaultConfig: {privateKeyProvider: {qat: {pollDelay: 0s}}}",
        [(E, f"{DC}.privateKeyProvider.qat.pollDelay")],
    ),
    (
        "PX17",
        "defaultConfig: {proxyMetadata: {ISTIO_META_DNS_AUTO_ALLOCATE: 'true'}}",
        [(W, f"{DC}.proxyMetadata.ISTIO_META_DNS_AUTO_ALLOCATE")],
    ),
    (
        "PX18",
        "defaultConfig: {connectionSettings: {clusterPerConnectionBufferLimitBytes: -1}}",
        [(E, f"{CONNECTIONS}.clusterPerConnectionBufferLimitBytes")],
    ),
    *(
        ("PX19", f"defaultConfig: {{connectionSettings: {{{name}: -1s}}}}", [(E, f"{CONNECTIONS}.{name}")])
        for name in (
            "httpIdleTimeout",
            "httpMaxConnectionDuration",
            "httpDrainTimeout",
            "httpRequestTimeout",
            "httpRequestHeadersTimeout",
            "httpStreamIdleTimeout",
            "httpMaxStreamDuration",
        )
    ),
    (
        "PX20",
        "defaultConfig: {connectionSettings: {httpMaxConcurrentStreams: 0}}",
        [(E, f"{CONNECTIONS}.httpMaxConcurrentStreams")],
    ),
    (
        "PX21",
        "defaultConfig: {connectionSettings: {http2InitialStreamWindowSize: 65534}}",
        [(E, f"{CONNECTIONS}.http2InitialStreamWindowSize")],
    ),
    (
        "PX22",
        "defaultConfig: {connectionSettings: {listenerConnectionLimit: 0}}",
        [(E, f"{CONNECTIONS}.listenerConnectionLimit")],
    ),
    (
        "PX23",
        "defaultConfig: {connectionSettings: {globalDownstreamConnectionLimit: 0}}",
        [(E, f"{CONNECTIONS}.globalDownstreamConnectionLimit")],
    ),
    ("MC15", "extensionProviders: [{prometheus: {}}]", [(W, f"{PROVIDER}.name")]),
    (
        "MC15",
        "extensionProviders: [{name: a, prometheus: {}}, {name: a, prometheus: {}}]",
        [(W, "extensionProviders[1].name")],
    ),
    ("MC15", "extensionProviders: [{name: a}]", [(W, PROVIDER)]),
    (
        "MC15",
        "extensionProviders: [{name: a, zipkin: {}}]",
        [(W, f"{PROVIDER}.zipkin.service"), (W, f"{PROVIDER}.zipkin.port")],
    ),
    (
        "MC15",
        "extensionProviders: [{name: a, zipkin: {service: a_b, port: 70000}}]",
        [(W, f"{PROVIDER}.zipkin.service"), (W, f"{PROVIDER}.zipkin.port")],
    ),
    (
        "MC15",
        "extensionProviders: [{name: a, envoyExtAuthzHttp: {service: a, port: 1, statusOnError: '99', pathPrefix: a}}]",
        [(W, f"{PROVIDER}.envoyExtAuthzHttp.statusOnError"), (W, f"{PROVIDER}.envoyExtAuthzHttp.pathPrefix")],
    ),
    (
        "MC15",
        "extensionProviders: [{name: a, lightstep: {service: a, port: 1}}]",
        [(W, f"{PROVIDER}.lightstep.accessToken")],
    ),
    (
        "MC15",
        "extensionProviders: [{name: a, opentelemetry: {service: a, port: 1, http: {path: /a}, grpc: {}}}]",
        [(W, f"{PROVIDER}.opentelemetry.grpc")],
    ),
]

KEPT = """
proxyListenPort: 15001
connectTimeout: 1h
protocolDetectionTimeout: -1s
localityLbSetting:
  distribute:
  - from: a/b/c
    to: {a/b/c: 60, a/b/*: 40}
  - from: b
    to: {"*": 100}
  - from: "*"
    to: {b: 100}
zoneAwareLbSetting: {failoverPriority: [zone], failover: [{from: a, to: b}]}
serviceSettings: [{hosts: ["*", "*.com", a.b.c., "*-a.com"]}]
trustDomain: a.1.
trustDomainAliases: [cluster.local]
tlsDefaults: {ecdhCurves: [P-256, X25519, ""]}
defaultTrafficPolicy:
  connectionPool:
    tcp: {idleTimeout: 0s, maxConnections: 0}
    http: {http2KeepAlive: {}}
  outlierDetection: {consecutiveErrors: 7, consecutiveLocalOriginFailures: 1, splitExternalLocalOriginErrors: true}
extensionProviders:
- {name: a, prometheus: {}}
- {name: b, zipkin: {service: istio-system/zipkin.istio-system.svc.cluster.local, port: 9411}}
- {name: c, envoyExtAuthzHttp: {service: 1.2.3.4, port: 1, statusOnError: "403", pathPrefix: /a%20b}}
- {name: d, sds: {name: a, service: b, port: 1}}
defaultConfig:
  tracingServiceName: CANONICAL_NAME_ONLY
  drainDuration: 45s
  discoveryAddress: "[::1]:15012"
  tracing: {datadog: {address: "$(HOST_IP):8126"}, tlsSettings: {}}
  statsdUdpAddress: ""
  controlPlaneAuthPolicy: NONE
  privateKeyProvider: {cryptomb: {pollDelay: -1s}}
  connectionSettings: {httpIdleTimeout: 0s, httpDrainTimeout: 5us, http2InitialStreamWindowSize: 65535}
"""

NETWORKS = [
    ("MN1", "{endpoints: [{fromCidr: 1.2.3.4/33}], gateways: []}", "endpoints[0].fromCidr"),
    ("MN1", "{endpoints: [{fromCidr: 1.2.3.4/255.255.255.0}], gateways: []}", "endpoints[0].fromCidr"),
    ("MN2", "{endpoints: [{fromRegistry: a.b}], gateways: []}", "endpoints[0].fromRegistry"),
    ("MN3", "{gateways: [{registryServiceName: a_b, port: 1}]}", "gateways[0].registryServiceName"),
    ("MN4", "{gateways: [{address: a_b, port: 1}]}", "gateways[0].address"),
    ("MN5", "{gateways: [{address: 1.2.3.4, port: 0}]}", "gateways[0].port"),
    ("MN5", "{gateways: [{address: 1.2.3.4}]}", "gateways[0].port"),
]


@pytest.mark.parametrize(("row", "text", "expected"), BROKEN)
def test_a_broken_rule_is_found_at_its_field(row: str, text: str, expected: list[tuple[str, str]]) -> None:
    assert said(MESH_CONFIG, text) == expected


def test_what_just_keeps_the_rules_passes() -> None:
    assert said(MESH_CONFIG, KEPT) == []


def test_every_row_of_the_rules_has_a_case() -> None:
    # MC4 is kept by the defaults, PX9 cannot be reached from YAML.
    rows = {f"MC{number}" for number in range(1, 16)} - {"MC4"} | {f"PX{number}" for number in range(1, 24)} - {"PX9"}
    assert rows <= {row for row, _, _ in BROKEN}


@pytest.mark.parametrize(("row", "text", "path"), NETWORKS)
def test_networks(row: str, text: str, path: str) -> None:
    assert said(MESH_NETWORKS, f"networks: {{north: {text}}}") == [(E, f"networks.north.{path}")]


def test_good_networks() -> None:
    text = """
networks:
  north:
    endpoints: [{fromCidr: 10.1.2.3/8}, {fromCidr: "::1"}, {from_registry: Kubernetes}]
    gateways: [{registry_service_name: a.b.svc.cluster.local, port: "15443"}, {address: a.example.com, port: 1}]
"""
    assert said(MESH_NETWORKS, text) == []


@pytest.mark.parametrize("value", ["5", "[5]", "{a: b}", "null", "''", "[null]", "[{a: []}]", "true"])
def test_any_shape_is_taken(value: str) -> None:
    for name in ("defaultConfig", "localityLbSetting", "extensionProviders", "serviceSettings", "defaultTrafficPolicy",
                 "trustDomain", "tlsDefaults", "connectTimeout"):  # fmt: skip
        list(messages(MESH_CONFIG, f"{name}: {value}"))
        list(
            messages(MESH_CONFIG, f"defaultConfig: {{{name}: {value}, tracing: {value}, connectionSettings: {value}}}")
        )
    list(messages(MESH_NETWORKS, f"networks: {{a: {value}, b: {{endpoints: {value}, gateways: {value}}}}}"))
