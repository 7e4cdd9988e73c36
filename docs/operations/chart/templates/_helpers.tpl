{{- define "rat.labels" -}}
app.kubernetes.io/name: rat-runs
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "rat.selector" -}}
app.kubernetes.io/name: rat-runs
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "rat.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "rat.claim" -}}
{{ .Values.storage.existingClaim | default (printf "%s-data" .Release.Name) }}
{{- end }}

{{/* Files and not variables: other processes of the same user can read a variable. */}}
{{- define "rat.env" -}}
- { name: DATABASE_URL_FILE, value: /run/rat/database_url }
{{- if .Values.redis }}
- { name: REDIS_URL_FILE, value: /run/rat/redis_url }
{{- end }}
- { name: RAT_HOME, value: /data }
{{- range $name, $value := .Values.env }}
- { name: {{ $name }}, value: {{ $value | quote }} }
{{- end }}
{{- end }}

{{/* The runs of the pools that the runners serve, waiting or running. */}}
{{- define "rat.queueSql" -}}
SELECT count(*) FROM runs WHERE status IN ('pending', 'running') AND pool IN (
{{- range $n, $pool := .Values.runner.pools }}{{ if $n }}, {{ end }}'{{ $pool }}'{{ end }})
{{- end }}
