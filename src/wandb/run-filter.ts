/**
 * The public API's run filters and orders: MongoDB's operators over a run's fields, its config and its summary.
 * `config.K` and `config.K.value` both mean the value; K may itself hold dots.
 */
import { invalidInput } from '../domain/errors.ts';
import type { RunRow, RunSelection, Views } from '../store/views/views.ts';
import { boundedRegex, RegexRefused } from './bounded-regex.ts';
import { valueAt } from './history.ts';
import { readObject, readTolerant } from './tolerant-json.ts';

/** @throws SweepdError `invalid_filter`; what it returns throws it too, where a pattern takes too long */
export function runFilter(filters: string | null | undefined): (run: RunRow) => boolean {
  if (!filters) return () => true;
  const tree = readTolerant(filters);
  if (tree === null) return () => true;
  return compile(tree);
}

const invalidFilter = (why: string) => invalidInput('invalid_filter', `Invalid run filter: ${why}.`);

type Test = (run: RunRow) => boolean;

function compile(tree: unknown): Test {
  if (tree === null || typeof tree !== 'object' || Array.isArray(tree))
    throw invalidFilter('a condition is a JSON object');
  const tests = Object.entries(tree).map(([key, condition]): Test => {
    if (key === '$and' || key === '$or' || key === '$nor') {
      if (!Array.isArray(condition)) throw invalidFilter(`${key} takes a list`);
      const parts = condition.map((part) => compile(part));
      if (key === '$and') return (run) => parts.every((part) => part(run));
      const any: Test = (run) => parts.some((part) => part(run));
      return key === '$or' ? any : (run) => !any(run);
    }
    if (key === '$not') {
      const inner = compile(condition);
      return (run) => !inner(run);
    }
    if (key.startsWith('$')) throw invalidFilter(`${key} is not known`);
    const matches = compileCondition(condition);
    return (run) => matches(fieldValue(run, key));
  });
  return (run) => tests.every((test) => test(run));
}

function compileCondition(condition: unknown): (value: unknown) => boolean {
  if (condition === null || typeof condition !== 'object' || Array.isArray(condition)) {
    return (value) => equal(value, condition);
  }
  const entries = Object.entries(condition);
  if (!entries.every(([key]) => key.startsWith('$'))) return (value) => equal(value, condition);
  const tests = entries.map(([operator, operand]) => compileOperator(operator, operand));
  return (value) => tests.every((test) => test(value));
}

function compileOperator(operator: string, operand: unknown): (value: unknown) => boolean {
  switch (operator) {
    case '$eq':
      return (value) => equal(value, operand);
    case '$ne':
      return (value) => !equal(value, operand);
    case '$gt':
      return (value) => comparable(value, operand) && (value as number) > (operand as number);
    case '$gte':
      return (value) => comparable(value, operand) && (value as number) >= (operand as number);
    case '$lt':
      return (value) => comparable(value, operand) && (value as number) < (operand as number);
    case '$lte':
      return (value) => comparable(value, operand) && (value as number) <= (operand as number);
    case '$in':
      return (value) => Array.isArray(operand) && operand.some((one) => equal(value, one));
    case '$nin':
      return (value) => Array.isArray(operand) && !operand.some((one) => equal(value, one));
    case '$exists':
      return (value) => (value !== undefined && value !== null) === Boolean(operand);
    case '$regex':
      return matcher(operand);
    case '$not': {
      const inner = compileCondition(operand);
      return (value) => !inner(value);
    }
    default:
      throw invalidFilter(`${operator} is not known`);
  }
}

function matcher(source: unknown): (value: unknown) => boolean {
  const refusing = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw error instanceof RegexRefused ? invalidFilter(`$regex: ${error.message}`) : error;
    }
  };
  const matches = refusing(() => boundedRegex(source));
  return (value) => typeof value === 'string' && refusing(() => matches(value));
}

const comparable = (value: unknown, operand: unknown) =>
  typeof value === typeof operand && (typeof value === 'number' || typeof value === 'string');

function equal(value: unknown, operand: unknown): boolean {
  // A list field (tags) matches where one of its entries does, as in MongoDB.
  if (Array.isArray(value) && !Array.isArray(operand)) return value.some((one) => equal(one, operand));
  if (value === undefined || value === null) return operand === null || operand === undefined;
  if (typeof value === 'object' || typeof operand === 'object')
    return JSON.stringify(value) === JSON.stringify(operand);
  return value === operand;
}

