import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

const CHART = `apiVersion: v2
name: web
version: 1.0.0
appVersion: "1"
`;

const VALUES = `image: nginx:1
extra: false
`;

const LABELS = `    app.kubernetes.io/managed-by: {{ .Release.Service }}
    app.kubernetes.io/instance: {{ .Release.Name }}`;

const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
  labels:
${LABELS}
spec:
  replicas: 1
  selector:
    matchLabels:
      app: {{ .Release.Name }}
  template:
    metadata:
      labels:
        app: {{ .Release.Name }}
    spec:
      containers:
        - name: main
          image: {{ .Values.image }}
`;

const SERVICE = `apiVersion: v1
kind: Service
metadata:
  name: {{ .Release.Name }}
  labels:
${LABELS}
spec:
  clusterIP: None
  selector:
    app: {{ .Release.Name }}
  ports:
    - port: 80
`;

const EXTRA = `{{- if .Values.extra }}
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-extra
  labels:
${LABELS}
data:
  capable: {{ .Capabilities.APIVersions.Has "apps/v1/Deployment" | quote }}
{{- end }}
`;

const HOOK = `apiVersion: batch/v1
kind: Job
metadata:
  name: {{ .Release.Name }}-prepare
  annotations:
    helm.sh/hook: pre-install,pre-upgrade
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
spec:
  template:
    spec:
      restartPolicy: Never
      containers:
        - name: main
          image: busybox
`;

/** A chart with what charts have: a workload, a service, something conditional, and a hook that runs a Job. */
export async function writeChart(folder: string): Promise<void> {
  const templates = join(folder, "templates");
  await mkdir(templates, { recursive: true });
  await writeFile(join(folder, "Chart.yaml"), CHART);
  await writeFile(join(folder, "values.yaml"), VALUES);
  await writeFile(join(templates, "deployment.yaml"), DEPLOYMENT);
  await writeFile(join(templates, "service.yaml"), SERVICE);
  await writeFile(join(templates, "extra.yaml"), EXTRA);
  await writeFile(join(templates, "hook.yaml"), HOOK);
}
