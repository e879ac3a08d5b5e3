/** A sweep config as the commands show it: what is wrong with it, what it searches, what it would suggest. */
import type { Problem } from '../domain/errors.ts';
import { floatValue, type JsonObject, type JsonValue, jsonObject, writeJson } from '../domain/json.ts';
import { type Distribution, gridSize, parseSweepConfig, type SweepConfig } from '../space/index.ts';
import { startPoints } from './engine-points.ts';

export interface ParameterReport {
  /** Names joined by "/". */
  name: string;
  /** W&B's name of the distribution, as written or inferred. */
  type: string;
  /** The values or bounds, in words. */
  range: string;
}

export interface ConfigReport {
  /** No first suggestion, or a wasted sweep: refused. */
  errors: Problem[];
  /** W&B's schema complains: refused unless forced. */
  violations: Problem[];
  warnings: Problem[];
  types: Record<string, string>;
  /** The rest is null or empty where there are errors. */
  method: string | null;
  name: string | null;
  program: string | null;
  metric: { name: string; goal: string } | null;
  runCap: number | null;
  /** Points after which the search is exhausted; null: it has no end of its own. */
  size: bigint | null;
  parameters: ParameterReport[];
}

export interface Simulation {
  points: JsonObject[];
  /** The search had no more. */
  exhausted: boolean;
  /** What a result-driven search would do differently; null where the points are those that a sweep would hand out. */
  note: string | null;
}

export function inspectConfig(text: string): ConfigReport {
  const { errors, violations, warnings, types, config } = parseSweepConfig(text);
  return {
    errors,
    violations,
    warnings,
    types,
    method: config?.method ?? null,
    name: config?.name ?? null,
    program: config?.program ?? null,
    metric: config?.metric ? { name: config.metric.name, goal: config.metric.goal } : null,
    runCap: config?.runCap ?? null,
    size: config === null ? null : gridSize(config),
    parameters: config === null ? [] : config.space.parameters.map(parameterReport),
  };
}

const parameterReport = ({ name, form, distribution }: SweepConfig['space']['parameters'][number]) => ({
  name,
  type: form,
  range: describe(distribution),
});

/**
 * The first `count` points that a sweep with this config and seed hands out; fewer where the search or run_cap ends.
 * @param text a config without errors
 */
export function simulateConfig(text: string, count: number, seed: bigint | number): Simulation {
  const { config } = parseSweepConfig(text);
  if (config === null) throw new RangeError('Only a config without errors can be simulated.');
  const next = startPoints(config, seed);
  const wanted = config.runCap === null ? count : Math.min(count, config.runCap);
  const points: JsonObject[] = [];
  let exhausted = false;
  while (points.length < wanted && !exhausted) {
    const point = next();
    if (point === null) exhausted = true;
    else points.push(jsonObject(Object.entries(point)));
  }
  return { points, exhausted: exhausted || points.length === config.runCap, note: notes[config.method] ?? null };
}

const notes: Record<string, string> = {
  bayes: 'Method bayes chooses by results. Without any, these are points that fill the space evenly.',
  custom: 'Method custom is steered by a controller of your own. These are random draws from its space.',
};

const shownValues = 12;

function describe(law: Distribution): string {
  switch (law.kind) {
    case 'constant':
      return writeJson(law.value);
    case 'categorical':
      return listed(law.values);
    case 'categorical_w_probabilities':
      return listed(law.values.map((value, i) => `${writeJson(value)} (${law.probabilities[i]})`));
    case 'int_uniform':
      return `${law.first} to ${law.first + law.count - 1n}`;
    case 'normal':
    case 'log_normal':
      return `mu ${law.mu}, sigma ${law.sigma}${steps(law)}`;
    case 'beta':
      return `a ${law.a}, b ${law.b}${steps(law)}`;
    default:
      return `${writeJson(floatValue(law.min))} to ${writeJson(floatValue(law.max))}${steps(law)}`;
  }
}

function listed(values: readonly JsonValue[]): string {
  const shown = values.slice(0, shownValues).map((value) => (typeof value === 'string' ? value : writeJson(value)));
  const rest = values.length - shown.length;
  return `${shown.join(', ')}${rest > 0 ? `, ... (${values.length} values)` : ''}`;
}

const steps = (law: { q: { step: number } | null }): string => (law.q === null ? '' : `, steps of ${law.q.step}`);
