{{- /* What every webhook of the injector has in common; `service` is the name of the control plane's Service. */}}
{{- define "injection.webhook" }}
{{- $remote := .root.Values.istiodRemote | default dict -}}
clientConfig:
  {{- with $remote.injectionURL }}
  url: {{ . | quote }}
  {{- else }}
  service:
    name: {{ .service | quote }}
    namespace: {{ .root.Release.Namespace | quote }}
    path: {{ $remote.injectionPath | default "/inject" | quote }}
    port: 443
  {{- end }}
  {{- with $remote.injectionCABundle }}
  caBundle: {{ . | quote }}
  {{- end }}
rules:
- operations: ["CREATE"]
  apiGroups: [""]
  apiVersions: ["v1"]
  resources: ["pods"]
failurePolicy: Fail
reinvocationPolicy: {{ (.root.Values.sidecarInjectorWebhook).reinvocationPolicy | default "Never" | quote }}
sideEffects: None
admissionReviewVersions: ["v1"]
{{- end }}

{{- /*
The webhooks of a revision or tag: `label` is what namespaces and pods name in istio.io/rev. The last three are for
those that name none, and belong to the default revision alone (`default`).
*/}}
{{- define "injection.webhooks" }}
{{- $webhook := include "injection.webhook" . }}
- name: rev.namespace.sidecar-injector.istio.io
  {{- $webhook | nindent 2 }}
  namespaceSelector:
    matchExpressions:
    - key: istio.io/rev
      operator: In
      values: [{{ .label | quote }}]
    - key: istio-injection
      operator: DoesNotExist
  objectSelector:
    matchExpressions:
    - key: sidecar.istio.io/inject
      operator: NotIn
      values: ["false"]
- name: rev.object.sidecar-injector.istio.io
  {{- $webhook | nindent 2 }}
  namespaceSelector:
    matchExpressions:
    - key: istio.io/rev
      operator: DoesNotExist
    - key: istio-injection
      operator: DoesNotExist
  objectSelector:
    matchExpressions:
    - key: sidecar.istio.io/inject
      operator: NotIn
      values: ["false"]
    - key: istio.io/rev
      operator: In
      values: [{{ .label | quote }}]
{{- if .default }}
- name: namespace.sidecar-injector.istio.io
  {{- $webhook | nindent 2 }}
  namespaceSelector:
    matchExpressions:
    - key: istio-injection
      operator: In
      values: ["enabled"]
  objectSelector:
    matchExpressions:
    - key: sidecar.istio.io/inject
      operator: NotIn
      values: ["false"]
- name: object.sidecar-injector.istio.io
  {{- $webhook | nindent 2 }}
  namespaceSelector:
    matchExpressions:
    - key: istio-injection
      operator: DoesNotExist
    - key: istio.io/rev
      operator: DoesNotExist
  objectSelector:
    matchExpressions:
    - key: sidecar.istio.io/inject
      operator: In
      values: ["true"]
    - key: istio.io/rev
      operator: DoesNotExist
{{- if (.root.Values.sidecarInjectorWebhook).enableNamespacesByDefault }}
- name: auto.sidecar-injector.istio.io
  {{- $webhook | nindent 2 }}
  namespaceSelector:
    matchExpressions:
    - key: istio-injection
      operator: DoesNotExist
    - key: istio.io/rev
      operator: DoesNotExist
    - key: kubernetes.io/metadata.name
      operator: NotIn
      values: ["kube-system", "kube-public", "kube-node-lease", "local-path-storage"]
  objectSelector:
    matchExpressions:
    - key: sidecar.istio.io/inject
      operator: DoesNotExist
    - key: istio.io/rev
      operator: DoesNotExist
{{- end }}
{{- end }}
{{- end }}

{{- /* Name of a MutatingWebhookConfiguration: those of other namespaces than the usual one tell theirs. */}}
{{- define "injection.name" }}
{{- .name }}{{ if ne .root.Release.Namespace "istio-system" }}-{{ .root.Release.Namespace }}{{ end }}
{{- end }}
