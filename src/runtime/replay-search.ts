/** Computes a recorded model-based search again: every fit from what it was told, its points compared to the bit. */
import { canonicalJson, isObject, type JsonObject, type JsonValue, jsonObject, writeJson } from '../domain/json.ts';
import { readAnswer } from '../optimizer/index.ts';
import { computeTask } from '../optimizer/task.ts';
import { parseSweepConfig } from '../space/index.ts';

/** What `GET /sweeps/{id}/results` answers. */
export interface SearchRecord {
  seed: string;
  config: string;
  prior: JsonObject[];
  results: { run: number; point: JsonObject; value: JsonValue; state: string; stopped: boolean }[];
}

/** What `GET /sweeps/{id}/fits` lists. */
export interface FitRecord {
  number: number;
  basis: number;
  made: number;
  width: number;
  count: number;
  pending: JsonObject[];
  points: JsonObject[];
  model: JsonObject | null;
  failure: string | null;
}

export interface Replayed {
  number: number;
  /** same: the points are equal to the bit; failed: there is nothing to compare. */
  outcome: 'same' | 'differs' | 'failed';
  recorded: JsonObject[];
  computed: JsonObject[];
}

/** @param fits in order, the first one being the sweep's first. @throws RangeError where the config no longer parses */
export function* replaySearch(record: SearchRecord, fits: Iterable<FitRecord>): Generator<Replayed> {
  const { config } = parseSweepConfig(record.config);
  if (config === null) throw new RangeError('The config of this sweep cannot be read any more.');
  let model: JsonObject | null = null;
  for (const fit of fits) {
    if (fit.failure !== null) yield { number: fit.number, outcome: 'failed', recorded: [], computed: [] };
    else {
      const snapshot = jsonObject([
        ['document', config.document],
        ['seed', BigInt(record.seed)],
        ['made', fit.made],
        ['width', fit.width],
        ['results', standing(record, fit.basis)],
        ['pending', fit.pending],
        ['model', model],
        ...(record.prior.length > 0 ? [['prior', record.prior] as const] : []),
      ]);
      const answer = readAnswer(computeTask({ op: 'suggest', snapshot: writeJson(snapshot), count: fit.count }));
      const computed = answer.suggestions.map(({ point }) => point).filter(isObject);
      const isSame = canonicalJson(computed) === canonicalJson(fit.points);
      yield { number: fit.number, outcome: isSame ? 'same' : 'differs', recorded: fit.points, computed };
    }
    model = fit.model;
  }
}

/** As service/search-results.ts: the last end of a run counts, where it arrived; a deleted run does not. */
function standing({ results }: SearchRecord, basis: number): JsonObject[] {
  const known = new Map<number, JsonObject>();
  for (const { run, point, value, state, stopped } of results.slice(0, basis)) {
    known.delete(run);
    if (state === 'deleted') continue;
    known.set(
      run,
      jsonObject([
        ['point', point],
        ['value', value],
        ['state', state],
        ['stopped', stopped],
      ]),
    );
  }
  return [...known.values()];
}
