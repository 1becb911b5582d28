import { untilAborted } from "./deadline.ts";
import { ClientReason, isNoKindMatch, isNotFound, KubeError } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import { describeKind, type KindRef } from "./object.ts";
import { isRecord, stringField } from "./parse.ts";
import { groupVersionPath } from "./path.ts";
import type { ResourceInfo } from "./resource-info.ts";

type ResourcesByKind = ReadonlyMap<string, ResourceInfo>;

/**
 * Knows which path serves a kind. Group versions are asked for once; a kind that is missing from what was learned is looked for
 * again each time, because a CustomResourceDefinition may have come since.
 */
export class Discovery {
  readonly #exchange: Exchange;
  readonly #known = new Map<string, Promise<ResourcesByKind>>();

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  /** @throws KubeError NoKindMatch when the server has no such kind */
  async resourceFor(kind: KindRef, signal?: AbortSignal): Promise<ResourceInfo> {
    const earlier = this.#known.get(kind.apiVersion);
    if (earlier !== undefined) {
      const found = (await untilAborted(earlier, signal)).get(kind.kind);
      if (found !== undefined) return found;
    }
    const found = (await untilAborted(this.#learn(kind.apiVersion, earlier), signal)).get(kind.kind);
    if (found === undefined) throw noKindMatch(kind);
    return found;
  }

  /** What was learned turned out to be wrong: the server does not serve a path of this group version any more. */
  forget(apiVersion: string): void {
    this.#known.delete(apiVersion);
  }

  /** Asks, unless somebody else asks already. `outdated` is the answer that did not do. */
  #learn(apiVersion: string, outdated: Promise<ResourcesByKind> | undefined): Promise<ResourcesByKind> {
    const current = this.#known.get(apiVersion);
    if (current !== undefined && current !== outdated) return current;
    const asked = this.#ask(apiVersion);
    this.#known.set(apiVersion, asked);
    asked.catch(() => {
      // The callers get the error; here it is only kept from being remembered.
      if (this.#known.get(apiVersion) === asked) this.#known.delete(apiVersion);
    });
    return asked;
  }

  async #ask(apiVersion: string): Promise<ResourcesByKind> {
    try {
      const answer = await this.#exchange.ask({ method: "GET", path: groupVersionPath(apiVersion), description: `discover ${apiVersion}` });
      return parseResourceList(apiVersion, answer);
    } catch (error) {
      // A group version that nothing serves has no kinds.
      if (isNoKindMatch(error) || isNotFound(error)) return new Map();
      throw error;
    }
  }
}

function parseResourceList(apiVersion: string, answer: unknown): ResourcesByKind {
  const listed: unknown = isRecord(answer) ? answer["resources"] : undefined;
  if (!Array.isArray(listed)) {
    const detail = "expected an APIResourceList, found something else";
    throw new KubeError({ status: 200, reason: ClientReason.MalformedResponse, request: `discover ${apiVersion}`, detail });
  }
  const entries = listed.map((entry: unknown) => ({
    name: stringField(entry, "name") ?? "",
    kind: stringField(entry, "kind") ?? "",
    namespaced: isRecord(entry) && entry["namespaced"] === true,
    verbs: isRecord(entry) && Array.isArray(entry["verbs"]) ? entry["verbs"].filter((verb) => typeof verb === "string") : [],
  }));
  const resources = entries.filter((entry) => entry.name !== "" && !entry.name.includes("/"));
  return new Map(
    resources.map((entry) => {
      const prefix = `${entry.name}/`;
      const subresources = entries.filter((other) => other.name.startsWith(prefix)).map((other) => other.name.slice(prefix.length));
      return [
        entry.kind,
        { apiVersion, kind: entry.kind, plural: entry.name, namespaced: entry.namespaced, verbs: entry.verbs, subresources },
      ];
    }),
  );
}

function noKindMatch(kind: KindRef): KubeError {
  return new KubeError({
    status: 404,
    reason: ClientReason.NoKindMatch,
    request: `discover ${describeKind(kind)}`,
    detail: "the API server serves no such kind; is its CustomResourceDefinition installed?",
  });
}
