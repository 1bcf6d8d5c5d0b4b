{{- /* The labels that nearly every object has, in Kubernetes' own vocabulary. */}}
{{- define "labels.standard" -}}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/part-of: "istio"
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" | quote }}
{{- end }}

{{- /* The labels by which an installer finds what it owns: revision, owner, component and release. */}}
{{- define "labels.owner" -}}
{{- $root := .root -}}
istio.io/rev: {{ include "revision.label" $root | quote }}
install.operator.istio.io/owning-resource: {{ $root.Values.ownerName | default "unknown" | quote }}
operator.istio.io/component: {{ .component | quote }}
release: {{ $root.Release.Name | quote }}
{{- end }}

{{- /* A map written as YAML (`fixed`) with the entries that a user sets, whose values win over those of the chart. */}}
{{- define "map.with" }}
{{- if .user }}
{{- toYaml (mustMergeOverwrite (fromYaml .fixed) (deepCopy .user)) }}
{{- else }}
{{- .fixed }}
{{- end }}
{{- end }}
