/** Where a ladder's rungs are. */
import type { Ladder } from '../../domain/stop.ts';

/** @param rungs ascending, without repetitions */
export function ladderAt(rungs: readonly number[]): Pick<Ladder, 'rungs' | 'lastRung'> {
  return {
    rungs: (after, upTo) => rungs.filter((rung) => rung > after && rung <= upTo),
    lastRung: (upTo) => rungs.findLast((rung) => rung <= upTo) ?? null,
  };
}

const mostRungs = 200;

/**
 * Rungs from `first` on, each a quarter further than the one before, at least by 1: 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 18, ... So a
 * run of a million values is compared about 60 times, and what is kept for it stays small.
 * @param first from 1
 */
export function growingRungs(first: number): number[] {
  const rungs: number[] = [];
  let rung = first;
  while (rungs.length < mostRungs && Number.isSafeInteger(rung)) {
    rungs.push(rung);
    rung = Math.max(rung + 1, Math.floor(rung * 1.25));
  }
  return rungs;
}
