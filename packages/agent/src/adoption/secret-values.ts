/** What looks like a secret among the values of a chart, by the names that charts use. Pure; no value is ever told. */
import { isJsonArray, isJsonObject, type Json } from "@portolan/shared/json";

/** From the outermost member to the value; numbers are places in lists. */
type Place = readonly (string | number)[];

/** Names under which charts take secrets. What has such a name must not stand in a ServiceInstance, which more people may read. */
const secret = /passw(?:or)?d|secret|token|credential|api[-_]?key|private[-_]?key/iu;
/** Names that say where a secret is or what is done with it, as `existingSecret`, `tokenFile` and `passwordKey` do: what people should use. */
const reference = /^existing|(?:name|refs?|file|path|type|provider|(?:passw(?:or)?d|token|credentials?)[-_]?key)$/iu;
/** What holds secrets under names of the user's own. */
const secrets = /^(?:secrets?|passw(?:or)?ds|tokens|credentials)$/iu;

/** Places of texts that look like secrets. */
export function secretPlaces(value: Json, place: Place = []): readonly Place[] {
  if (isJsonArray(value)) return value.flatMap((item, index) => secretPlaces(item, [...place, index]));
  if (!isJsonObject(value)) return typeof value === "string" && value !== "" && isSecretAt(place) ? [place] : [];
  const { name, value: held } = value;
  // An environment variable.
  if (typeof name === "string" && typeof held === "string" && held !== "" && isSecretName(name)) return [[...place, "value"]];
  return Object.entries(value).flatMap(([member, item]) => secretPlaces(item, [...place, member]));
}

function isSecretAt(place: Place): boolean {
  const names = place.filter((token) => typeof token === "string");
  const name = names.at(-1) ?? "";
  return isSecretName(name) || (!reference.test(name) && names.slice(0, -1).some((each) => secrets.test(each)));
}

function isSecretName(name: string): boolean {
  return secret.test(name) && !reference.test(name);
}
