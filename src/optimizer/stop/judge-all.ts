/** The stop rules on a list of whole runs, without any memory: what the engine's pipe answers, and what tests compare the server with. */
import { createSortedValues, type SortedValues } from '../../domain/sorted-values.ts';
import type { Ladder, SweepRules } from '../../domain/stop.ts';
import { bestLoss, type RunRecord } from './run-record.ts';

/** What a run leaves at a rung that it has reached. */
export function lossAt(ladder: Ladder, values: readonly number[], sign: 1 | -1, rung: number): number {
  if (ladder.leaves === 'there') return sign * (values[rung - 1] ?? Number.NaN);
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < rung; i++) best = Math.min(best, sign * (values[i] ?? Number.POSITIVE_INFINITY));
  return best;
}

/** @returns names of the running runs that a rule wants stopped, in the order given */
export function runsToStop(rules: SweepRules, runs: readonly RunRecord[]): string[] {
  const running = runs.filter((run) => run.state === 'running');
  const condemned = new Set<string>();
  for (const ladder of rules.ladders) {
    const rungs = new Map<number, SortedValues>();
    const lossesAt = (rung: number): SortedValues => {
      const losses = rungs.get(rung) ?? lossesAtRung(ladder, rules.sign, runs, rung);
      rungs.set(rung, losses);
      return losses;
    };
    for (const run of running) if (isCondemned(ladder, rules.sign, lossesAt, run)) condemned.add(run.name);
  }
  if (rules.divergence !== null) {
    for (const run of running) if (rules.divergence(0, run.allValues).found !== null) condemned.add(run.name);
  }
  return runs.filter(({ name }) => condemned.has(name)).map(({ name }) => name);
}

/** The losses that all runs left at a rung, in any state. */
export const lossesAtRung = (ladder: Ladder, sign: 1 | -1, runs: readonly RunRecord[], rung: number) =>
  createSortedValues(
    runs.filter(({ values }) => values.length >= rung).map(({ values }) => lossAt(ladder, values, sign, rung)),
  );

function isCondemned(ladder: Ladder, sign: 1 | -1, lossesAt: (rung: number) => SortedValues, run: RunRecord): boolean {
  const rung = ladder.lastRung(run.values.length);
  if (rung === null) return false;
  const best = run.values.reduce((least, value) => Math.min(least, sign * value), Number.POSITIVE_INFINITY);
  const stake = ladder.stakes === 'best' ? best : lossAt(ladder, run.values, sign, rung);
  return ladder.compare(lossesAt(rung), stake).stop;
}

/**
 * Whether the search should hand out nothing more.
 * @param runs in the order in which they ended
 * @param runCap null: no limit
 * @returns why, or null
 */
export function whyFinished(rules: SweepRules, runs: readonly RunRecord[], runCap: number | null): string | null {
  const { sign, target, plateau } = rules;
  if (target !== null) {
    const reached = runs.find((run) => (bestLoss(run, sign) ?? Number.POSITIVE_INFINITY) <= sign * target);
    if (reached !== undefined) return `target of ${target} reached by run ${reached.name}`;
  }
  if (runCap !== null && runs.length >= runCap) return `run_cap of ${runCap} reached`;
  if (plateau === null) return null;
  let progress = { best: null as number | null, runsSince: 0 };
  for (const run of runs) {
    if (run.state !== 'finished' && run.state !== 'killed') continue;
    progress = plateau.after(progress, bestLoss(run, sign));
    if (progress.runsSince >= plateau.runs) return `plateau: ${plateau.runs} runs without an improvement`;
  }
  return null;
}
