{{- /* Every object of Istio's API, whenever it is created or changed. */}}
{{- define "validation.rules" -}}
- operations: ["CREATE", "UPDATE"]
  apiGroups:
  - security.istio.io
  - networking.istio.io
  - telemetry.istio.io
  - extensions.istio.io
  apiVersions: ["*"]
  resources: ["*"]
{{- end }}

{{- /* Where the API server asks whether an object is valid; `service` is the name of the control plane's Service. */}}
{{- define "validation.client" }}
{{- $base := .root.Values.base | default dict -}}
{{- with $base.validationURL -}}
url: {{ . | quote }}
{{- else -}}
service:
  name: {{ .service | quote }}
  namespace: {{ include "istiod.namespace" .root | quote }}
  path: "/validate"
{{- end }}
{{- with $base.validationCABundle }}
caBundle: {{ . | quote }}
{{- end }}
{{- end }}

{{- /*
What happens while the control plane cannot be asked. It starts with Ignore, so that the first objects can be created
before istiod runs; istiod changes it to Fail, which an upgrade must not undo.
*/}}
{{- define "validation.failurePolicy" }}
{{- $base := .Values.base | default dict -}}
{{- if $base.validationCABundle -}}
failurePolicy: Fail
{{- else if $base.validationFailurePolicy -}}
failurePolicy: {{ $base.validationFailurePolicy | quote }}
{{- else if .Release.IsInstall -}}
failurePolicy: Ignore
{{- end }}
{{- end }}

{{- /* The rules of the stable channel: no kinds and no fields that may still change. `selector` limits the objects. */}}
{{- define "validation.stablePolicy" -}}
failurePolicy: Fail
matchConstraints:
  resourceRules:
  {{- include "validation.rules" . | nindent 2 }}
  {{- with .selector }}
  objectSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
variables:
- name: isEnvoyFilter
  expression: object.kind == 'EnvoyFilter'
- name: isWasmPlugin
  expression: object.kind == 'WasmPlugin'
- name: isProxyConfig
  expression: object.kind == 'ProxyConfig'
- name: isTelemetry
  expression: object.kind == 'Telemetry'
- name: isAuthorizationPolicy
  expression: object.kind == 'AuthorizationPolicy'
validations:
- expression: "!variables.isEnvoyFilter"
  message: the stable channel has no EnvoyFilter
- expression: "!variables.isWasmPlugin"
  message: the stable channel has no WasmPlugin
- expression: "!variables.isProxyConfig"
  message: the stable channel has no ProxyConfig
- expression: |-
    !(variables.isTelemetry && has(object.spec) && (
      (has(object.spec.tracing) && object.spec.tracing.exists(t, has(t.useRequestIdForTraceSampling))) ||
      (has(object.spec.metrics) && object.spec.metrics.exists(m, has(m.reportingInterval))) ||
      (has(object.spec.accessLogging) && object.spec.accessLogging.exists(a, has(a.filter)))))
  message: >-
    the stable channel has no tracing[].useRequestIdForTraceSampling, metrics[].reportingInterval and
    accessLogging[].filter in a Telemetry
- expression: |-
    !(variables.isAuthorizationPolicy && has(object.spec) && has(object.spec.rules) &&
      object.spec.rules.exists(r, has(r.from) && r.from.exists(f, has(f.source) &&
        (has(f.source.trustDomains) || has(f.source.notTrustDomains)))))
  message: the stable channel has no trustDomains and notTrustDomains in an AuthorizationPolicy
{{- end }}
