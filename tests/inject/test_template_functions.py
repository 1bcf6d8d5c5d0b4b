"""Each function and each field that templates of clusters may use, in the manner in which they use them."""

from __future__ import annotations

from typing import Any

import pytest

from meshctl.errors import MeshctlError
from tests.inject.one_pod import injected, pod, read, with_template

MESH = """
trustDomain: mesh.example
inboundTrafficPolicy: {mode: LOCALHOST}
defaultConfig:
  drainDuration: 3700s
  interceptionMode: TPROXY
  holdApplicationUntilProxyStarts: true
  proxyMetadata: {B: "2", A: "<1>"}
  tracing: {tlsSettings: {mode: SIMPLE, caCertificates: /etc/ca/root.pem}, sampling: 10, zipkin: {address: "z:1"}}
  image: {imageType: distroless}
extensionProviders:
- name: otel
  opentelemetry: {service: c, port: 1, resourceDetectors: {}, serviceAttributeEnrichment: OTEL_SEMANTIC_CONVENTIONS}
- name: log
  envoyFileAccessLog: {path: /l, logFormat: {labels: {b: '1', a: [{d: 2, c: 1}]}}}
"""

POD: dict[str, Any] = read("""
apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
  labels: {app: web, empty: ""}
  annotations: {n/a: here, empty: "", json: '{"b":1,"a":[true,null]}'}
spec:
  serviceAccountName: me
  dnsPolicy: Default
  terminationGracePeriodSeconds: 5
  hostAliases: [{ip: 10.0.0.1, hostnames: [h]}]
  containers:
  - name: c
    image: reg:5000/web:1.2@sha256:abc
    ports: [{containerPort: 80, name: http, hostPort: 8}, {containerPort: 53, protocol: UDP}, {containerPort: 81}]
    readinessProbe: {httpGet: {path: /x, port: http}, periodSeconds: 3}
    securityContext: {runAsUser: 7, privileged: false}
    resources: {limits: {cpu: 2000m}}
  volumes: [{name: v, configMap: {name: cm}}]
""")


