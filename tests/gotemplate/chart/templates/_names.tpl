{{- define "cases.port" -}}
{{ .Values.port }}
{{- end -}}
{{- define "cases.labels" }}
app: {{ .Values.name }}
release: {{ .Release.Name }}
{{- end }}
{{- define "cases.fullname" -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
