{{- define "parcels.labels" -}}
app.kubernetes.io/name: parcels
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}
