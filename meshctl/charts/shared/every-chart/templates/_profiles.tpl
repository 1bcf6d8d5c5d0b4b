{{- /* The text of a values file that this chart carries; fails when there is none. */}}
{{- define "effective.layer" }}
{{- $text := .root.Files.Get (printf "files/%s.yaml" .file) }}
{{- if not $text }}
{{- fail .error }}
{{- end }}
{{- $text }}
{{- end }}
{{- /*
Takes null out of `above` where it stands for a mapping of `below`: a group of settings stays what it is, as templates
look into it. Mappings that a user fills, and that a template can do without, null takes away.
*/}}
{{- define "effective.keepGroups" }}
{{- $below := .below }}
{{- $above := .above }}
{{- range $name, $value := $above }}
{{- $default := get $below $name }}
{{- if kindIs "map" $default }}
{{- if kindIs "map" $value }}
{{- include "effective.keepGroups" (dict "below" $default "above" $value) }}
{{- else if and (kindIs "invalid" $value) (not (has $name (list "resources" "requests" "limits" "podAnnotations" "updateStrategy" "rollingUpdate"))) }}
{{- $_ := unset $above $name }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
