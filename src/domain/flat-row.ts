/**
 * One number out of a row's JSON text without parsing it: a quarter of the time, or less (2026-11-26). Only in rows without objects,
 * lists and escapes: there a name in quotes and a colon can be nothing but a key.
 */

/**
 * @returns reads the finite number under a key of the row's first level: null where the row has no such key, undefined where only
 *   parsing can tell. Of a key that is there twice the last counts, as ever
 */
export function flatReader(name: string): (line: string) => number | null | undefined {
  // A name beyond ASCII may be spelled with escapes. One that begins with punctuation may stand between two texts: `"a":":1,"`.
  if (!/^[ -~]+$/.test(name) || /^\s*[:,]/.test(name)) return () => undefined;
  const written = JSON.stringify(name).slice(1, -1);
  return (line) => {
    const first = line.indexOf(written);
    // With an escape somewhere, the key may be spelled with one: `train\/loss`.
    if (first < 0) return line.includes('\\') ? undefined : null;
    if (line[0] !== '{' || line[line.length - 1] !== '}') return undefined;
    if (line.includes('\\') || line.includes('{', 1) || line.includes('[')) return undefined;
    let behindKey = -1;
    // Without the quotes, which are all over the line, the search is five times as fast.
    for (let at = first; at >= 0; at = line.indexOf(written, at + 1)) {
      const end = at + written.length;
      if (line[at - 1] !== '"' || line[end] !== '"') continue;
      const next = line[end + 1];
      if (next === ':') behindKey = end + 2;
      else if (next !== ',' && next !== '}') return undefined;
    }
    return behindKey < 0 ? undefined : plainNumber(line, behindKey);
  };
}

/** The number that stands at `from` and is followed by the next key or the end. */
function plainNumber(line: string, from: number): number | undefined {
  const begin = afterSpace(line, from);
  let end = begin;
  while (isNumeric(line.charCodeAt(end))) end++;
  const first = line.charCodeAt(line[begin] === '-' ? begin + 1 : begin);
  const next = line[afterSpace(line, end)];
  if (!isDigit(first) || (next !== ',' && next !== '}')) return undefined;
  const value = Number(line.slice(begin, end));
  return Number.isFinite(value) ? value : undefined;
}

const isDigit = (code: number) => code >= 48 && code <= 57;
/** Digits and `+ - . E e`. */
const isNumeric = (code: number) =>
  isDigit(code) || code === 43 || code === 45 || code === 46 || code === 69 || code === 101;

function afterSpace(line: string, from: number): number {
  let at = from;
  for (let code = line.charCodeAt(at); code === 32 || (code >= 9 && code <= 13); code = line.charCodeAt(++at));
  return at;
}
