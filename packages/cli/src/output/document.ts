/** A document for programs. `yaml` is loaded by those who ask for it. */
export async function formatDocument(value: unknown, format: "json" | "yaml"): Promise<string> {
  if (format === "json") {
    return `${JSON.stringify(value, undefined, 2)}\n`;
  }
  const { stringify } = await import("yaml");
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}
