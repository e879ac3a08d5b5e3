/** `engine session`: one process, one search at a time, asked and told line by line. */
import { performance } from 'node:perf_hooks';
import { isObject, type JsonObject, type JsonValue, jsonObject, numberOf } from '../domain/json.ts';
import type { Result } from '../optimizer/index.ts';
import { acceptedConfig, type Point, wireConfig } from '../space/index.ts';
import { type ModelSession, modelSession, type SessionPoint } from './engine-model.ts';
import { startPoints } from './engine-points.ts';

interface Search {
  /** Up to that many new points; fewer where the space is used up. */
  next: (count: number) => SessionPoint[];
  /** Takes results in; a search without a model has no use for them. */
  learn: ModelSession['learn'];
  /** Suggestions without a result, by id. */
  pending: Map<string, Point>;
  made: number;
}

const mostAsked = 100_000;
const runStates = ['finished', 'failed', 'crashed', 'killed'] as const;

/** @returns answers one request of the dialogue; throws an Error whose message is for the one who sent it */
export function createSession(): (input: JsonObject) => JsonObject {
  let search: Search | null = null;
  const ok = () => jsonObject([['ok', true]]);
  const current = (): Search => {
    if (search === null) throw new Error('No search is open: send {"open": {"config": {...}, "seed": 0}} first.');
    return search;
  };
  return (input) => {
    if (input.open !== undefined) {
      search = open(input.open);
      return ok();
    }
    if (input.ask !== undefined) return ask(current(), input.ask);
    if (input.tell !== undefined) {
      tell(current(), input.tell);
      return ok();
    }
    if (input.close !== undefined) {
      search = null;
      return ok();
    }
    throw new Error('Send one of "open", "ask", "tell", "close".');
  };
}

function open(input: JsonValue): Search {
  if (!isObject(input)) throw new Error('"open" holds {"config": {...}, "seed": 0}.');
  const config = acceptedConfig(input);
  const seed = typeof input.seed === 'bigint' ? input.seed : (numberOf(input.seed) ?? 0);
  const pending = new Map<string, Point>();
  if (config.method === 'bayes') {
    const session = modelSession(config, seed);
    return { next: (count) => session.next(count, [...pending.values()]), learn: session.learn, pending, made: 0 };
  }
  const draw = startPoints(config, seed);
  const info = jsonObject([['method', config.method]]);
  const next = (count: number): SessionPoint[] => {
    const points: SessionPoint[] = [];
    for (let point = count > 0 ? draw() : null; point !== null; point = points.length < count ? draw() : null) {
      points.push({ point, info });
    }
    return points;
  };
  return { next, learn: () => {}, pending, made: 0 };
}

function ask(search: Search, input: JsonValue): JsonObject {
  const count = numberOf(input);
  if (count === null || !Number.isInteger(count) || count < 0 || count > mostAsked) {
    throw new Error(`"ask" must be an integer from 0 to ${mostAsked}.`);
  }
  const begin = performance.now();
  const suggestions = search.next(count).map(({ point, info }) => {
    const id = `s${++search.made}`;
    search.pending.set(id, point);
    return jsonObject([
      ['id', id],
      ['config', wireConfig(point)],
      ['info', info],
    ]);
  });
  return jsonObject([
    ['suggestions', suggestions],
    ['ms', Math.round((performance.now() - begin) * 1000) / 1000],
  ]);
}

/** All results are checked before the first is taken in. */
function tell({ pending, learn }: Search, input: JsonValue): void {
  if (!Array.isArray(input)) throw new Error('"tell" must be a list of {"id", "value"}.');
  const told = input.map((result): Result & { id: string } => {
    if (!isObject(result) || typeof result.id !== 'string') throw new Error('A result needs the "id" of a suggestion.');
    const point = pending.get(result.id);
    if (point === undefined) throw new Error(`No suggestion "${result.id}" waits for a result.`);
    const given = result.state ?? 'finished';
    const state = runStates.find((one) => one === given);
    if (state === undefined) throw new Error(`"state" must be one of ${runStates.join(', ')}.`);
    const variance = numberOf(result.variance);
    if (result.variance !== undefined && result.variance !== null && !(variance !== null && variance >= 0)) {
      throw new Error('"variance" must be a number from 0.');
    }
    return { id: result.id, point, value: numberOf(result.value), state, ...(variance === null ? {} : { variance }) };
  });
  for (const { id, ...result } of told) if (pending.delete(id)) learn(result);
}
