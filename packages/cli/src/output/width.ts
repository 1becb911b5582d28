const segmenter = new Intl.Segmenter();

/** Width of a text, in characters as people count them. */
export function widthOf(text: string): number {
  return charactersOf(text).length;
}

/** As much of a text as there is room for; `…` stands for the rest. */
export function cutTo(text: string, room: number): string {
  const characters = charactersOf(text);
  return characters.length <= room ? text : `${characters.slice(0, Math.max(0, room - 1)).join("")}…`;
}

function charactersOf(text: string): readonly string[] {
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}
