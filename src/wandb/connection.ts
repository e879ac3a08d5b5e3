/** Relay-style connections: edges with a cursor, pages by `first` and `after`. */
import { invalidInput } from '../domain/errors.ts';

export interface PageArguments {
  first?: number | null;
  last?: number | null;
  after?: string | null;
}

const cursorOf = (index: number) => Buffer.from(`at:${index}`).toString('base64');

function indexOf(cursor: string): number {
  const index = Number(Buffer.from(cursor, 'base64').toString().replace(/^at:/, ''));
  if (!Number.isSafeInteger(index) || index < 0)
    throw invalidInput('invalid_cursor', `"${cursor}" is no cursor of this list.`);
  return index;
}

/** @param node makes what is shown of one item; called for the page's items only */
export function connection<T, N>(items: readonly T[], page: PageArguments, node: (item: T) => N) {
  const start = page.after ? indexOf(page.after) + 1 : page.last != null ? Math.max(0, items.length - page.last) : 0;
  const end = page.first == null ? items.length : Math.min(items.length, start + Math.max(0, page.first));
  const edges = items.slice(start, end).map((item, i) => ({ node: node(item), cursor: cursorOf(start + i) }));
  return {
    edges,
    totalCount: items.length,
    pageInfo: {
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
      hasNextPage: end < items.length,
      hasPreviousPage: start > 0,
    },
  };
}
