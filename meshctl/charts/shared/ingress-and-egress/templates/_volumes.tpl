{{- define "gateway.volumes" }}
{{- $global := .Values.global -}}
# Sockets over which the agent hands certificates to the proxy, and the files that take their place.
- name: workload-socket
  emptyDir: {}
- name: credential-socket
  emptyDir: {}
- name: workload-certs
  emptyDir: {}
- name: istio-envoy
  emptyDir: {}
- name: config-volume
  configMap:
    name: {{ printf "istio%s" (include "revision.suffix" .) | quote }}
    optional: true
{{- if eq (toString $global.pilotCertProvider) "istiod" }}
- name: istiod-ca-cert
  {{- include "trustBundle.source" . | nindent 2 }}
{{- end }}
- {{ include "token.projection" . | nindent 2 | trim }}
{{- if $global.mountMtlsCerts }}
- name: istio-certs
  secret:
    secretName: {{ printf "istio.%s-service-account" (include "gateway.key" .) | quote }}
    optional: true
{{- end }}
- name: istio-data
  emptyDir: {}
- name: podinfo
  downwardAPI:
    items:
    - path: labels
      fieldRef:
        fieldPath: metadata.labels
    - path: annotations
      fieldRef:
        fieldPath: metadata.annotations
{{- with include "gateway.userVolumes" . }}
{{ . }}
{{- end }}
{{- end }}

{{- define "gateway.mounts" }}
{{- $global := .Values.global -}}
- name: workload-socket
  mountPath: /var/run/secrets/workload-spiffe-uds
- name: credential-socket
  mountPath: /var/run/secrets/credential-uds
- name: workload-certs
  mountPath: /var/run/secrets/workload-spiffe-credentials
- name: istio-envoy
  mountPath: /etc/istio/proxy
- name: config-volume
  mountPath: /etc/istio/config
{{- if eq (toString $global.pilotCertProvider) "istiod" }}
- name: istiod-ca-cert
  mountPath: /var/run/secrets/istio
{{- end }}
- name: istio-token
  mountPath: /var/run/secrets/tokens
  readOnly: true
{{- if $global.mountMtlsCerts }}
- name: istio-certs
  mountPath: /etc/certs
  readOnly: true
{{- end }}
- name: istio-data
  mountPath: /var/lib/istio/data
- name: podinfo
  mountPath: /etc/istio/pod
{{- with include "gateway.userMounts" . }}
{{ . }}
{{- end }}
{{- end }}
