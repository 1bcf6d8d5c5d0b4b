{{- /* What follows names that differ by revision: nothing, or a dash and the revision. */}}
{{- define "revision.suffix" }}
{{- with .Values.revision }}-{{ . }}{{ end }}
{{- end }}

{{- /* The revision as text, empty for the default one. */}}
{{- define "revision.value" }}
{{- with .Values.revision }}{{ . }}{{ end }}
{{- end }}

{{- /* The revision as the label istio.io/rev has it. */}}
{{- define "revision.label" }}
{{- .Values.revision | default "default" }}
{{- end }}

{{- /* Name of the Service, the Deployment and the other objects of a control plane. */}}
{{- define "istiod.name" }}
{{- printf "istiod%s" (include "revision.suffix" .) }}
{{- end }}

{{- /* Namespace of the control plane. */}}
{{- define "istiod.namespace" }}
{{- .Values.global.istioNamespace | default .Release.Namespace }}
{{- end }}

{{- /* Whether cluster-wide objects are wanted: some text for yes. */}}
{{- define "scope.cluster" }}
{{- if has (.Values.resourceScope | default (.Values.global).resourceScope | default "all") (list "all" "cluster") }}yes{{ end }}
{{- end }}

{{- /* Whether objects of a namespace are wanted: some text for yes. */}}
{{- define "scope.namespace" }}
{{- if has (.Values.resourceScope | default (.Values.global).resourceScope | default "all") (list "all" "namespace") }}yes{{ end }}
{{- end }}

{{- /* An image: `image` with a slash is a full reference, else it is completed by hub, tag and variant. */}}
{{- define "image.reference" }}
{{- if contains "/" (.image | toString) }}
{{- .image }}
{{- else }}
{{- printf "%v/%v:%v" .hub .image .tag }}{{ with .variant }}-{{ . }}{{ end }}
{{- end }}
{{- end }}

{{- /* Container resources without the amounts that are null; those of `fallback` when nothing is left. */}}
{{- define "resources.amounts" }}
{{- $found := dict }}
{{- range $group, $amounts := .own }}
{{- $kept := dict }}
{{- if kindIs "map" $amounts }}
{{- range $name, $amount := $amounts }}
{{- if not (kindIs "invalid" $amount) }}
{{- $_ := set $kept $name $amount }}
{{- end }}
{{- end }}
{{- end }}
{{- if $kept }}
{{- $_ := set $found $group $kept }}
{{- end }}
{{- end }}
{{- toYaml ($found | default .fallback | default dict) }}
{{- end }}

{{- /* The secrets with which images are pulled, given by name. */}}
{{- define "image.pullSecrets" }}
{{- $found := list }}
{{- range . }}
{{- $found = append $found (dict "name" .) }}
{{- end }}
{{- toYaml $found }}
{{- end }}

{{- /* Name of the ConfigMap with the root certificate that workloads trust. */}}
{{- define "trustBundle.name" }}
{{- .Values.trustBundleName | default (.Values.global).trustBundleName | default "istio-ca-root-cert" }}
{{- end }}

{{- /* Whether root certificates come as a ClusterTrustBundle, by the environment of istiod: some text for yes. */}}
{{- define "trustBundle.api" }}
{{- $prefixed := (.Values.pilot).env | default dict }}
{{- $env := .Values.env | default dict }}
{{- if or (eq (toString $prefixed.ENABLE_CLUSTER_TRUST_BUNDLE_API) "true") (eq (toString $env.ENABLE_CLUSTER_TRUST_BUNDLE_API) "true") }}yes{{ end }}
{{- end }}

{{- /* The volume source with the root certificate of the mesh. */}}
{{- define "trustBundle.source" }}
{{- if include "trustBundle.api" . -}}
projected:
  sources:
  - clusterTrustBundle:
      name: {{ printf "istio.io:istiod-ca:%v" (.Values.trustBundleName | default (.Values.global).trustBundleName | default "root-cert") | quote }}
      path: root-cert.pem
      {{- if eq .Chart.Name "istiod" }}
      optional: true
      {{- end }}
{{- else -}}
configMap:
  name: {{ include "trustBundle.name" . | quote }}
  {{- if eq .Chart.Name "istiod" }}
  defaultMode: 420
  optional: true
  {{- end }}
{{- end }}
{{- end }}

{{- /* The projected token with which a workload shows istiod who it is. */}}
{{- define "token.projection" -}}
name: istio-token
projected:
  sources:
  - serviceAccountToken:
      path: istio-token
      expirationSeconds: 43200
      audience: {{ ((((.Values.global).sds).token).aud) | default "istio-ca" | quote }}
{{- end }}

{{- /* The variables that a map of names and values stands for; null takes one away, as everywhere. */}}
{{- define "env.entries" }}
{{- range $name, $value := . }}
{{- if not (kindIs "invalid" $value) }}
- name: {{ $name | quote }}
  value: {{ $value | toString | quote }}
{{- end }}
{{- end }}
{{- end }}

{{- /*
Variables of a list (`text`), each of them once, as the API server takes no second one of a name. What a user says goes
over the rest: `own`, maps of names and values of which the later ones win, and then `from`, variables as Kubernetes
writes them.
*/}}
{{- define "env.once" }}
{{- $own := dict }}
{{- range .own }}
{{- range $name, $value := . }}
{{- if not (kindIs "invalid" $value) }}
{{- $_ := set $own $name (dict "name" $name "value" (toString $value)) }}
{{- end }}
{{- end }}
{{- end }}
{{- range .from }}
{{- $_ := set $own .name . }}
{{- end }}
{{- if $own }}
{{- $once := list }}
{{- $seen := dict }}
{{- range fromYamlArray .text }}
{{- if not (hasKey $seen .name) }}
{{- $_ := set $seen .name true }}
{{- $once = append $once (get $own .name | default .) }}
{{- end }}
{{- end }}
{{- toYaml $once }}
{{- else }}
{{- .text }}
{{- end }}
{{- end }}
