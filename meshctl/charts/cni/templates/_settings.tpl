{{- /* The settings of the node agent, which it reads from its environment. */}}
{{- define "cni.settings" }}
{{- $ambient := .Values.ambient }}
{{- $repair := .Values.repair -}}
CURRENT_AGENT_VERSION: {{ .Values.tag | default .Values.global.tag | toString | quote }}
AMBIENT_ENABLED: {{ cat $ambient.enabled | quote }}
{{ toYaml (dict "AMBIENT_ENABLEMENT_SELECTOR" (toYaml $ambient.enablementSelectors)) }}
AMBIENT_DNS_CAPTURE: {{ cat $ambient.dnsCapture | quote }}
AMBIENT_IPV6: {{ cat $ambient.ipv6 | quote }}
AMBIENT_RECONCILE_POD_RULES_ON_STARTUP: {{ cat $ambient.reconcileIptablesOnStartup | quote }}
ENABLE_AMBIENT_DETECTION_RETRY: {{ cat $ambient.enableAmbientDetectionRetry | quote }}
{{- with .Values.cniConfFileName }}
CNI_CONF_NAME: {{ . | toString | quote }}
{{- end }}
ISTIO_OWNED_CNI_CONFIG: {{ cat .Values.istioOwnedCNIConfig | quote }}
{{- if .Values.istioOwnedCNIConfig }}
ISTIO_OWNED_CNI_CONF_FILENAME: {{ cat .Values.istioOwnedCNIConfigFileName | quote }}
{{- end }}
CHAINED_CNI_PLUGIN: {{ cat .Values.chained | quote }}
EXCLUDE_NAMESPACES: {{ join "," .Values.excludeNamespaces | quote }}
REPAIR_ENABLED: {{ cat $repair.enabled | quote }}
REPAIR_LABEL_PODS: {{ cat $repair.labelPods | quote }}
REPAIR_DELETE_PODS: {{ cat $repair.deletePods | quote }}
REPAIR_REPAIR_PODS: {{ cat $repair.repairPods | quote }}
REPAIR_INIT_CONTAINER_NAME: {{ cat $repair.initContainerName | quote }}
REPAIR_BROKEN_POD_LABEL_KEY: {{ cat $repair.brokenPodLabelKey | quote }}
REPAIR_BROKEN_POD_LABEL_VALUE: {{ cat $repair.brokenPodLabelValue | quote }}
NATIVE_NFTABLES: {{ cat .Values.global.nativeNftables | quote }}
{{- end }}
