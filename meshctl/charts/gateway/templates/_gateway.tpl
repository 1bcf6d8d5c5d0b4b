{{- define "gateway.name" }}
{{- .Values.name | default .Release.Name | default "istio-ingressgateway" }}
{{- end }}

{{- define "gateway.account" }}
{{- if .Values.serviceAccount.create }}
{{- .Values.serviceAccount.name | default (include "gateway.name" .) }}
{{- else }}
{{- .Values.serviceAccount.name | default "default" }}
{{- end }}
{{- end }}

{{- /* Labels that tell the pods of a gateway from those of others; Gateways select them by these. */}}
{{- define "gateway.selector" -}}
app: {{ .Values.labels.app | default (include "gateway.name" .) | quote }}
istio: {{ .Values.labels.istio | default (include "gateway.name" . | trimPrefix "istio-") | quote }}
{{- end }}

{{- define "gateway.fixedLabels" -}}
{{ include "gateway.selector" . }}
app.kubernetes.io/name: {{ include "gateway.name" . | quote }}
{{ include "labels.standard" . }}
{{- end }}

{{- define "gateway.labels" }}
{{- include "map.with" (dict "fixed" (include "gateway.fixedLabels" .) "user" .Values.labels) }}
{{- end }}

{{- define "gateway.podLabels" -}}
sidecar.istio.io/inject: "true"
{{- with .Values.revision }}
istio.io/rev: {{ . | quote }}
{{- end }}
{{- with .Values.networkGateway }}
topology.istio.io/network: {{ . | quote }}
{{- end }}
{{ include "gateway.fixedLabels" . }}
{{- end }}

{{- define "gateway.serviceLabels" -}}
{{- with .Values.networkGateway -}}
topology.istio.io/network: {{ . | quote }}
{{ end }}
{{- include "gateway.fixedLabels" . }}
{{- end }}

{{- define "gateway.annotations" }}
{{- with .Values.annotations -}}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- /* The ports of the Service; a gateway between networks has those that other clusters expect. */}}
{{- define "gateway.ports" }}
{{- if .Values.networkGateway }}
{{- $ports := list }}
{{- range $name := list "status-port" "tls" "tls-istiod" "tls-webhook" }}
{{- with get $.Values.networkGatewayPorts $name }}
{{- $ports = append $ports (merge (dict "name" $name) (deepCopy .)) }}
{{- end }}
{{- end }}
{{- toYaml $ports }}
{{- else }}
{{- toYaml (.Values.service.ports | required "service.ports is empty: a gateway needs a port") }}
{{- end }}
{{- end }}
