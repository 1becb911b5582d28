/** So many names are listed at most. */
const MAX_LISTED = 8;

/** Names in the order of how little has to be changed to come from what was written to them; equal ones in their own order. */
export function nearestFirst(written: string, names: Iterable<string>): readonly string[] {
  return [...names]
    .map((name) => ({ name, distance: editDistance(written.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)
    .map(({ name }) => name);
}

/** `a, b, c and 4 more`, the nearest first; `none` when there are none. */
export function listNearest(written: string, names: Iterable<string>): string {
  const ordered = nearestFirst(written, names);
  const more = ordered.length > MAX_LISTED ? ` and ${ordered.length - MAX_LISTED} more` : "";
  return ordered.length === 0 ? "none" : `${ordered.slice(0, MAX_LISTED).join(", ")}${more}`;
}

/** Levenshtein's distance, by rows. */
function editDistance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const replaced = (above[column - 1] ?? 0) + Number(a[row - 1] !== b[column - 1]);
      current.push(Math.min(replaced, (above[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    above = current;
  }
  return above[b.length] ?? 0;
}
