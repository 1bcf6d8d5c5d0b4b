{{- /* The API groups of the mesh, those of former releases included. */}}
{{- define "rules.istioGroups" -}}
["config.istio.io", "security.istio.io", "networking.istio.io", "authentication.istio.io", "rbac.istio.io", "telemetry.istio.io", "extensions.istio.io"]
{{- end }}

{{- define "rules.allVerbs" -}}
["get", "watch", "list", "update", "patch", "create", "delete"]
{{- end }}

{{- /* Gives the account of istiod a cluster-wide role. */}}
{{- define "rules.binding" -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: {{ .name | quote }}
  labels:
    {{- include "istiod.accountLabels" .root | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: {{ .name | quote }}
subjects:
- kind: ServiceAccount
  name: {{ include "istiod.name" .root | quote }}
  namespace: {{ include "istiod.namespace" .root | quote }}
{{- end }}
