/** The next points of a model-based search. */
import type { Answer, Snapshot } from './types.ts';

/**
 * The next `count` points, different from one another and from all known ones where the space has others left.
 * Depends on its arguments alone, and never throws for what is in them.
 */
export function suggest(snapshot: Snapshot, count: number): Answer {
  throw new Error(`not built yet: ${snapshot.made} ${count}`);
}