function fieldValue(run: RunRow, key: string): unknown {
  const [head, ...rest] = key.split('.');
  const path = rest.join('.');
  switch (head) {
    case 'sweep':
      return run.sweepId;
    case 'name':
      return run.name;
    case 'display_name':
    case 'displayName':
      return run.displayName;
    case 'state':
      return run.state;
    case 'tags':
      return readTolerant(run.tags);
    case 'created_at':
    case 'createdAt':
      return new Date(run.createdAt).toISOString();
    case 'heartbeat_at':
    case 'heartbeatAt':
      return run.heartbeatAt === null ? null : new Date(run.heartbeatAt).toISOString();
    case 'group':
      return run.groupName;
    case 'jobType':
    case 'job_type':
      return run.jobType;
    case 'username':
    case 'user':
      return run.userName;
    case 'duration':
      return run.endedAt === null || run.begunAt === null ? null : (run.endedAt - run.begunAt) / 1000;
    case 'config':
      return configValue(run, path);
    case 'summary_metrics':
    case 'summary':
    case 'summaryMetrics':
      return valueAt(readObject(run.summary), path);
    default:
      throw invalidFilter(`there is no field "${key}"`);
  }
}

function configValue(run: RunRow, path: string): unknown {
  // Without a prototype: `__proto__` is a name like any other.
  const values: Record<string, unknown> = Object.create(null);
  for (const [name, entry] of Object.entries(readObject(run.config))) {
    values[name] = entry !== null && typeof entry === 'object' && 'value' in entry ? entry.value : entry;
  }
  const direct = valueAt(values, path);
  return direct === undefined && path.endsWith('.value') ? valueAt(values, path.slice(0, -'.value'.length)) : direct;
}

/**
 * Sorts by `+key` or `-key` (several separated by commas). Runs without the value come last in both directions, NaN too, since
 * the client takes the first row as the best run.
 * @param runs looked at one by one: only what they are sorted by is kept of them
 * @returns their row ids
 * @throws SweepdError `invalid_filter`
 */
export function sortRuns(runs: Iterable<RunRow>, order: string | null | undefined): number[] {
  const keys = (order || '+created_at').split(',').map((part) => {
    const text = part.trim();
    return { descending: text.startsWith('-'), key: text.replace(/^[+-]/, '') };
  });
  const decorated = Array.from(runs, (run) => ({ id: run.id, values: keys.map(({ key }) => sortValue(run, key)) }));
  decorated.sort((a, b) => {
    for (const [i, { descending }] of keys.entries()) {
      const sign = compare(a.values[i], b.values[i], descending);
      if (sign !== 0) return sign;
    }
    return keys[0]?.descending ? b.id - a.id : a.id - b.id;
  });
  return decorated.map(({ id }) => id);
}

/** `{"$and":[{"sweep":"ID"}]}`, as the client asks for a sweep's runs, and nothing else. */
export const sweepOnly = (filters: string | null | undefined): string | undefined =>
  /^\{"\$and":\s*\[\{"sweep":\s*"([a-z0-9]+)"\}\]\}$/.exec(filters ?? '')?.[1];

const isSweepOnly = (filters: string, { sweepId }: RunSelection) =>
  sweepId !== undefined && sweepOnly(filters) === sweepId;

/** The ids of the selected runs that pass the filter, in order; a project may have ten thousand and more. */
export function listRuns(
  views: Views,
  selection: RunSelection,
  { filters, order }: { filters?: string | null; order?: string | null },
): number[] {
  const byTime = /^\s*([+-]?)created_?at\s*$/i.exec(order || '+created_at');
  // The commonest lists need no look at any run.
  if (byTime !== null && (!filters || isSweepOnly(filters, selection))) {
    return views.runIds(selection, byTime[1] === '-' ? 'newest' : 'oldest');
  }
  const passes = runFilter(filters);
  // Configs and summaries are nine tenths of the runs' bytes.
  const needsTexts = /config|summary/i.test(`${filters ?? ''} ${order ?? ''}`);
  function* passing() {
    for (const run of views.eachRun(selection, needsTexts)) if (passes(run)) yield run;
  }
  return sortRuns(passing(), order);
}

function sortValue(run: RunRow, key: string): number | string | null {
  if (key === 'created_at' || key === 'createdAt') return run.createdAt;
  const value = fieldValue(run, key);
  if (typeof value === 'number') return Number.isNaN(value) ? null : value;
  if (typeof value === 'boolean') return Number(value);
  return typeof value === 'string' && value !== 'NaN' ? value : null;
}

function compare(
  a: number | string | null | undefined,
  b: number | string | null | undefined,
  descending: boolean,
): number {
  if (a == null || b == null) return a == null ? (b == null ? 0 : 1) : -1;
  if (typeof a !== typeof b) return typeof a === 'number' ? -1 : 1;
  const sign = a < b ? -1 : a > b ? 1 : 0;
  return descending ? -sign : sign;
}