def printed(expression: str, data: dict[str, Any] = POD, **settings: Any) -> str:
    """What an expression prints, through quoting so that nothing of it is YAML."""
    out = f">-\n      {expression}" if "{{" in expression else f"{{{{ printf `%v` ({expression}) | quote }}}}"
    text = f"metadata:\n  annotations:\n    out: {out}\n"
    found: str = injected(data, with_template(text, mesh=MESH, **settings))["metadata"]["annotations"]["out"]
    return found


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("annotation .ObjectMeta `n/a` `x`", "here"),
        ("annotation .ObjectMeta `empty` `x`", ""),
        ("annotation .ObjectMeta `none` `x`", "x"),
        ("annotation .ObjectMeta `none` 15020.0", "15020"),
        ("annotation .ObjectMeta `none` .Values.global.proxy.statusPort", "15020"),
        ("annotation .ObjectMeta `none` .ProxyConfig.InterceptionMode", "TPROXY"),
        ("annotation .ObjectMeta `none` .Values.global.none", "<nil>"),
        ("isset .ObjectMeta.Annotations `empty`", "true"),
        ("isset .ObjectMeta.Annotations `none`", "false"),
        ("valueOrDefault `` `d`", "d"),
        ("valueOrDefault .Values.global.none `d`", "d"),
        ("valueOrDefault 0 `d`", "0"),
        ("valueOrDefault false `d`", "false"),
        ("valueOrDefault .Spec.RestartPolicy `d`", ""),
        ("excludeInboundPort 15020 ``", "15020"),
        ("excludeInboundPort .Values.global.proxy.statusPort `80, 90`", "80,90,15020"),
        ("excludeInboundPort 15020 `*`", "*,15020"),
        ("excludeInboundPort 0 `80`", "80"),
        ("excludeInboundPort `` `80`", "80"),
        ("excludeInboundPort 80 `80,90`", "80,90"),
        ("includeInboundPorts .Spec.Containers", "80,81"),
        ("applicationPorts .Spec.Containers", "80,81"),
        ("kubevirtInterfaces `net1`", "net1"),
        ("excludeInterfaces `eth0`", "eth0"),
        ("toJSON .ObjectMeta.Labels", '{"app":"web","empty":""}'),
        ("fromJSON (index .ObjectMeta.Annotations `json`)", "map[a:[true <nil>] b:1]"),
        ("fromJSON `no`", "{}"),
        ("(index (fromJSON `[{\"name\":\"a\",\"x\":1}]`) 0).name", "a"),
        ("structToJSON (index (index .Spec.Containers 0).Ports 0)", '{"name":"http","hostPort":8,"containerPort":80}'),
        ("structToJSON (index (index .Spec.Containers 0).Ports 1)", '{"containerPort":53,"protocol":"UDP"}'),
        ("structToJSON .Values.global.none", "{}"),
        ("structToJSON .Spec.SecurityContext", "null"),
        ("structToJSON (index .Spec.Volumes 0)", '{"name":"v","configMap":{"name":"cm"}}'),
        (
            "protoToJSON .ProxyConfig",
            ('{"drainDuration":"3700s","interceptionMode":"TPROXY","tracing":{"zipkin":{"address":"z:1"},"sampling":10,'
            '"tlsSettings":{"mode":"SIMPLE","caCertificates":"/etc/ca/root.pem"}},'
            '"proxyMetadata":{"A":"\\u003c1\\u003e","B":"2"},"holdApplicationUntilProxyStarts":true,'
            '"image":{"imageType":"distroless"}}'),
        ),
        ("protoToJSON .ProxyConfig.GetTracing.GetZipkin", '{"address":"z:1"}'),
        ("toYaml (slice (index .Spec.Containers 0).Ports 0 1)",
         "- containerPort: 80\n  hostPort: 8\n  name: http\n"),
        ("toYaml .Values.global.none", "null\n"),
        ("toYaml (index .Spec.Containers 0).Resources", 'limits:\n  cpu: "2"\n'),
        ("structToJSON (index .Spec.Containers 0).Resources.Limits", '{"cpu":"2"}'),
        ("toJson (index .Spec.Containers 0).ReadinessProbe.HTTPGet", '{"path":"/x","port":"http"}'),
        ("(index .Spec.Containers 0).ReadinessProbe.HTTPGet.Port", "http"),
        ("(index .Spec.Containers 0).ReadinessProbe.HTTPGet.Port.StrVal", "http"),
        ("(index .Spec.Containers 0).ReadinessProbe.HTTPGet.Port.IntValue", "0"),
        (".Spec.SecurityContext", "nil"),
        ("quote .Spec.Affinity", '"nil"'),
        ("toJson .ProxyConfig.Tracing", (
            '{"zipkin":{"address":"z:1"},"sampling":10,"tlsSettings":{"mode":"SIMPLE",'
            '"caCertificates":"/etc/ca/root.pem"}}')),
        ("toPrettyJson .ProxyConfig.Image", '{\n  "imageType": "distroless"\n}'),
        ("toYaml .ProxyConfig.Tracing.Zipkin", "address: z:1\n"),
        ("toJson .ProxyConfig.DrainDuration", '{"seconds":3700}'),
        ("protoToJSON .ProxyConfig.DrainDuration", '"3700s"'),
        ("protoToJSON .ProxyConfig.HoldApplicationUntilProxyStarts", "true"),
        ("protoToJSON .ProxyConfig.Sds", "{}"),
        ("protoToJSON (last .MeshConfig.ExtensionProviders)", (
            '{"name":"log","envoyFileAccessLog":{"path":"/l","logFormat":{"labels":{"a":[{"c":1,"d":2}],"b":"1"}}}}')),
        ("formatDuration .ProxyConfig.DiscoveryRefreshDelay", "0s"),
        ("typeOf .ProxyConfig.InterceptionMode", "v1alpha1.ProxyConfig_InboundInterceptionMode"),
        ("indent 2 `a\nb`", "a\n  b"),
        ("nindent 2 `a\nb`", "\n  a\n  b"),
        ("directory `/a/b.pem`", "/a/"),
        ("directory `b`", ""),
        ("contains `a` `cat`", "true"),
        ("toLower `PoD`", "pod"),
        ("appendMultusNetwork `` `default/istio-cni`", "default/istio-cni"),
        ("appendMultusNetwork `a` `default/istio-cni`", "a, default/istio-cni"),
        ("appendMultusNetwork `[{\"name\":\"a\"}]` `default/istio-cni`",
         '[{"name":"a"}, {"name": "istio-cni", "namespace": "default"}]'),
        ("env `NOT_SET` `d`", "d"),
        ("omit .ObjectMeta.Labels `app`", "map[empty:]"),
        ("strdict `a` `1` `b`", "map[a:1 b:]"),
        ("toJsonMap (strdict `b` `1` `a` `1`) (strdict `a` `2`)", '{"a":"2","b":"1"}'),
        ("toJsonMap", "null"),
        ("mergeMaps (strdict `a` `1`) .ObjectMeta.Labels", "map[a:1 app:web empty:]"),
        ("omitNil (dict `a` nil `b` (dict `c` nil) `d` 1)", "map[d:1]"),
        ("omitNil (dict `a` nil)", "<nil>"),
        ("formatDuration .ProxyConfig.DrainDuration", "1h1m40s"),
        ("formatDuration .ProxyConfig.TerminationDrainDuration", "5s"),
        (("otelResourceAttributes .MeshConfig .ObjectMeta.Annotations .ObjectMeta.Labels .ObjectMeta.Namespace"
         " .Spec.Containers"),
         "service.namespace=shop,service.version=1.2@sha256:abc,service.instance.id=shop.$(POD_NAME).c"),
    ],
)  # fmt: skip
def test_functions(expression: str, result: str) -> None:
    assert printed(expression) == result


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        (".TypeMeta.Kind", "Pod"),
        (".TypeMeta.APIVersion", "v1"),
        ("toJson .TypeMeta", '{"kind":"Pod","apiVersion":"v1"}'),
        (".DeploymentMeta", "shop/web"),
        (".DeploymentMeta.Name", "web"),
        (".ObjectMeta.Name", "web"),
        (".ObjectMeta.GetNamespace", "shop"),
        (".ObjectMeta.GetLabels.app", "web"),
        (".ObjectMeta.Labels.none", "<nil>"),
        ("index .ObjectMeta.Labels `none`", ""),
        (".Spec.ServiceAccountName", "me"),
        (".Spec.DNSPolicy", "Default"),
        (".Spec.HostNetwork", "false"),
        ("(index .Spec.HostAliases 0).IP", "10.0.0.1"),
        ("(index .Spec.Containers 0).ReadinessProbe.HTTPGet.Path", "/x"),
        ("(index .Spec.Containers 0).ReadinessProbe.PeriodSeconds", "3"),
        ("(index .Spec.Volumes 0).ConfigMap.Name", "cm"),
        ("len .Spec.InitContainers", "0"),
        (".ProxyConfig.InterceptionMode", "TPROXY"),
        (".ProxyConfig.InterceptionMode.String", "TPROXY"),
        (".ProxyConfig.GetHoldApplicationUntilProxyStarts.GetValue", "true"),
        (".ProxyConfig.HoldApplicationUntilProxyStarts.Value", "true"),
        (".ProxyConfig.GetTracing.GetTlsSettings.GetCaCertificates", "/etc/ca/root.pem"),
        (".ProxyConfig.GetConcurrency.GetValue", "0"),
        (".ProxyConfig.ProxyMetadata.B", "2"),
        (".ProxyConfig.ProxyAdminPort", "15000"),
        (".MeshConfig.TrustDomain", "mesh.example"),
        (".MeshConfig.ProxyListenPort | default `1`", "15001"),
        (".MeshConfig.DefaultConfig.StatusPort", "15020"),
        (".MeshConfig.GetEnableTracing", "true"),
        (".Values.global.proxy.statusPort", "15020"),
        (".Values.global.proxy.startupProbe.failureThreshold", "600"),
        ("(.Values.pilot.env).X", "<nil>"),
        ("((.Values.none).deeper).X", "<nil>"),
        (".Revision | default `default`", "default"),
        (".NativeSidecars", "false"),
        (".ProxyImage", "docker.io/istio/proxyv2:1.31.0-distroless"),
        (".ProxyInitImage", "docker.io/istio/proxyv2:1.31.0"),
        ("add .ProxyUID .ProxyGID", "2674"),
        (".InboundTrafficPolicyMode", "localhost"),
        (".CompliancePolicy", ""),
        ("typeOf .Values.global.proxy.statusPort", "float64"),
        ("eq .ProxyConfig.InterceptionMode 1", "true"),
        ("eq .Values.global.none `x`", "false"),
        ("and .Values.global.hub .Values.global.none", "<nil>"),
        ("or `` .Values.global.tag", "1.31.0"),
        ("printf `%d` .Values.global.proxy.statusPort", "%!d(float64=15020)"),
    ],
)  # fmt: skip
def test_fields(expression: str, result: str) -> None:
    assert printed(expression) == result


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("{{ range $k, $v := .ProxyConfig.ProxyMetadata }}{{ $k }}={{ $v }};{{ end }}", "A=<1>;B=2;"),
        (("{{ $first := true }}{{ range .Spec.Containers }}{{ range .Ports }}{{ if not $first }},{{ end }}"
         "{{ .ContainerPort }}{{ $first = false }}{{ end }}{{ end }}"), "80,53,81"),
        ("{{ with .Values.global.none }}yes{{ else with .Values.global.tag }}{{ . }}{{ end }}", "1.31.0"),
        ("{{ range 3 }}{{ if eq . 1 }}{{ continue }}{{ end }}{{ . }}{{ end }}", "02"),
        ("{{ range .Spec.InitContainers }}x{{ else }}none{{ end }}", "none"),
        ("x {{- /* nothing */ -}} a {{- ` b ` }} {{ 'a' }}", "xa b  97"),
        ("{{ .Spec.TerminationGracePeriodSeconds }} {{ (index .Spec.Containers 0).SecurityContext.RunAsUser }}", "5 7"),
        ("{{ block `x` .Revision }}[{{ . }}]{{ end }}", "[]"),
    ],
)  # fmt: skip
def test_control(text: str, result: str) -> None:
    assert printed(text) == result


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{ .Nope }}", "template: inject:1:3: executing \"inject\" at <.Nope>"),
        ("\n{{ nope }}", "template: inject:2:"),
        ("{{ if }}", "template: inject:1:"),
        ("{{ .Spec.SecurityContext.RunAsUser }}", "nil pointer"),
        ("{{ isset .Values `a` }}", "isset"),
        ("{{ omit (dict `a` 1) `a` }}", "omit"),
        ("{{ index .ObjectMeta.Labels 1 }}", "index"),
        ("{{ protoToJSON .Spec }}", "v1.PodSpec is no message"),
        ("{{ formatDuration `5s` }}", "*durationpb.Duration"),
        ("{{ eq .Values.global.proxy.statusPort 15020 }}", "incompatible types"),
        ("{{ fail `no luck` }}", "no luck"),
        ("{{ template `gone` . }}", "gone"),
        ("a: [", "gives no YAML: line 1"),
        ("- a", "no part of a pod"),
        ("spec: {containers: [{image: x}]}", "name"),
        ("metadata: {annotations: {a: 1}}", "metadata.annotations.a must be a text, not 1"),
    ],
)  # fmt: skip
def test_errors_name_the_place(text: str, message: str) -> None:
    with pytest.raises(MeshctlError) as caught:
        injected(pod(), with_template(text))
    assert message in f"{caught.value.message} {caught.value.hint}"
