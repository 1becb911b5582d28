import { trackUpdate } from "../apply/mod.ts";
import { badRequest } from "../errors/mod.ts";
import type { Json } from "../json/mod.ts";
import type { ResourceType } from "../kinds/mod.ts";
import { decodeBody } from "./decode.ts";
import { updateObject, type UpdateResult } from "./update.ts";
import { matchNamespace, updaterContext, type Api, type Subresource, type WriteOptions } from "./api.ts";

/**
 * PUT: the whole object, or its status.
 *
 * @throws ApiError
 */
export function putObject(
  api: Api,
  type: ResourceType,
  target: { namespace: string | undefined; name: string; subresource: Subresource },
  body: Json,
  options: WriteOptions,
): UpdateResult {
  const { namespace, name, subresource } = target;
  const decoded = decodeBody(type, body, options);
  const bodyName = decoded.metadata.name ?? "";
  if (bodyName === "") decoded.metadata.name = name;
  else if (bodyName !== name) {
    throw badRequest(`the name of the object (${bodyName}) does not match the name on the URL (${name})`);
  }
  matchNamespace(type, namespace, decoded);
  return updateObject(api, {
    type,
    namespace,
    name,
    subresource,
    ...(decoded.metadata.uid === undefined ? {} : { expectedUid: decoded.metadata.uid }),
    forceAllowCreate: false,
    options,
    change: (existing) =>
      trackUpdate(updaterContext(api, type, subresource), existing, decoded, { manager: options.fieldManager, subresource }, api.now()),
  });
}
