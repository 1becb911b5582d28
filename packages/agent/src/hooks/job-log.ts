/** The end of what a failed Job or Pod has said: often the only place where the reason stands. */
import { listAt, numberAt, stringAt } from "../fields/mod.ts";
import { KubeError, type KubeClient, type KubeObject, type ObjectRef } from "../kube/mod.ts";

const mostLines = 10;
/** A failure's message holds 1 KiB, with the words around it. */
const mostCharacters = 700;

/** The last lines of a pod that failed, of a Job the newest one; undefined when there is none, or its log cannot be read. */
export async function endOfLog(kube: KubeClient, { kind, namespace = "", name }: ObjectRef): Promise<string | undefined> {
  try {
    const selection =
      kind === "Job" ? { labelSelector: `batch.kubernetes.io/job-name=${name}` } : { fieldSelector: `metadata.name=${name}` };
    const { items } = await kube.list("v1", "Pod", { namespace, ...selection });
    const pod = newestFailed(items);
    if (pod === undefined) return undefined;
    const container = failedContainer(pod);
    const log = await kube.podLog(
      { namespace, name: pod.metadata.name },
      { tailLines: mostLines, ...(container === undefined ? {} : { container }) },
    );
    return shorten(log);
  } catch (error) {
    // The Job has failed whatever its log says; a log that is gone, or may not be read, changes nothing about that.
    if (error instanceof KubeError && error.status > 0) return undefined;
    throw error;
  }
}

function newestFailed(pods: readonly KubeObject[]): KubeObject | undefined {
  return pods
    .filter((pod) => stringAt(pod, "status", "phase") === "Failed")
    .toSorted((a, b) => ((a.metadata.creationTimestamp ?? "") < (b.metadata.creationTimestamp ?? "") ? 1 : -1))[0];
}

function failedContainer(pod: KubeObject): string | undefined {
  const statuses = [...listAt(pod, "status", "initContainerStatuses"), ...listAt(pod, "status", "containerStatuses")];
  const failed = statuses.find((each) => (numberAt(each, "state", "terminated", "exitCode") ?? 0) !== 0);
  return stringAt(failed, "name");
}

function shorten(log: string): string | undefined {
  const end = log.trimEnd().split("\n").slice(-mostLines).join("\n");
  if (end === "") return undefined;
  return end.length > mostCharacters ? `…${end.slice(-mostCharacters)}` : end;
}
