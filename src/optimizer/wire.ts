/** Snapshots and answers as text, for worker threads and jobs: structured cloning would lose whole floats, plain JSON also NaN. */
import { fromPlain, isObject, type JsonObject, parseJson, plain, writeJson } from '../domain/json.ts';
import { type Point, parseSweepDocument } from '../space/index.ts';
import type { Answer, Explanation, ModelState, Result, Snapshot } from './types.ts';

/** Text that readSnapshot reads back as the same snapshot. */
export function writeSnapshot({ config, results, prior, ...rest }: Snapshot): string {
  return writeJson(fromPlain({ ...rest, document: config.document, results, ...(prior ? { prior } : {}) }));
}

/** @throws SyntaxError, or RangeError where the config in it is refused */
export function readSnapshot(text: string): Snapshot {
  const object = objectOf(text);
  const { config, errors } = parseSweepDocument(object.document ?? null);
  if (config === null) throw new RangeError(`The snapshot's config: ${errors.map((one) => one.message).join('; ')}`);
  const made = plain({ ...object, document: null, results: null, pending: null, prior: null }) as Omit<
    Snapshot,
    'config' | 'results' | 'pending' | 'prior'
  >;
  return {
    seed: made.seed,
    made: made.made,
    width: made.width,
    ...(made.taken ? { taken: made.taken } : {}),
    model: made.model,
    config,
    results: resultsOf(object.results),
    pending: listOf(object.pending),
    ...(object.prior === undefined ? {} : { prior: resultsOf(object.prior) }),
  };
}

export function writeAnswer({ suggestions, model }: Answer): string {
  return writeJson(fromPlain({ suggestions, model }));
}

/** @throws SyntaxError */
export function readAnswer(text: string): Answer {
  const object = objectOf(text);
  const suggestions = listOf(object.suggestions).map((one) => ({
    point: one.point as Point,
    explanation: plain(one.explanation ?? null) as Explanation,
  }));
  return { suggestions, model: plain(object.model ?? null) as ModelState | null };
}

function objectOf(text: string): JsonObject {
  const value = parseJson(text);
  if (!isObject(value)) throw new SyntaxError('Not an object');
  return value;
}

const listOf = (value: unknown): JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : []);

const resultsOf = (value: unknown): Result[] =>
  listOf(value).map(
    ({ point, ...rest }) =>
      ({ ...(plain(rest as JsonObject) as Omit<Result, 'point'>), point: point as Point }) as Result,
  );
