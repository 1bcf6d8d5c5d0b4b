"""Every row of the rules of an IstioOperator: what breaks it is found at its field, what just keeps it is not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from meshctl.documents import Chunk, parse
from meshctl.model.kinds.istio_operator import ISTIO_OPERATOR
from meshctl.model.resource import Resource, Source, format_path
from meshctl.schema.ineffective_values import NO_EFFECT
from meshctl.schema.validators import validator_of
from meshctl.schema.violations import violations


def said(spec: str) -> list[tuple[str, str]]:
    chunk = Chunk(f"apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\nspec: {spec}", 1)
    resource = Resource(ISTIO_OPERATOR, "v1alpha1", "", "shop", parse(chunk).data, Source("operator.yaml", chunk))
    validate = validator_of(ISTIO_OPERATOR)
    assert validate is not None
    found = list(violations(resource)) or list(validate(resource))
    return [(message.code, format_path(message.path)) for message in found]


U, E, W = "MESH0101", "IST0106", "IST0133"
GATEWAY = "spec.components.ingressGateways[0]"
PROXY = "spec.values.global.proxy"

BROKEN = [
    ("OP1", "{addonComponents: {}}", (U, "spec.addonComponents")),
    ("OP2", "{profile: 5}", (E, "spec.profile")),
    ("OP3", "{components: {telemetry: {}}}", (U, "spec.components.telemetry")),
    ("OP4", "{components: {pilot: {foo: 1}}}", (U, "spec.components.pilot.foo")),
    ("OP4", "{components: {base: {hub: a}}}", (U, "spec.components.base.hub")),
    ("OP5", "{components: {pilot: {enabled: 'true'}}}", (E, "spec.components.pilot.enabled")),
    ("OP6", "{components: {pilot: {k8s: {foo: 1}}}}", (U, "spec.components.pilot.k8s.foo")),
    ("OP6", "{components: {pilot: {k8s: {env: [{nmae: a}]}}}}", (U, "spec.components.pilot.k8s.env[0].nmae")),
    ("OP7", "{components: {pilot: {k8s: {replicaCount: -1}}}}", (E, "spec.components.pilot.k8s.replicaCount")),
    ("OP7", "{components: {pilot: {k8s: {replicaCount: '2'}}}}", (E, "spec.components.pilot.k8s.replicaCount")),
    (
        "OP8",
        "{components: {pilot: {k8s: {resources: {limits: {cpu: abc}}}}}}",
        (E, "spec.components.pilot.k8s.resources.limits.cpu"),
    ),
    (
        "OP8",
        "{components: {ingressGateways: [{k8s: {volumes: [{name: a, emptyDir: {sizeLimit: 1Qi}}]}}]}}",
        (E, f"{GATEWAY}.k8s.volumes[0].emptyDir.sizeLimit"),
    ),
    ("OP9", "{hub: a b}", (E, "spec.hub")),
    ("OP9", "{hub: A/b}", (E, "spec.hub")),
    ("OP10", "{tag: ''}", (E, "spec.tag")),
    ("OP10", "{tag: a b}", (E, "spec.tag")),
    ("OP10", "{tag: {a: b}}", (E, "spec.tag")),
    ("OP11", "{revision: a.b}", (E, "spec.revision")),
    ("OP12", "{components: {ingressGateways: [{name: A_b}]}}", (E, f"{GATEWAY}.name")),
    (
        "OP13",
        "{components: {ingressGateways: [{k8s: {service: {ports: [{port: 80}]}}}]}}",
        (E, f"{GATEWAY}.k8s.service.ports[0]"),
    ),
    (
        "OP13",
        "{components: {egressGateways: [{k8s: {service: {ports: [{port: 8080, targetPort: 80}]}}}]}}",
        (E, "spec.components.egressGateways[0].k8s.service.ports[0].targetPort"),
    ),
    (
        "OP14",
        "{values: {gateways: {istio-ingressgateway: {ingressPorts: [{port: 80}]}}}}",
        (E, "spec.values.gateways.istio-ingressgateway.ingressPorts[0]"),
    ),
    (
        "OP15",
        "{components: {pilot: {k8s: {replicaCount: 2}}}, values: {pilot: {autoscaleEnabled: true}}}",
        (W, "spec.components.pilot.k8s.replicaCount"),
    ),
    (
        "OP16",
        (
            "{components: {ingressGateways: [{k8s: {replicaCount: 1}}]}, "
            "values: {gateways: {istio-ingressgateway: {autoscaleEnabled: true}}}}"
        ),
        (W, f"{GATEWAY}.k8s.replicaCount"),
    ),
    ("OP17", "{meshConfig: {proxyListenPort: 0}}", (E, "spec.meshConfig.proxyListenPort")),
    ("OP18", "{values: {bogus: 1}}", (U, "spec.values.bogus")),
    ("OP18", "{values: {global: {resourceScope: x}}}", (E, "spec.values.global.resourceScope")),
    ("OP19", "{values: {meshConfig: {trustDomain: a_b}}}", (E, "spec.values.meshConfig.trustDomain")),
    ("OP20", "{values: {global: {proxy: {includeIPRanges: 1.2.3.4}}}}", (E, f"{PROXY}.includeIPRanges")),
    (
        "OP20",
        "{values: {global: {proxy: {excludeIPRanges: '10.0.0.0/8, 11.0.0.0/8'}}}}",
        (E, f"{PROXY}.excludeIPRanges"),
    ),
    ("OP21", "{values: {global: {proxy: {includeInboundPorts: '80,x'}}}}", (E, f"{PROXY}.includeInboundPorts")),
    ("OP21", "{values: {global: {proxy: {excludeInboundPorts: '65536'}}}}", (E, f"{PROXY}.excludeInboundPorts")),
    ("OP22", "{values: {pilot: {affinity: {bogus: 1}}}}", (U, "spec.values.pilot.affinity.bogus")),
    (
        "OP22",
        "{values: {global: {waypoint: {nodeSelector: {a: b}}}}}",
        (U, "spec.values.global.waypoint.nodeSelector.a"),
    ),
    ("OP22", "{values: {pilot: {tolerations: [{kye: a}]}}}", (U, "spec.values.pilot.tolerations[0].kye")),
    (
        "MN5",
        "{values: {global: {meshNetworks: {a: {gateways: [{address: a, port: 0}]}}}}}",
        (E, "spec.values.global.meshNetworks.a.gateways[0].port"),
    ),
]

KEPT = [
    "null",
    "{hub: null, tag: 1.30, revision: '', components: {pilot: {enabled: null}}}",
    "{hub: docker.io/istio, tag: 1.31.0-distroless}",
    "{hub: 'localhost:5000/istio'}",
    (
        "{components: {ingressGateways: [{name: a., k8s: {service: {ports: [{port: 1025}, {port: 8, targetPort: 8080}, "
        "{port: 80, targetPort: http}]}}}]}}"
    ),
    (
        "{components: {ingressGateways: [{k8s: {service: {ports: [{port: 80}]}}}]}, "
        "values: {gateways: {istio-ingressgateway: {runAsRoot: true}}}}"
    ),
    "{values: {gateways: {istio-ingressgateway: {ingressPorts: [{port: '80'}, {port: 80, targetPort: http}]}}}}",
    "{components: {pilot: {k8s: {replicaCount: 1}}}, values: {pilot: {autoscaleEnabled: true}}}",
    "{components: {pilot: {k8s: {resources: {limits: {cpu: 0.5, memory: 1.5Gi}, requests: {cpu: 1}}}}}}",
    (
        "{values: {global: {proxy: {includeIPRanges: '*', excludeIPRanges: '1.0.0.0/8', includeInboundPorts: '8,*', "
        "excludeInboundPorts: ''}}}}"
    ),
    "{values: {pilot: {autoscaleMin: '2', traceSampling: '1.5', cni: {enabled: null}}}}",
    "{unvalidatedValues: {anything: [1]}, values: {ztunnel: {tag: 1.30, anything: 1}}}",
]


@pytest.mark.parametrize(("row", "spec", "expected"), BROKEN)
def test_a_broken_rule_is_found_at_its_field(row: str, spec: str, expected: tuple[str, str]) -> None:
    assert said(spec) == [expected]


@pytest.mark.parametrize("spec", KEPT)
def test_what_just_keeps_the_rules_passes(spec: str) -> None:
    assert said(spec) == []


def test_every_row_of_the_rules_has_a_case() -> None:
    assert {f"OP{number}" for number in range(1, 23)} <= {row for row, _, _ in BROKEN}


@pytest.mark.parametrize("value", ["5", "[5]", "{a: b}", "''", "[null]", "[{a: []}]", "true"])
def test_any_shape_is_taken(value: str) -> None:
    for spec in (value, f"{{components: {value}}}", f"{{values: {value}}}", f"{{values: {{global: {value}}}}}",
                 f"{{components: {{pilot: {value}, ingressGateways: {value}}}}}",
                 f"{{components: {{pilot: {{k8s: {value}}}, ingressGateways: [{{k8s: {value}}}]}}}}"):  # fmt: skip
        said(spec)


def test_values_that_no_chart_reads_are_those_of_the_table() -> None:
    recorded = json.loads((Path(__file__).parent / "no_effect.json").read_text(encoding="utf-8"))
    # A whole mapping without effect stands for all below it.
    assert [path for path in recorded if not any(f"{path}.".startswith(f"{name}.") for name in NO_EFFECT)] == []
    parents = {path.rpartition(".")[0] for path in recorded}
    other_names = {"istioCni", "cni.pspClusterRole"}
    assert set(NO_EFFECT) - other_names <= set(recorded) | parents


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ("{global: {jwtPolicy: third-party-jwt}}", (W, "spec.values.global.jwtPolicy")),
        ("{gateways: {istio-egressgateway: {memory: {targetAverageUtilization: 80}}}}",
         (W, "spec.values.gateways.istio-egressgateway.memory")),
        ("{istio_cni: {enabled: true}}", (W, "spec.values.istio_cni")),
        ("{global: {tracer: {zipkin: {address: 'a:1'}}}}", (W, "spec.values.global.tracer.zipkin.address")),
        ("{global: {tracer: {stackdriver: {debug: true}}}}", (E, "spec.values.global.tracer.stackdriver.debug")),
        ("{global: {pilotCertProvider: kubernetes}}", (E, "spec.values.global.pilotCertProvider")),
    ],
)  # fmt: skip
def test_values_without_effect_are_told(values: str, expected: tuple[str, str]) -> None:
    assert said(f"{{values: {values}}}") == [expected]
