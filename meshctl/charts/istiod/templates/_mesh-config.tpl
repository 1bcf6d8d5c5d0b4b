{{- /* The mesh config as it follows from other values; meshConfig goes over it. */}}
{{- define "mesh.computed" -}}
{{- $global := .Values.global -}}
{{- $user := .Values.meshConfig | default dict -}}
{{- $telemetry := .Values.telemetry | default dict -}}
{{- $v2 := $telemetry.v2 | default dict -}}
trustDomain: cluster.local
rootNamespace: {{ $user.rootNamespace | default (include "istiod.namespace" .) | quote }}
{{- if and $telemetry.enabled $v2.enabled (not $user.defaultProviders) }}
{{- $prometheus := ($v2.prometheus).enabled }}
{{- $stackdriver := ($v2.stackdriver).enabled }}
{{- if or $prometheus $stackdriver }}
defaultProviders:
  metrics:
  {{- if $prometheus }}
  - prometheus
  {{- end }}
  {{- if $stackdriver }}
  - stackdriver
  accessLogging:
  - stackdriver
  {{- end }}
{{- end }}
{{- end }}
defaultConfig:
  {{- if $global.remotePilotAddress }}
  {{- $name := ternary "istiod-remote" "istiod" (and .Values.istiodRemote.enabled .Values.istiodRemote.enabledLocalInjectorIstiod) }}
  discoveryAddress: {{ printf "%s.%s.svc:15012" $name .Release.Namespace | quote }}
  {{- else }}
  discoveryAddress: {{ printf "%s.%s.svc:15012" (include "istiod.name" .) .Release.Namespace | quote }}
  {{- end }}
  {{- with $global.meshID }}
  meshId: {{ . | quote }}
  {{- end }}
  {{- with $global.proxy.variant | default $global.variant }}
  image:
    imageType: {{ . | quote }}
  {{- end }}
  {{- $tracer := $global.tracer | default dict }}
  {{- if eq (toString $global.proxy.tracer) "zipkin" }}
  tracing:
    zipkin:
      address: {{ ($tracer.zipkin).address | default (printf "zipkin.%s:9411" (include "istiod.namespace" .)) | quote }}
  {{- else if eq (toString $global.proxy.tracer) "lightstep" }}
  tracing:
    lightstep:
      address: {{ ($tracer.lightstep).address | default "" | quote }}
      accessToken: {{ ($tracer.lightstep).accessToken | default "" | quote }}
  {{- else if eq (toString $global.proxy.tracer) "datadog" }}
  tracing:
    datadog:
      address: {{ ($tracer.datadog).address | default "$(HOST_IP):8126" | quote }}
  {{- else if eq (toString $global.proxy.tracer) "stackdriver" }}
  tracing:
    stackdriver:
      debug: false
      maxNumberOfAttributes: 200
      maxNumberOfAnnotations: 200
      maxNumberOfMessageEvents: 200
  {{- end }}
{{- end }}
