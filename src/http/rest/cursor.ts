/** Where the next page of a list begins: text that clients hand back and do not read. */
import { invalidInput } from '../../domain/errors.ts';

export const writeCursor = (...parts: readonly (string | number)[]): string =>
  Buffer.from(parts.join(' ')).toString('base64url');

/**
 * @returns the parts, or undefined where the request has no cursor: the first page
 * @throws SweepdError `invalid_cursor`
 */
export function readCursor(cursor: string | undefined, parts: RegExp): string[] | undefined {
  if (cursor === undefined) return undefined;
  const match = parts.exec(Buffer.from(cursor, 'base64url').toString());
  if (match === null) {
    const message = 'This is no cursor of this list: hand back "next_cursor" of the page before as it came.';
    throw invalidInput('invalid_cursor', message, [{ path: 'cursor', message }]);
  }
  return match.slice(1);
}

/** A page of what was read with one row more than asked for. */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  limit: number,
  item: (row: Row) => Item,
  cursorOf: (row: Row) => string,
): { items: Item[]; next_cursor: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { items: shown.map(item), next_cursor: rows.length > limit && last !== undefined ? cursorOf(last) : null };
}
