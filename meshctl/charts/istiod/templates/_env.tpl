{{- /* The environment of istiod, in order: what the chart says, what the user adds, what follows from other values. */}}
{{- define "istiod.env" -}}
{{- $env := .Values.env | default dict -}}
- name: REVISION
  value: {{ include "revision.label" . | quote }}
- name: PILOT_CERT_PROVIDER
  value: {{ .Values.global.pilotCertProvider | quote }}
- name: POD_NAME
  valueFrom:
    fieldRef:
      apiVersion: v1
      fieldPath: metadata.name
- name: POD_NAMESPACE
  valueFrom:
    fieldRef:
      apiVersion: v1
      fieldPath: metadata.namespace
- name: SERVICE_ACCOUNT
  valueFrom:
    fieldRef:
      apiVersion: v1
      fieldPath: spec.serviceAccountName
- name: KUBECONFIG
  value: /var/run/secrets/remote/config
{{- if not (hasKey $env "CA_TRUSTED_NODE_ACCOUNTS") }}
- name: CA_TRUSTED_NODE_ACCOUNTS
  value: {{ printf "%v/%v" (.Values.trustedZtunnelNamespace | default .Release.Namespace) (.Values.trustedZtunnelName | default "ztunnel") | quote }}
{{- end }}
{{- include "env.entries" $env }}
{{- if eq (toString $env.COMPLIANCE_POLICY) "fips-140-3" }}
- name: GODEBUG
  value: "fips140=only"
{{- end }}
{{- with .Values.envVarFrom }}
{{ toYaml . }}
{{- end }}
{{- with .Values.traceSampling }}
- name: PILOT_TRACE_SAMPLING
  value: {{ . | quote }}
{{- end }}
{{- if .Values.taint.enabled }}
- name: PILOT_ENABLE_NODE_UNTAINT_CONTROLLERS
  value: "true"
- name: PILOT_NODE_UNTAINT_CONTROLLERS_TAINT_NAME
  value: {{ .Values.taint.name | quote }}
{{- end }}
{{- if and .Values.global.externalIstiod (not (hasKey $env "EXTERNAL_ISTIOD")) }}
- name: EXTERNAL_ISTIOD
  value: {{ .Values.global.externalIstiod | quote }}
{{- end }}
{{- with .Values.global.trustBundleName }}
- name: PILOT_CA_CERT_CONFIGMAP
  value: {{ . | quote }}
{{- end }}
{{- with .Values.crlConfigMapName }}
- name: PILOT_CRL_CONFIGMAP
  value: {{ . | quote }}
{{- end }}
- name: PILOT_ENABLE_ANALYSIS
  value: {{ .Values.global.istiod.enableAnalysis | quote }}
- name: CLUSTER_ID
  value: {{ .Values.global.multiCluster.clusterName | default "Kubernetes" | quote }}
# As many threads as the container may use processors; the runtime of Go would count those of the node.
- name: GOMAXPROCS
  valueFrom:
    resourceFieldRef:
      resource: limits.cpu
      divisor: "1"
- name: PLATFORM
  value: {{ .Values.global.platform | default .Values.platform | default "" | quote }}
{{- end }}
