{{- /* Ports and selector of istiod's Service; those of tags are the same. */}}
{{- define "istiod.serviceSpec" -}}
{{- with .Values.ipFamilyPolicy -}}
ipFamilyPolicy: {{ . | quote }}
{{ end }}
{{- with .Values.ipFamilies -}}
ipFamilies:
{{ toYaml . }}
{{ end }}
{{- with .Values.trafficDistribution -}}
trafficDistribution: {{ . | quote }}
{{ end -}}
ports:
- name: grpc-xds
  port: 15010
  protocol: TCP
- name: https-dns
  port: 15012
  protocol: TCP
- name: https-webhook
  port: 443
  targetPort: 15017
  protocol: TCP
- name: http-monitoring
  port: 15014
  protocol: TCP
selector:
  {{- include "istiod.selector" . | nindent 2 }}
{{- end }}
