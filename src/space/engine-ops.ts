/**
 * The operations of the pipe `sweepd engine OP --jsonl` that are properties of the space: an object in, an object out, no state.
 * Whatever is wrong with the input is an answer with `error`, never an exception.
 */
import type { Problem } from '../domain/errors.ts';
import { isObject, type JsonObject, type JsonValue, jsonObject, numberOf } from '../domain/json.ts';
import type { ParseResult, SweepConfig } from './config.ts';
import { cdf, ppf } from './distributions.ts';
import { parseSweepConfig, parseSweepDocument } from './parse.ts';
import { wireConfig } from './point.ts';
import { type RunConfig, suggestFromRuns } from './suggest.ts';

/** Makes suggestions for method bayes; answers as `next` does. */
export type ModelSearch = (config: SweepConfig, input: JsonObject) => JsonObject;

/** A request with more suggestions than this is refused. */
const mostSuggestions = 1_000_000;

/** What is wrong with the input; `message` goes into the answer. */
class BadInput extends Error {}

/** The answer of `handle`, or `{error}` where the input or the config is refused. */
function answer(handle: () => JsonObject): JsonObject {
  try {
    return handle();
  } catch (error) {
    return jsonObject([['error', error instanceof Error ? error.message : String(error)]]);
  }
}

/** The config of an input: `yaml`, a text, or `config`, an object. */
export function parseInput(input: JsonObject): ParseResult {
  if (typeof input.yaml === 'string') return parseSweepConfig(input.yaml);
  if (typeof input.config === 'string') return parseSweepConfig(input.config);
  return parseSweepDocument(input.config ?? null);
}

/** The config of an input. @throws Error with all messages where it is refused */
export function acceptedConfig(input: JsonObject): SweepConfig {
  const { config, errors } = parseInput(input);
  if (config === null) {
    throw new BadInput(errors.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; '));
  }
  return config;
}

/** The runs of an input; one without a config holds no point. */
export function runsOf(input: JsonObject): (RunConfig & { run: JsonObject })[] {
  const runs = Array.isArray(input.runs) ? input.runs : [];
  return runs.filter(isObject).map((run) => ({ run, config: isObject(run.config) ? run.config : jsonObject() }));
}

const problemObject = ({ path, message, line, column }: Problem): JsonObject =>
  jsonObject([
    ['path', path],
    ['message', message],
    ...(line === undefined ? [] : [['line', line] as const]),
    ...(column === undefined ? [] : [['column', column] as const]),
  ]);

/** `{yaml}` or `{config}` to `{valid, errors, warnings, types}`; valid: neither errors nor violations. */
export function validateOp(input: JsonObject): JsonObject {
  return answer(() => {
    const { errors, violations, warnings, types } = parseInput(input);
    const refused = [...errors, ...violations];
    return jsonObject([
      ['valid', refused.length === 0],
      ['errors', refused.map(problemObject)],
      ['warnings', warnings.map(problemObject)],
      ['types', jsonObject(Object.entries(types))],
    ]);
  });
}

export function countOf(value: JsonValue | undefined, name: string, fallback: number): number {
  const count = value === undefined ? fallback : numberOf(value);
  if (count !== null && Number.isSafeInteger(count) && count >= 0 && count <= mostSuggestions) return count;
  throw new BadInput(`"${name}" must be an integer from 0 to ${mostSuggestions}`);
}

function seedOf(input: JsonObject): bigint | number {
  if (typeof input.seed === 'bigint') return input.seed;
  return numberOf(input.seed) ?? 0;
}

function next(input: JsonObject, model: ModelSearch | undefined): JsonObject {
  const config = acceptedConfig(input);
  if (config.method === 'bayes' && model !== undefined) return model(config, input);
  const options = isObject(input.options) ? input.options : jsonObject();
  const randomizeOrder = options.randomize_order === true;
  const found = suggestFromRuns(config, runsOf(input), countOf(input.n, 'n', 1), seedOf(input), { randomizeOrder });
  const suggestions = found.suggestions.map((point) =>
    jsonObject([
      ['config', wireConfig(point)],
      ['info', jsonObject([['method', config.method === 'grid' ? 'grid' : 'random']])],
    ]),
  );
  return jsonObject([
    ['suggestions', suggestions],
    ['exhausted', found.exhausted],
  ]);
}

/** `{config or yaml, runs, n, seed?, options?}` to `{suggestions: [{config, info}], exhausted}`; method bayes by `model`. */
export const nextOp = (input: JsonObject, model?: ModelSearch): JsonObject => answer(() => next(input, model));

/** `{config or yaml, runs, n, limit, feed_state}` to `{sequence: [configs], exhausted}`: asks `next` until it has no more. */
export function simulateOp(input: JsonObject, model?: ModelSearch): JsonObject {
  return answer(() => {
    const limit = countOf(input.limit, 'limit', 1000);
    const runs: JsonValue[] = Array.isArray(input.runs) ? [...input.runs] : [];
    const sequence: JsonObject[] = [];
    let exhausted = false;
    while (!exhausted && sequence.length < limit) {
      const n = Math.min(Math.max(countOf(input.n, 'n', 1), 1), limit - sequence.length);
      const found = next(jsonObject([...Object.entries(input), ['runs', runs], ['n', n]]), model);
      if (typeof found.error === 'string') return found;
      const suggestions = Array.isArray(found.suggestions) ? found.suggestions : [];
      for (const suggestion of suggestions) {
        const config = isObject(suggestion) && isObject(suggestion.config) ? suggestion.config : jsonObject();
        sequence.push(config);
        runs.push(
          jsonObject([
            ['name', `s${sequence.length}`],
            ['state', input.feed_state ?? 'finished'],
            ['config', config],
            ['history', []],
            ['summary', jsonObject()],
          ]),
        );
      }
      exhausted = found.exhausted === true || suggestions.length === 0;
    }
    return jsonObject([
      ['sequence', sequence],
      ['exhausted', exhausted],
    ]);
  });
}

function listOf(value: JsonValue | undefined): JsonValue[] {
  return Array.isArray(value) ? value : value === undefined ? [] : [value];
}

/** `{parameter, p}` to `{values}`: the value at each probability of `p`. */
export function ppfOp(input: JsonObject): JsonObject {
  return answer(() => {
    const parameter = input.parameter ?? null;
    const values = listOf(input.p).map((item) => {
      const p = numberOf(item);
      if (p === null || !(p >= 0 && p <= 1)) throw new BadInput('"p" must be probabilities from 0 to 1');
      return ppf(parameter, p);
    });
    return jsonObject([['values', values]]);
  });
}

/** `{parameter, x}` to `{values}`: the probability up to each value of `x`; null where it is no value of the parameter. */
export function cdfOp(input: JsonObject): JsonObject {
  return answer(() => {
    const parameter = input.parameter ?? null;
    return jsonObject([['values', listOf(input.x).map((x) => cdf(parameter, x))]]);
  });
}
