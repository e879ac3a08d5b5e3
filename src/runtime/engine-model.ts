/** The model-based search of the engine's ops: they keep or make the snapshot that the optimizer is a function of. */
import { fromPlain, isObject, type JsonObject, type JsonValue, jsonObject, numberOf } from '../domain/json.ts';
import { type ModelState, type Result, suggest } from '../optimizer/index.ts';
import { countOf, type Point, pointOfWire, runsOf, type SweepConfig, wireConfig } from '../space/index.ts';

export interface SessionPoint {
  point: Point;
  info: JsonObject;
}

/** A search that is told results as they come. */
export interface ModelSession {
  next(count: number, pending: readonly Point[]): SessionPoint[];
  learn(result: Result): void;
}

export function modelSession(config: SweepConfig, seed: bigint | number): ModelSession {
  const results: Result[] = [];
  let model: ModelState | null = null;
  let made = 0;
  let width = 1;
  return {
    next: (count, pending) => {
      // As many agents as there ever were points without a result, with those asked for now.
      width = Math.max(width, pending.length + count);
      const answer = suggest({ config, seed, made, width, results, pending, model }, count);
      model = answer.model;
      made += answer.suggestions.length;
      return answer.suggestions.map(({ point, explanation }) => {
        const info = fromPlain(explanation);
        return { point, info: isObject(info) ? info : jsonObject() };
      });
    },
    learn: (result) => {
      results.push(result);
    },
  };
}

const live = ['running', 'pending', 'preempting'];

/** `engine next` of method bayes: the runs, as W&B's wire has them, are all that is known. */
export function modelNext(config: SweepConfig, input: JsonObject): JsonObject {
  const count = countOf(input.n, 'n', 1);
  const results: Result[] = [];
  const pending: Point[] = [];
  for (const { run, config: wire } of runsOf(input)) {
    const point = pointOfWire(wire);
    if (typeof run.state === 'string' && live.includes(run.state)) pending.push(point);
    else results.push({ point, value: objectiveOf(config, run), state: resultState(run.state) });
  }
  const seed = typeof input.seed === 'bigint' ? input.seed : (numberOf(input.seed) ?? 0);
  const made = results.length + pending.length;
  const width = pending.length + count;
  const { suggestions } = suggest({ config, seed, made, width, results, pending, model: null }, count);
  return jsonObject([
    [
      'suggestions',
      suggestions.map(({ point, explanation }) =>
        jsonObject([
          ['config', wireConfig(point)],
          ['info', fromPlain(explanation)],
        ]),
      ),
    ],
    ['exhausted', suggestions.length < count],
  ]);
}

function resultState(state: JsonValue | undefined): Result['state'] {
  if (state === 'failed' || state === 'crashed') return state;
  return state === 'killed' || state === 'preempted' ? 'killed' : 'finished';
}

/** The value that judges a run, as `sweepd.objective` says; a value in the summary alone counts too. */
function objectiveOf({ metric, extensions: { objective } }: SweepConfig, run: JsonObject): number | null {
  if (metric === null) return null;
  const rows = Array.isArray(run.history) ? run.history.filter(isObject) : [];
  const values = rows
    .map((row) => numberOf(row[metric.name]))
    .filter((value) => value !== null && !Number.isNaN(value));
  const summary = isObject(run.summary) ? numberOf(run.summary[metric.name]) : null;
  const last = summary ?? values.at(-1) ?? null;
  if (objective.kind === 'last' || values.length === 0) return last;
  if (objective.kind === 'mean_last_k') {
    const tail = values.slice(-objective.k);
    return tail.reduce((sum: number, value) => sum + (value ?? 0), 0) / tail.length;
  }
  const all = summary === null || Number.isNaN(summary) ? values : [...values, summary];
  const numbers = all.map((value) => value ?? Number.NaN);
  return metric.goal === 'maximize' ? Math.max(...numbers) : Math.min(...numbers);
}
