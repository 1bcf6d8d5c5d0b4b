{{- define "cni.ownerLabels" -}}
{{ include "labels.owner" (dict "root" . "component" "Cni") }}
app.kubernetes.io/name: istio-cni
{{ include "labels.standard" . }}
{{- end }}

{{- define "cni.labels" -}}
app: istio-cni
{{ include "cni.ownerLabels" . }}
{{- end }}

{{- /* A cluster-wide role's binding to the account of the node agent. */}}
{{- define "cni.binding" -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: {{ .name | quote }}
  labels:
    {{ .label }}
    {{- include "cni.ownerLabels" .root | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: {{ .role | quote }}
subjects:
- kind: ServiceAccount
  name: istio-cni
  namespace: {{ .root.Release.Namespace | quote }}
{{- end }}

{{- /* The folder of CNI plugins: on GKE it lies in another place, which only the version of the cluster tells. */}}
{{- define "cni.binDir" }}
{{- if .Values.cniBinDir }}
{{- .Values.cniBinDir }}
{{- else if contains "-gke" .Capabilities.KubeVersion.Version }}
{{- "/home/kubernetes/bin" }}
{{- else }}
{{- "/opt/cni/bin" }}
{{- end }}
{{- end }}

{{- define "cni.daemonSetLabels" -}}
k8s-app: istio-cni-node
{{ include "cni.ownerLabels" . }}
{{- end }}

{{- define "cni.podLabels" -}}
k8s-app: istio-cni-node
sidecar.istio.io/inject: "false"
istio.io/dataplane-mode: "none"
app.kubernetes.io/name: istio-cni
{{ include "labels.standard" . }}
{{- end }}

{{- define "cni.podAnnotations" -}}
sidecar.istio.io/inject: "false"
prometheus.io/scrape: "true"
prometheus.io/port: "15014"
prometheus.io/path: "/metrics"
{{- if .Values.useAppArmorAnnotation }}
# Entering the network namespaces of pods is more than the usual AppArmor profile allows.
container.apparmor.security.beta.kubernetes.io/install-cni: unconfined
{{- end }}
{{- end }}

{{- /* The environment of the node agent beside that of its ConfigMap. */}}
{{- define "cni.env" -}}
- name: REPAIR_NODE_NAME
  valueFrom:
    fieldRef:
      fieldPath: spec.nodeName
- name: REPAIR_RUN_AS_DAEMON
  value: "true"
- name: REPAIR_SIDECAR_ANNOTATION
  value: sidecar.istio.io/status
{{- if not (and .Values.ambient.enabled .Values.ambient.shareHostNetworkNamespace) }}
- name: ALLOW_SWITCH_TO_HOST_NS
  value: "true"
{{- end }}
- name: NODE_NAME
  valueFrom:
    fieldRef:
      apiVersion: v1
      fieldPath: spec.nodeName
- name: GOMEMLIMIT
  valueFrom:
    resourceFieldRef:
      resource: limits.memory
      divisor: "1"
- name: GOMAXPROCS
  valueFrom:
    resourceFieldRef:
      resource: limits.cpu
      divisor: "1"
- name: POD_NAME
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
- name: POD_NAMESPACE
  valueFrom:
    fieldRef:
      fieldPath: metadata.namespace
{{- include "env.entries" .Values.env }}
{{- end }}
