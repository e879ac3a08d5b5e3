/** JSON as the client writes it (bare NaN and infinities, integers above 2^53), read for indexing only: the text itself is kept. */
import { parseJson, plain } from '../domain/json.ts';

/**
 * As our own reader has it. What is deeper is kept as text and never looked into: whatever walks such a value would run out of
 * stack.
 */
export const mostJsonLevels = 200;

/** @returns ordinary values; undefined where the text is no JSON at all, or deeper than `mostJsonLevels` */
export function readTolerant(text: string | null | undefined): unknown {
  if (text == null) return undefined;
  try {
    const value = JSON.parse(text);
    return isDeeper(value, mostJsonLevels) ? undefined : value;
  } catch {
    try {
      return plain(parseJson(text));
    } catch {
      return undefined;
    }
  }
}

function isDeeper(value: unknown, most: number): boolean {
  if (value === null || typeof value !== 'object') return false;
  return most === 0 || Object.values(value).some((item) => isDeeper(item, most - 1));
}

/** The same, as an object: an empty one where the text is something else. */
export function readObject(text: string | null | undefined): Record<string, unknown> {
  const value = readTolerant(text);
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

/** The value as inline JSON can carry it: NaN and infinities as text. */
export function inline(value: unknown): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(inline);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inline(item)]));
}
