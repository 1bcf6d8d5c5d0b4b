{{- /* Labels of the pods, with those by which other systems group workloads. */}}
{{- define "gateway.podLabels" }}
{{- $gateway := index .Values.gateways (include "gateway.key" .) -}}
{{ include "labels.standard" . }}
{{- if eq .Release.Namespace "istio-system" }}
heritage: Tiller
release: istio
chart: gateways
{{- end }}
service.istio.io/canonical-name: {{ $gateway.name | quote }}
{{- $version := get $gateway.labels "app.kubernetes.io/version" | default $gateway.labels.version }}
service.istio.io/canonical-revision: {{ $version | default .Values.revision | default "latest" | quote }}
{{- if or .Values.revision (not $gateway.injectionTemplate) }}
istio.io/rev: {{ include "revision.label" . | quote }}
{{- end }}
install.operator.istio.io/owning-resource: {{ .Values.ownerName | default "unknown" | quote }}
operator.istio.io/component: {{ include "gateway.component" . | quote }}
sidecar.istio.io/inject: {{ ternary "true" "false" (not (empty $gateway.injectionTemplate)) | quote }}
istio.io/dataplane-mode: "none"
{{- end }}

{{- define "gateway.podAnnotations" }}
{{- $gateway := index .Values.gateways (include "gateway.key" .) -}}
istio.io/rev: {{ include "revision.label" . | quote }}
{{- if .Values.meshConfig.enablePrometheusMerge }}
prometheus.io/port: "15020"
prometheus.io/scrape: "true"
prometheus.io/path: "/stats/prometheus"
{{- end }}
sidecar.istio.io/inject: {{ ternary "true" "false" (not (empty $gateway.injectionTemplate)) | quote }}
{{- with $gateway.injectionTemplate }}
inject.istio.io/templates: {{ . | quote }}
{{- end }}
{{- end }}

{{- /* Nothing but the proxy runs here, and it needs no rights. */}}
{{- define "gateway.containerSecurity" }}
{{- $gateway := index .Values.gateways (include "gateway.key" .) }}
{{- if not $gateway.runAsRoot -}}
securityContext:
  allowPrivilegeEscalation: false
  capabilities:
    drop: ["ALL"]
  privileged: false
  readOnlyRootFilesystem: true
{{- end }}
{{- end }}

{{- /* The ports that the Service sends to; a port without targetPort is served as it is. */}}
{{- define "gateway.containerPorts" }}
{{- $gateway := index .Values.gateways (include "gateway.key" .) -}}
{{- /* The API server takes a port of a container once, while ports of a Service may lead to the same one, or to a name. */}}
{{- $there := dict "15090/TCP" true }}
{{- range $gateway.ports }}
{{- $port := .targetPort | default .port }}
{{- $protocol := .protocol | default "TCP" }}
{{- $place := printf "%v/%v" $port $protocol }}
{{- if not (or (kindIs "string" $port) (hasKey $there $place)) }}
{{- $_ := set $there $place true }}
- containerPort: {{ $port | toJson }}
  protocol: {{ $protocol | quote }}
{{- end }}
{{- end }}
- name: http-envoy-prom
  containerPort: 15090
  protocol: TCP
{{- end }}

{{- /* The container of a gateway that the injector completes. */}}
{{- define "gateway.injectedContainer" }}
{{- $gateway := index .Values.gateways (include "gateway.key" .) -}}
- name: istio-proxy
  image: auto
  ports:
  {{- include "gateway.containerPorts" . | trim | nindent 2 }}
  {{- with include "gateway.containerSecurity" . }}
  {{- . | nindent 2 }}
  {{- end }}
  {{- if or (not $gateway.runAsRoot) $gateway.env }}
  env:
  {{- if not (or $gateway.runAsRoot (hasKey ($gateway.env | default dict) "ISTIO_META_UNPRIVILEGED_POD")) }}
  - name: ISTIO_META_UNPRIVILEGED_POD
    value: "true"
  {{- end }}
  {{- include "env.entries" $gateway.env | nindent 2 }}
  {{- end }}
  resources:
    {{- include "resources.amounts" (dict "own" $gateway.resources "fallback" .Values.global.defaultResources) | nindent 4 }}
  {{- with include "gateway.userMounts" . }}
  volumeMounts:
  {{- . | nindent 2 }}
  {{- end }}
{{- end }}

{{- define "gateway.container" }}
{{- $gateway := index .Values.gateways (include "gateway.key" .) }}
{{- $global := .Values.global -}}
- name: istio-proxy
  {{- $image := dict "image" ($global.proxy.image | default "proxyv2") "hub" $global.hub "tag" ($gateway.tag | default $global.tag) "variant" ($global.proxy.variant | default $global.variant) }}
  image: {{ include "image.reference" $image | quote }}
  {{- with $global.imagePullPolicy }}
  imagePullPolicy: {{ . | quote }}
  {{- end }}
  ports:
  {{- include "gateway.containerPorts" . | trim | nindent 2 }}
  args:
  - proxy
  - router
  - --domain
  - {{ printf "$(POD_NAMESPACE).svc.%v" $global.proxy.clusterDomain | quote }}
  {{- with $global.proxy.logLevel }}
  - {{ printf "--proxyLogLevel=%v" . | quote }}
  {{- end }}
  {{- with $global.proxy.componentLogLevel }}
  - {{ printf "--proxyComponentLogLevel=%v" . | quote }}
  {{- end }}
  {{- with ($global.logging).level }}
  - {{ printf "--log_output_level=%v" . | quote }}
  {{- end }}
  {{- if $global.logAsJson }}
  - --log_as_json
  {{- end }}
  {{- with ($global.sts).servicePort }}
  - {{ printf "--stsPort=%v" . | quote }}
  {{- end }}
  {{- with include "gateway.containerSecurity" . }}
  {{- . | nindent 2 }}
  {{- end }}
  readinessProbe:
    failureThreshold: 30
    httpGet:
      path: /healthz/ready
      port: 15021
      scheme: HTTP
    initialDelaySeconds: 1
    periodSeconds: 2
    successThreshold: 1
    timeoutSeconds: 1
  resources:
    {{- include "resources.amounts" (dict "own" $gateway.resources "fallback" $global.defaultResources) | nindent 4 }}
  env:
  {{- include "env.once" (dict "text" (include "gateway.env" .) "own" (list ((.Values.meshConfig).defaultConfig).proxyMetadata (index .Values.gateways (include "gateway.key" .)).env)) | nindent 2 }}
  volumeMounts:
  {{- include "gateway.mounts" . | nindent 2 }}
{{- end }}
