/**
 * The top-level key `sweepd`: everything that W&B does not have.
 *
 * | key | value |
 * |---|---|
 * | seed | integer: every draw and every shuffle follows from it |
 * | max_attempts | integer from 1: tries in all for one point |
 * | priority | integer: higher is served first |
 * | pool | name of the set of agents that serve the sweep |
 * | tags | list of names that an agent must have |
 * | max_parallel | integer from 1: runs at a time |
 * | stop | list of stop rules, see stop-rules.ts |
 * | unique | true: method random draws no point twice |
 * | order | sorted (W&B's order) or random: the order of a grid |
 * | sampler | random or quasi_random: how method random fills the space |
 * | objective | best, last, or mean_last_5 (1 to 10,000 rows): which value judges a run |
 * | prior | list of sweep names, and of points `{config: {name: value}, value?}` |
 */
import { isObject, type JsonValue, numberOf } from '../domain/json.ts';
import type { Objective, Prior, SweepdExtensions } from './config.ts';
import { bigInteger, choice, flag, integerFrom, number, problem, type Section, text, unknownKeys } from './fields.ts';
import { show } from './problems.ts';
import { parseStopRules } from './stop-rules.ts';

export const extensionKeys = [
  'seed',
  'max_attempts',
  'priority',
  'pool',
  'tags',
  'max_parallel',
  'stop',
  'unique',
  'order',
  'sampler',
  'objective',
  'prior',
];

export const noExtensions = (): SweepdExtensions => ({
  seed: null,
  maxAttempts: null,
  priority: null,
  pool: null,
  tags: [],
  maxParallel: null,
  stop: [],
  unique: false,
  order: 'sorted',
  sampler: 'random',
  objective: { kind: 'best' },
  prior: [],
});

export function parseExtensions(section: Section, method: string | null): SweepdExtensions {
  unknownKeys(section, extensionKeys, '"sweepd"');
  const extensions: SweepdExtensions = {
    seed: bigInteger(section, 'seed'),
    maxAttempts: number(section, 'max_attempts', integerFrom(1)),
    priority: number(section, 'priority', { what: 'an integer', fits: Number.isSafeInteger }),
    pool: text(section, 'pool'),
    tags: tags(section),
    maxParallel: number(section, 'max_parallel', integerFrom(1)),
    stop: parseStopRules(section),
    unique: flag(section, 'unique', false),
    order: choice(section, 'order', ['sorted', 'random'], 'sorted'),
    sampler: choice(section, 'sampler', ['random', 'quasi_random'], 'random'),
    objective: objective(section),
    prior: priors(section),
  };
  const only = (key: string, needed: string) => {
    if (method === null || method === needed || !(key in section.given)) return;
    section.report.warning(
      [...section.path, key],
      `"${key}" has no effect with method ${method}: it is for method ${needed}`,
    );
  };
  only('order', 'grid');
  only('unique', 'random');
  only('sampler', 'random');
  if (extensions.unique && extensions.sampler === 'quasi_random' && method === 'random') {
    section.report.warning(
      [...section.path, 'sampler'],
      'On a finite space "unique" goes through all points in shuffled order, whatever the sampler',
    );
  }
  return extensions;
}

function tags(section: Section): string[] {
  const given = section.given.tags;
  if (given === undefined) return [];
  const list = Array.isArray(given) ? given : [null];
  const names = list.filter((item) => typeof item === 'string');
  if (names.length < list.length)
    problem(section, 'tags', `"tags" must be a list of names, not ${show(given)}: write "tags: [gpu]"`);
  return names;
}

/** Every post of a run reads so many of its values. */
const mostRows = 10_000;

function objective(section: Section): Objective {
  const given = section.given.objective;
  if (given === undefined || given === 'best') return { kind: 'best' };
  if (given === 'last') return { kind: 'last' };
  const k = rowsOf(given);
  if (k !== null && Number.isSafeInteger(k) && k >= 1 && k <= mostRows) return { kind: 'mean_last_k', k };
  problem(
    section,
    'objective',
    `"objective" must be best, last or mean_last_5 (1 to ${mostRows} rows), not ${show(given)}`,
  );
  return { kind: 'best' };
}

/** k of `mean_last_5`, `{mean_last_k: 5}` or `{kind: mean_last_k, k: 5}`. */
function rowsOf(given: JsonValue): number | null {
  if (typeof given === 'string') return Number(/^mean_last_([0-9]+)$/.exec(given)?.[1] ?? Number.NaN);
  if (!isObject(given)) return null;
  return numberOf(given.kind === 'mean_last_k' ? given.k : given.mean_last_k);
}

function priors(section: Section): Prior[] {
  const given = section.given.prior;
  if (given === undefined) return [];
  if (!Array.isArray(given)) {
    problem(
      section,
      'prior',
      `"prior" must be a list of sweep names and points, not ${show(given)}: write "prior: [entity/project/sweep]"`,
    );
    return [];
  }
  const found: Prior[] = [];
  for (const [index, item] of given.entries()) {
    const config = isObject(item) ? item.config : undefined;
    if (typeof item === 'string') found.push({ sweep: item });
    else if (isObject(item) && typeof item.sweep === 'string') found.push({ sweep: item.sweep });
    else if (isObject(item) && isObject(config)) found.push({ config, value: numberOf(item.value) });
    else {
      const message = `A prior is a sweep's name or "{config: {name: value}, value: 0.5}", not ${show(item)}`;
      section.report(section.severity, [...section.path, 'prior', index], message);
    }
  }
  return found;
}
