{{- /* Whether istiod itself runs in this cluster: some text for yes. */}}
{{- define "control.local" }}
{{- if or (not .Values.istiodRemote.enabled) .Values.istiodRemote.enabledLocalInjectorIstiod }}yes{{ end }}
{{- end }}

{{- /* Whether this cluster holds the configuration of a mesh: some text for yes. */}}
{{- define "control.config" }}
{{- if or (include "control.local" .) .Values.global.configCluster }}yes{{ end }}
{{- end }}

{{- /* Labels of the objects that belong to the running istiod. */}}
{{- define "istiod.labels" -}}
{{ include "labels.owner" (dict "root" . "component" "Pilot") }}
app.kubernetes.io/name: istiod
{{ include "labels.standard" . }}
{{- end }}

{{- /* Labels of accounts and roles. */}}
{{- define "istiod.accountLabels" -}}
app: istiod
release: {{ .Release.Name | quote }}
app.kubernetes.io/name: istiod
{{ include "labels.standard" . }}
{{- end }}

{{- define "reader.accountLabels" -}}
app: istio-reader
release: {{ .Release.Name | quote }}
app.kubernetes.io/name: istio-reader
{{ include "labels.standard" . }}
{{- end }}

{{- /* Labels that tell the pods of this revision from those of others. */}}
{{- define "istiod.selector" -}}
app: istiod
{{- if .Values.revision }}
istio.io/rev: {{ .Values.revision | quote }}
{{- else }}
istio: pilot
{{- end }}
{{- end }}

{{- /* Name of a cluster-wide role: revision and namespace tell the control planes of a cluster apart. */}}
{{- define "role.name" }}
{{- printf "%s%s-%s" .name (include "revision.suffix" .root) .root.Release.Namespace }}
{{- end }}

{{- /* Whether the PodDisruptionBudget makes sense: not with one replica, which could then never be moved. */}}
{{- define "istiod.replicated" }}
{{- if ternary .Values.autoscaleMin .Values.replicaCount (.Values.autoscaleEnabled | default false) | int | lt 1 }}yes{{ end }}
{{- end }}

{{- define "istiod.deploymentLabels" -}}
app: istiod
istio: pilot
{{ include "istiod.labels" . }}
{{- end }}

{{- define "istiod.podLabels" -}}
app: istiod
istio: {{ ternary "istiod" "pilot" (not (empty .Values.revision)) }}
istio.io/rev: {{ include "revision.label" . | quote }}
install.operator.istio.io/owning-resource: {{ .Values.ownerName | default "unknown" | quote }}
operator.istio.io/component: "Pilot"
sidecar.istio.io/inject: "false"
istio.io/dataplane-mode: "none"
app.kubernetes.io/name: istiod
{{ include "labels.standard" . }}
{{- end }}

{{- define "istiod.podAnnotations" -}}
prometheus.io/port: "15014"
prometheus.io/scrape: "true"
sidecar.istio.io/inject: "false"
{{- end }}
