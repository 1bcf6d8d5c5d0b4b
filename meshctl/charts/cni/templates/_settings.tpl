{{- /* The settings of the node agent, which it reads from its environment. */}}
{{- define "cni.settings" }}
{{- $ambient := .Values.ambient }}
{{- $repair := .Values.repair -}}
CURRENT_AGENT_VERSION: {{ .Values.tag | default .Values.global.tag | toString | quote }}
AMBIENT_ENABLED: {{ $ambient.enabled | toString | quote }}
{{ toYaml (dict "AMBIENT_ENABLEMENT_SELECTOR" (toYaml $ambient.enablementSelectors)) }}
AMBIENT_DNS_CAPTURE: {{ $ambient.dnsCapture | toString | quote }}
AMBIENT_IPV6: {{ $ambient.ipv6 | toString | quote }}
AMBIENT_RECONCILE_POD_RULES_ON_STARTUP: {{ $ambient.reconcileIptablesOnStartup | toString | quote }}
ENABLE_AMBIENT_DETECTION_RETRY: {{ $ambient.enableAmbientDetectionRetry | toString | quote }}
{{- with .Values.cniConfFileName }}
CNI_CONF_NAME: {{ . | toString | quote }}
{{- end }}
ISTIO_OWNED_CNI_CONFIG: {{ .Values.istioOwnedCNIConfig | toString | quote }}
{{- if .Values.istioOwnedCNIConfig }}
ISTIO_OWNED_CNI_CONF_FILENAME: {{ .Values.istioOwnedCNIConfigFileName | toString | quote }}
{{- end }}
CHAINED_CNI_PLUGIN: {{ .Values.chained | toString | quote }}
EXCLUDE_NAMESPACES: {{ join "," .Values.excludeNamespaces | quote }}
REPAIR_ENABLED: {{ $repair.enabled | toString | quote }}
REPAIR_LABEL_PODS: {{ $repair.labelPods | toString | quote }}
REPAIR_DELETE_PODS: {{ $repair.deletePods | toString | quote }}
REPAIR_REPAIR_PODS: {{ $repair.repairPods | toString | quote }}
REPAIR_INIT_CONTAINER_NAME: {{ $repair.initContainerName | toString | quote }}
REPAIR_BROKEN_POD_LABEL_KEY: {{ $repair.brokenPodLabelKey | toString | quote }}
REPAIR_BROKEN_POD_LABEL_VALUE: {{ $repair.brokenPodLabelValue | toString | quote }}
NATIVE_NFTABLES: {{ .Values.global.nativeNftables | toString | quote }}
{{- end }}
