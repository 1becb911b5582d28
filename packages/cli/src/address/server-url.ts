/** The address as it is used and kept; undefined: it is none. */
export function serverUrl(text: string): string | undefined {
  const url = URL.parse(text);
  return url === null || (url.protocol !== "http:" && url.protocol !== "https:") ? undefined : url.href.replace(/\/+$/u, "");
}
