import { badRequest } from "../errors/mod.ts";
import { objectField, objectItems, stringField, type ResourceType } from "../kinds/mod.ts";
import type { KubeObject } from "../objects/mod.ts";
import { getObject, type Api } from "./api.ts";

/** What a pod's containers have written, as an annotation of tests tells it: nothing runs in a pod here. */
const LOG = "portolan.test/log";

/**
 * The log of one container, or undefined for a pod that no node runs.
 *
 * @param options.tailLines how many lines of the end; absent: all
 * @param options.limitBytes how much of these, from their beginning; absent: all
 * @throws ApiError NotFound, or BadRequest when it is not clear which container is meant
 */
export function podLog(
  api: Api,
  type: ResourceType,
  target: { readonly namespace: string | undefined; readonly name: string },
  options: { readonly container: string; readonly tailLines: number | undefined; readonly limitBytes: number | undefined },
): string | undefined {
  const pod = getObject(api, type, target.namespace, target.name);
  checkContainer(pod, options.container);
  if (stringField(objectField(pod, "spec"), "nodeName") === "") return undefined;
  const lines = (pod.metadata.annotations?.[LOG] ?? "").split(/(?<=\n)/u);
  const { tailLines = lines.length } = options;
  const tail = tailLines === 0 ? "" : lines.slice(-tailLines).join("");
  return options.limitBytes === undefined ? tail : Buffer.from(tail).subarray(0, options.limitBytes).toString("utf8");
}

function checkContainer(pod: KubeObject, container: string): void {
  const spec = objectField(pod, "spec");
  const names = (field: string): string[] => objectItems(spec, field).map((each) => stringField(each, "name"));
  const [containers, init] = [names("containers"), names("initContainers")];
  const { name = "" } = pod.metadata;
  if (container === "") {
    if (containers.length === 1) return;
    throw badRequest(`a container name must be specified for pod ${name}, choose one of: [${[...init, ...containers].join(" ")}]`);
  }
  if (![...containers, ...init].includes(container)) throw badRequest(`container ${container} is not valid for pod ${name}`);
}
