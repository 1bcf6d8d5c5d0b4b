{{- define "ztunnel.name" }}
{{- .Values.resourceName | default "ztunnel" }}
{{- end }}

{{- define "ztunnel.labels" }}
{{- include "map.with" (dict "fixed" (include "ztunnel.fixedLabels" .) "user" .Values.labels) }}
{{- end }}

{{- define "ztunnel.fixedLabels" -}}
app.kubernetes.io/name: ztunnel
{{ include "labels.standard" . }}
{{- end }}

{{- define "ztunnel.annotations" }}
{{- with .Values.annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "ztunnel.podLabels" -}}
sidecar.istio.io/inject: "false"
istio.io/dataplane-mode: "none"
app: ztunnel
{{ include "ztunnel.fixedLabels" . }}
{{- end }}

{{- define "ztunnel.fixedPodAnnotations" -}}
sidecar.istio.io/inject: "false"
{{- with .Values.revision }}
istio.io/rev: {{ . | quote }}
{{- end }}
{{- end }}

{{- /* Address of the control plane: certificates and configuration come from the same port. */}}
{{- define "ztunnel.address" }}
{{- printf "istiod%s.%v.svc:15012" (include "revision.suffix" .) .Values.istioNamespace }}
{{- end }}

{{- /* A variable whose value is a field of the pod. */}}
{{- define "ztunnel.podField" -}}
- name: {{ .name }}
  valueFrom:
    fieldRef:
      fieldPath: {{ .field }}
{{- end }}

{{- define "ztunnel.env" -}}
{{- $resources := .Values.resources | default dict -}}
- name: CA_ADDRESS
  value: {{ .Values.caAddress | default (include "ztunnel.address" .) | quote }}
- name: XDS_ADDRESS
  value: {{ .Values.xdsAddress | default (include "ztunnel.address" .) | quote }}
{{- if .Values.logAsJson }}
- name: LOG_FORMAT
  value: json
{{- end }}
{{- with .Values.network }}
- name: NETWORK
  value: {{ . | quote }}
{{- end }}
- name: RUST_LOG
  value: {{ .Values.logLevel | quote }}
- name: RUST_BACKTRACE
  value: "1"
- name: ISTIO_META_CLUSTER_ID
  value: {{ (.Values.multiCluster).clusterName | default "Kubernetes" | quote }}
- name: INPOD_ENABLED
  value: "true"
- name: TERMINATION_GRACE_PERIOD_SECONDS
  value: {{ .Values.terminationGracePeriodSeconds | quote }}
{{ include "ztunnel.podField" (dict "name" "POD_NAME" "field" "metadata.name") }}
{{ include "ztunnel.podField" (dict "name" "POD_NAMESPACE" "field" "metadata.namespace") }}
{{ include "ztunnel.podField" (dict "name" "NODE_NAME" "field" "spec.nodeName") }}
{{ include "ztunnel.podField" (dict "name" "INSTANCE_IP" "field" "status.podIP") }}
{{ include "ztunnel.podField" (dict "name" "SERVICE_ACCOUNT" "field" "spec.serviceAccountName") }}
{{- include "env.entries" ((.Values.meshConfig).defaultConfig).proxyMetadata }}
- name: ZTUNNEL_CPU_LIMIT
  valueFrom:
    resourceFieldRef:
      resource: limits.cpu
      divisor: "1"
{{- if ($resources.limits).cpu }}
- name: ZTUNNEL_RESOURCE_CPU_LIMIT
  valueFrom:
    resourceFieldRef:
      resource: limits.cpu
      divisor: "1"
{{- end }}
{{- if ($resources.requests).cpu }}
- name: ZTUNNEL_RESOURCE_CPU_REQUEST
  valueFrom:
    resourceFieldRef:
      resource: requests.cpu
      divisor: "1"
{{- end }}
{{- include "env.entries" .Values.env }}
{{- if (.Values.peerCaCrl).enabled }}
- name: CRL_PATH
  value: /var/run/secrets/istio/crl/ca-crl.pem
{{- end }}
{{- end }}
