{{- define "default.labels" -}}
istio.io/tag: "default"
{{ include "labels.owner" (dict "root" . "component" "Pilot") }}
app.kubernetes.io/name: istiod
{{ include "labels.standard" . }}
{{- end }}
