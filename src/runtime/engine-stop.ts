/** The ops `stop` and `finished` of the engine's pipe: which runs to stop now, and whether the search is over. */
import { isObject, type JsonObject, type JsonValue, jsonObject } from '../domain/json.ts';
import { hyperbandBands } from '../optimizer/stop/hyperband.ts';
import { lossesAtRung, runsToStop, whyFinished } from '../optimizer/stop/judge-all.ts';
import { rulesOf } from '../optimizer/stop/rules.ts';
import { type RunRecord, runRecord } from '../optimizer/stop/run-record.ts';
import {
  acceptedConfig,
  bandKeys,
  gridSize,
  metricKeys,
  parseInput,
  runsOf,
  type SweepConfig,
} from '../space/index.ts';

/** Bands beyond this are left out of the answer; no run logs as much. */
const shownUpTo = Number.MAX_SAFE_INTEGER;

/**
 * `{config or yaml, runs}` to `{stop: [names], bands, thresholds, iterations}`: thresholds in "less is better" sign, Infinity where no
 * run has come as far; iterations: finite values of each run.
 * @throws Error where the config is refused, or its Hyperband has no band
 */
export function stopOp(input: JsonObject): JsonObject {
  const config = acceptedConfig(withoutUnknownKeys(input));
  const runs = recordsOf(input, config);
  const rules = rulesOf({ ...config, controller: 'cloud' });
  const [hyperband] = config.earlyTerminate === null ? [] : rules.ladders;
  const bands = config.earlyTerminate === null ? [] : hyperbandBands(config.earlyTerminate);
  if (config.earlyTerminate !== null && bands.length === 0) {
    throw new Error('early_terminate: max_iter, s and eta leave no band: raise max_iter or s.');
  }
  const shown = bands.filter((band, i) => i === 0 || band <= shownUpTo);
  const threshold = (band: number): JsonValue => {
    if (hyperband === undefined) return Number.POSITIVE_INFINITY;
    const losses = lossesAtRung(hyperband, rules.sign, runs, band);
    return losses.length === 0 ? Number.POSITIVE_INFINITY : hyperband.spared(losses);
  };
  return jsonObject([
    ['stop', runsToStop(rules, runs)],
    ['bands', shown],
    ['thresholds', shown.map(threshold)],
    ['iterations', jsonObject(runs.map(({ name, values }) => [name, values.length]))],
  ]);
}

/** Whoever judges runs has a sweep already: W&B's engine overlooks keys here that it refuses at creation. */
function withoutUnknownKeys(input: JsonObject): JsonObject {
  const { document } = parseInput(input);
  if (!isObject(document)) return input;
  const known = (section: JsonValue | undefined, keys: readonly string[]): JsonValue =>
    isObject(section) ? jsonObject(Object.entries(section).filter(([key]) => keys.includes(key))) : (section ?? null);
  const config = jsonObject(Object.entries(document));
  if (config.early_terminate !== undefined) config.early_terminate = known(config.early_terminate, bandKeys);
  if (config.metric !== undefined) config.metric = known(config.metric, metricKeys);
  return jsonObject([['config', config]]);
}

/**
 * `{config or yaml, runs}` to `{finished, reason}`: by the target, run_cap, a plateau, or the end of a grid; every run counts.
 * @throws Error where the config is refused
 */
export function finishedOp(input: JsonObject): JsonObject {
  const config = acceptedConfig(input);
  const runs = recordsOf(input, config);
  const size = gridSize(config);
  const isWalked = size !== null && BigInt(runs.length) >= size;
  const reason =
    whyFinished(rulesOf(config), runs, config.runCap) ?? (isWalked ? `all ${size} points handed out` : null);
  return jsonObject([
    ['finished', reason !== null],
    ['reason', reason],
  ]);
}

const recordsOf = (input: JsonObject, config: SweepConfig): RunRecord[] =>
  runsOf(input).map(({ run }) => runRecord(run, config.metric?.name ?? null));
