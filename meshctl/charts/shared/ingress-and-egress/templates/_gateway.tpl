{{- /* "ingress" or "egress": the chart's name tells which of the two this is. */}}
{{- define "gateway.direction" }}
{{- trimPrefix "istio-" .Chart.Name }}
{{- end }}

{{- /* The key of the gateway among the values, and its name unless another one is given. */}}
{{- define "gateway.key" }}
{{- printf "istio-%sgateway" (include "gateway.direction" .) }}
{{- end }}

{{- define "gateway.component" }}
{{- ternary "IngressGateways" "EgressGateways" (eq (include "gateway.direction" .) "ingress") }}
{{- end }}

{{- /* Labels that tell the pods of a gateway from those of others; services and Gateways select them by these. */}}
{{- define "gateway.selector" }}
{{- toYaml (index .Values.gateways (include "gateway.key" .)).labels }}
{{- end }}

{{- define "gateway.labels" }}
{{- $gateway := index .Values.gateways (include "gateway.key" .) }}
{{- include "map.with" (dict "fixed" (include "gateway.roleLabels" .) "user" $gateway.labels) }}
{{- end }}

{{- define "gateway.deploymentLabels" -}}
istio.io/dataplane-mode: "none"
{{ include "gateway.roleLabels" . }}
{{- end }}

{{- define "gateway.roleLabels" -}}
{{ include "labels.owner" (dict "root" . "component" (include "gateway.component" .)) }}
app.kubernetes.io/name: {{ include "gateway.key" . | quote }}
{{ include "labels.standard" . }}
{{- end }}

{{- /* Whether the PodDisruptionBudget makes sense: not with one replica, which could then never be moved. */}}
{{- define "gateway.replicated" }}
{{- $gateway := index .Values.gateways (include "gateway.key" .) }}
{{- if ternary $gateway.autoscaleMin $gateway.replicaCount ($gateway.autoscaleEnabled | default false) | int | lt 1 }}yes{{ end }}
{{- end }}

{{- /* Requirements on the nodes: architectures and labels. */}}
{{- define "gateway.affinity" }}
{{- $gateway := index .Values.gateways (include "gateway.key" .) }}
{{- $required := list }}
{{- $preferred := list }}
{{- $architectures := list }}
{{- range $arch, $weight := .Values.global.arch }}
{{- if gt (int $weight) 0 }}
{{- $architectures = append $architectures $arch }}
{{- $expression := dict "key" "kubernetes.io/arch" "operator" "In" "values" (list $arch) }}
{{- $preferred = append $preferred (dict "weight" (int $weight) "preference" (dict "matchExpressions" (list $expression))) }}
{{- end }}
{{- end }}
{{- with $architectures }}
{{- $required = append $required (dict "key" "kubernetes.io/arch" "operator" "In" "values" .) }}
{{- end }}
{{- range $key, $value := $gateway.nodeSelector | default .Values.global.defaultNodeSelector }}
{{- $required = append $required (dict "key" $key "operator" "In" "values" (list (toString $value))) }}
{{- end }}
{{- $node := dict "requiredDuringSchedulingIgnoredDuringExecution" nil "preferredDuringSchedulingIgnoredDuringExecution" nil }}
{{- with $required }}
{{- $_ := set $node "requiredDuringSchedulingIgnoredDuringExecution" (dict "nodeSelectorTerms" (list (dict "matchExpressions" .))) }}
{{- end }}
{{- with $preferred }}
{{- $_ := set $node "preferredDuringSchedulingIgnoredDuringExecution" . }}
{{- end }}
{{- $affinity := dict "nodeAffinity" $node }}
{{- $hard := list }}
{{- $soft := list }}
{{- range $gateway.podAntiAffinityLabelSelector }}
{{- $hard = append $hard (include "gateway.podAffinityTerm" . | fromYaml) }}
{{- end }}
{{- range $gateway.podAntiAffinityTermLabelSelector }}
{{- $soft = append $soft (dict "weight" 100 "podAffinityTerm" (include "gateway.podAffinityTerm" . | fromYaml)) }}
{{- end }}
{{- $pods := dict }}
{{- with $hard }}
{{- $_ := set $pods "requiredDuringSchedulingIgnoredDuringExecution" . }}
{{- end }}
{{- with $soft }}
{{- $_ := set $pods "preferredDuringSchedulingIgnoredDuringExecution" . }}
{{- end }}
{{- with $pods }}
{{- $_ := set $affinity "podAntiAffinity" . }}
{{- end }}
{{- toYaml $affinity }}
{{- end }}

{{- /* A term of the pod affinity: `values` is text with commas between. */}}
{{- define "gateway.podAffinityTerm" }}
{{- $expression := dict "key" .key "operator" .operator }}
{{- with .values }}
{{- $_ := set $expression "values" (ternary . (splitList "," (toString .)) (kindIs "slice" .)) }}
{{- end }}
{{- toYaml (dict "labelSelector" (dict "matchExpressions" (list $expression)) "topologyKey" .topologyKey) }}
{{- end }}

{{- /* Volumes and mounts of the secrets and ConfigMaps that the user names. */}}
{{- define "gateway.userVolumes" }}
{{- $gateway := index .Values.gateways (include "gateway.key" .) }}
{{- $found := list }}
{{- range $gateway.secretVolumes }}
{{- $found = append $found (dict "name" .name "secret" (dict "secretName" .secretName "optional" true)) }}
{{- end }}
{{- range $gateway.configVolumes }}
{{- $found = append $found (dict "name" .name "configMap" (dict "name" .configMapName "optional" true)) }}
{{- end }}
{{- with $found }}{{ toYaml . }}{{ end }}
{{- end }}

{{- define "gateway.userMounts" }}
{{- $gateway := index .Values.gateways (include "gateway.key" .) }}
{{- $found := list }}
{{- range concat ($gateway.secretVolumes | default list) ($gateway.configVolumes | default list) }}
{{- $found = append $found (dict "name" .name "mountPath" .mountPath "readOnly" true) }}
{{- end }}
{{- with $found }}{{ toYaml . }}{{ end }}
{{- end }}
