{{- /* The text of a values file that this chart carries; fails when there is none. */}}
{{- define "effective.layer" }}
{{- $text := .root.Files.Get (printf "files/%s.yaml" .file) }}
{{- if not $text }}
{{- fail .error }}
{{- end }}
{{- $text }}
{{- end }}
