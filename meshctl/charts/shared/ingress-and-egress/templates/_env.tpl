{{- /* A variable whose value is a field of the pod. */}}
{{- define "gateway.podField" -}}
- name: {{ .name }}
  valueFrom:
    fieldRef:
      apiVersion: v1
      fieldPath: {{ .field }}
{{- end }}

{{- /* The environment of the agent that runs the proxy. */}}
{{- define "gateway.env" }}
{{- $gateway := index .Values.gateways (include "gateway.key" .) }}
{{- $global := .Values.global }}
{{- $mesh := .Values.meshConfig | default dict -}}
- name: PILOT_CERT_PROVIDER
  value: {{ $global.pilotCertProvider | quote }}
- name: CA_ADDR
  value: {{ $global.caAddress | default (printf "%s.%s.svc:15012" (include "istiod.name" .) (include "istiod.namespace" .)) | quote }}
{{ include "gateway.podField" (dict "name" "NODE_NAME" "field" "spec.nodeName") }}
{{ include "gateway.podField" (dict "name" "POD_NAME" "field" "metadata.name") }}
{{ include "gateway.podField" (dict "name" "POD_NAMESPACE" "field" "metadata.namespace") }}
{{ include "gateway.podField" (dict "name" "INSTANCE_IP" "field" "status.podIP") }}
{{ include "gateway.podField" (dict "name" "HOST_IP" "field" "status.hostIP") }}
- name: ISTIO_CPU_LIMIT
  valueFrom:
    resourceFieldRef:
      resource: limits.cpu
      divisor: "1"
{{ include "gateway.podField" (dict "name" "SERVICE_ACCOUNT" "field" "spec.serviceAccountName") }}
- name: ISTIO_META_WORKLOAD_NAME
  value: {{ $gateway.name | quote }}
- name: ISTIO_META_OWNER
  value: {{ printf "kubernetes://apis/apps/v1/namespaces/%s/deployments/%v" .Release.Namespace $gateway.name | quote }}
{{- with $global.meshID | default $mesh.trustDomain }}
- name: ISTIO_META_MESH_ID
  value: {{ . | quote }}
{{- end }}
{{- with $mesh.trustDomain }}
- name: TRUST_DOMAIN
  value: {{ . | quote }}
{{- end }}
{{- if not $gateway.runAsRoot }}
- name: ISTIO_META_UNPRIVILEGED_POD
  value: "true"
{{- end }}
{{- include "env.entries" $gateway.env }}
{{- include "env.entries" ($mesh.defaultConfig).proxyMetadata }}
{{- if and $global.network (not (hasKey ($gateway.env | default dict) "ISTIO_META_NETWORK")) }}
- name: ISTIO_META_NETWORK
  value: {{ $global.network | quote }}
{{- end }}
- name: ISTIO_META_CLUSTER_ID
  value: {{ $global.multiCluster.clusterName | default "Kubernetes" | quote }}
{{ include "gateway.podField" (dict "name" "ISTIO_META_NODE_NAME" "field" "spec.nodeName") }}
{{- end }}
