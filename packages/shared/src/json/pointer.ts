/** JSON Pointer (RFC 6901) of a child: `~` and `/` in a key are escaped. The root is the empty string. */
export function childPointer(parent: string, key: string | number): string {
  return `${parent}/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/** JSON Pointer of a path of keys and indexes. */
export function toPointer(path: Iterable<string | number>): string {
  let pointer = "";
  for (const key of path) pointer = childPointer(pointer, key);
  return pointer;
}
