/** `engine session`: one process, one search at a time, asked and told line by line. */
import { performance } from 'node:perf_hooks';
import { isObject, type JsonObject, type JsonValue, jsonObject, numberOf } from '../domain/json.ts';
import { acceptedConfig, type Point, wireConfig } from '../space/index.ts';
import { startPoints } from './engine-points.ts';

interface Search {
  next: () => Point | null;
  info: JsonObject;
  /** Ids of suggestions without a result. */
  pending: Set<string>;
  made: number;
}

const mostAsked = 100_000;
const runStates = ['finished', 'failed', 'crashed', 'killed'];

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
  const info: (readonly [string, JsonValue])[] =
    config.method === 'bayes'
      ? [
          ['method', 'quasi_random'],
          ['fallback', true],
          ['reason', 'no model yet: points that fill the space evenly'],
        ]
      : [['method', config.method]];
  return { next: startPoints(config, seed), info: jsonObject(info), pending: new Set(), made: 0 };
}

function ask(search: Search, input: JsonValue): JsonObject {
  const count = numberOf(input);
  if (count === null || !Number.isInteger(count) || count < 0 || count > mostAsked) {
    throw new Error(`"ask" must be an integer from 0 to ${mostAsked}.`);
  }
  const begin = performance.now();
  const suggestions: JsonObject[] = [];
  while (suggestions.length < count) {
    const point = search.next();
    if (point === null) break;
    const id = `s${++search.made}`;
    search.pending.add(id);
    suggestions.push(
      jsonObject([
        ['id', id],
        ['config', wireConfig(point)],
        ['info', search.info],
      ]),
    );
  }
  return jsonObject([
    ['suggestions', suggestions],
    ['ms', Math.round((performance.now() - begin) * 1000) / 1000],
  ]);
}

/** Checks what is told; a search without a model has no other use for it. */
function tell({ pending }: Search, input: JsonValue): void {
  if (!Array.isArray(input)) throw new Error('"tell" must be a list of {"id", "value"}.');
  const ids = input.map((result) => {
    if (!isObject(result) || typeof result.id !== 'string') throw new Error('A result needs the "id" of a suggestion.');
    if (!pending.has(result.id)) throw new Error(`No suggestion "${result.id}" waits for a result.`);
    const state = result.state ?? 'finished';
    if (typeof state !== 'string' || !runStates.includes(state)) {
      throw new Error(`"state" must be one of ${runStates.join(', ')}.`);
    }
    return result.id;
  });
  for (const id of ids) pending.delete(id);
}
