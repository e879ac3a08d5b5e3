/**
 * The quality score: regret relative to random search.
 *
 * | symbol | meaning |
 * |---|---|
 * | r_n | noiseless regret of the best observed run after n evaluations |
 * | R_n | median r_n of random search |
 * | Q_n | geometric mean, over seeds and then problems, of max(r_n, R_100 / 1000) / R_100, n = 25, 50, 100 |
 * | Q | geometric mean of Q_25, Q_50, Q_100: less is better, 1 is random search |
 * | AUC | mean over problems, seeds and n = 1..100 of min(1, r_n / R_10) |
 */
import { readFileSync } from 'node:fs';
import { curveOf, type Trace } from './drive.ts';
import type { Problem } from './problem.ts';
import { mulberry32 } from './random-streams.ts';

export const checkpoints = [25, 50, 100] as const;

/** One search: log of the relative regret at each checkpoint. */
export interface Run {
  method: string;
  mode: Trace['mode'];
  problem: string;
  seed: number;
  logs: number[];
  auc: number;
}

export interface Score {
  method: string;
  at: number[];
  q: number;
  /** 90% bootstrap interval of Q over seeds. */
  low: number;
  high: number;
  auc: number;
  runs: number;
}

const floor = 1e-3;
const relative = (regret: number, { randomRegret }: Problem) => Math.log(Math.max(regret / randomRegret[100], floor));

export function runOf(trace: Trace, problem: Problem): Run {
  const curve = curveOf(trace, problem);
  const { method, mode, seed } = trace;
  return {
    method,
    mode,
    problem: problem.name,
    seed,
    logs: checkpoints.map((n) => relative(curve[n - 1] as number, problem)),
    auc: curve.slice(0, 100).reduce((sum, r) => sum + Math.min(1, r / problem.randomRegret[10]), 0) / 100,
  };
}

type Row = [
  method: string,
  mode: Trace['mode'],
  problem: string,
  seed: number,
  r25: number,
  r50: number,
  r100: number,
  auc: number,
];

/** What the libraries reached on the public suite (docs/optimizer.md says how). */
export function readBaselines(problems: readonly Problem[]): Run[] {
  const { traces }: { traces: Row[] } = JSON.parse(readFileSync(new URL('baselines.json', import.meta.url), 'utf8'));
  return traces.flatMap(([method, mode, name, seed, r25, r50, r100, auc]) => {
    const problem = problems.find((one) => one.name === name);
    if (problem === undefined) return [];
    return { method, mode, problem: name, seed, logs: [r25, r50, r100].map((r) => relative(r, problem)), auc };
  });
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

function groups(runs: readonly Run[]): Run[][] {
  const byProblem = new Map<string, Run[]>();
  for (const run of runs) byProblem.set(run.problem, [...(byProblem.get(run.problem) ?? []), run]);
  return [...byProblem.values()];
}

const logsOf = (all: readonly (readonly Run[])[]): number[] =>
  checkpoints.map((_, i) => mean(all.map((runs) => mean(runs.map((run) => run.logs[i] as number)))));

/** @param runs of one method and mode */
export function scoreOf(runs: readonly Run[]): Score {
  const all = groups(runs);
  const logs = logsOf(all);
  const random = mulberry32(1);
  const draws = Array.from({ length: 200 }, () =>
    mean(logsOf(all.map((one) => one.map(() => one[Math.floor(random() * one.length)] as Run)))),
  ).sort((a, b) => a - b);
  return {
    method: runs[0]?.method ?? '',
    at: logs.map(Math.exp),
    q: Math.exp(mean(logs)),
    low: Math.exp(draws[10] as number),
    high: Math.exp(draws[190] as number),
    auc: mean(all.map((one) => mean(one.map((run) => run.auc)))),
    runs: runs.length,
  };
}

export interface Paired {
  ratio: number;
  /** 90% bootstrap interval over problems and seeds. */
  low: number;
  high: number;
  problems: [name: string, ratio: number][];
  pairs: number;
}

/** Q of one method over Q of another on the same problems and seeds. */
export function pair(ours: readonly Run[], theirs: readonly Run[]): Paired {
  const differences = groups(ours).flatMap((runs) => {
    const found = runs.flatMap((run) => {
      const other = theirs.find((one) => one.problem === run.problem && one.seed === run.seed);
      return other === undefined ? [] : mean(run.logs) - mean(other.logs);
    });
    return found.length === 0 ? [] : [{ name: runs[0]?.problem ?? '', found }];
  });
  const random = mulberry32(1);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const draws = Array.from({ length: 2000 }, () =>
    mean(
      differences.map(() => {
        const { found } = pick(differences);
        return mean(found.map(() => pick(found)));
      }),
    ),
  ).sort((a, b) => a - b);
  return {
    ratio: Math.exp(mean(differences.map(({ found }) => mean(found)))),
    low: Math.exp(draws[100] as number),
    high: Math.exp(draws[1900] as number),
    problems: differences.map(({ name, found }) => [name, Math.exp(mean(found))]),
    pairs: differences.reduce((sum, { found }) => sum + found.length, 0),
  };
}
