/** Numbered lines that arrive in pieces: line i is what the last arrival wrote there. */

export interface Piece {
  /** Number of the first line, from 0. */
  offset: number;
  lines: string[];
}

/**
 * Lays arrivals over each other, in their order.
 * @returns what results, in pieces without gaps, by number; never more of them than arrivals
 */
export function layOver(arrivals: Iterable<{ offset: number; lines: readonly string[] }>): Piece[] {
  const texts = new Map<number, string>();
  for (const { offset, lines } of arrivals) {
    for (const [i, line] of lines.entries()) texts.set(offset + i, line);
  }
  const pieces: Piece[] = [];
  for (const line of [...texts.keys()].sort((a, b) => a - b)) {
    const open = pieces.at(-1);
    const text = texts.get(line) ?? '';
    if (open !== undefined && open.offset + open.lines.length === line) open.lines.push(text);
    else pieces.push({ offset: line, lines: [text] });
  }
  return pieces;
}
