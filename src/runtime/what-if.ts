/** What another stop rule would have done to a recorded sweep. */
import {
  isObject,
  type JsonObject,
  type JsonValue,
  jsonObject,
  numberOf,
  parseJson,
  writeJson,
} from '../domain/json.ts';
import { type RecordedRun, type Replay, replay } from '../optimizer/stop/replay.ts';
import { rulesOf } from '../optimizer/stop/rules.ts';
import { metricIn } from '../optimizer/stop/run-record.ts';
import { parseSweepConfig } from '../space/index.ts';

export interface Recording {
  metric: { name: string; goal: 'minimize' | 'maximize' };
  runs: RecordedRun[];
}

/**
 * @param rule a stop rule as a config has it, `{type: hyperband, min_iter: 5}`, or in short `hyperband:min_iter=5,eta=2`
 * @throws Error whose message says what is wrong with the rule
 */
export function whatIf({ metric, runs }: Recording, rule: string): Replay {
  const mapping = longForm(rule);
  const type = /\btype:\s*"?(\w+)/.exec(mapping)?.[1] ?? '';
  const section = type === 'hyperband' ? `early_terminate: ${mapping}` : `sweepd: {stop: [${mapping}]}`;
  const head = `method: random\nparameters: {x: {value: 1}}\nmetric: ${writeJson(jsonObject(Object.entries(metric)))}\n`;
  const { config, errors } = parseSweepConfig(`${head}${section}\n`);
  if (config === null) throw new Error(`The rule "${rule}": ${errors.map(({ message }) => message).join('; ')}`);
  return replay(rulesOf(config), runs);
}

function longForm(rule: string): string {
  const text = rule.trim();
  if (text.startsWith('{')) return text.replace(/"type"\s*:/, 'type:');
  const [type = '', settings = ''] = text.split(/:(.*)/s);
  const given = settings.split(',').filter((setting) => setting.trim() !== '');
  return `{${[`type: ${type}`, ...given.map((setting) => setting.replace('=', ': '))].join(', ')}}`;
}

/**
 * A run as the API shows it, with its rows. A row's time is the run's begin and W&B's `_runtime`; where that is missing, rows are spread
 * evenly over the run's time.
 * @param sweepBegan milliseconds
 */
export function recordedRun(
  run: JsonObject,
  rows: readonly JsonObject[],
  metric: string,
  sweepBegan: number,
): RecordedRun {
  const seconds = (value: JsonValue | undefined) =>
    typeof value === 'string' ? (Date.parse(value) - sweepBegan) / 1000 : null;
  const begin = seconds(run.started_at) ?? seconds(run.created_at) ?? 0;
  const end = seconds(run.ended_at) ?? seconds(run.heartbeat_at) ?? begin;
  const at: number[] = [];
  const values: number[] = [];
  rows.forEach((row, i) => {
    const value = metricIn(row, metric);
    if (value === null) return;
    const runtime = numberOf(row._runtime);
    const time = begin + (runtime ?? ((end - begin) * (i + 1)) / rows.length);
    at.push(round(Math.min(Math.max(time, at.at(-1) ?? begin), Math.max(end, begin))));
    values.push(value);
  });
  return { name: typeof run.id === 'string' ? run.id : '', begin: round(begin), end: round(end), at, values };
}

const round = (seconds: number): number => Math.round(seconds * 100) / 100;

/** The text of a recording's file. */
export function writeRecording({ metric, runs }: Recording): string {
  const lines = runs.map((run) =>
    JSON.stringify(run, (_, value) => (typeof value === 'number' ? written(value) : value)),
  );
  return `{"metric": ${JSON.stringify(metric)}, "runs": [\n${lines.join(',\n')}\n]}\n`;
}

/** Six digits: a recording is for comparing, and a value is compared with others of its kind. */
const written = (value: number): number | string => (Number.isFinite(value) ? Number(value.toPrecision(6)) : 'NaN');

/** @throws Error where the text is no recording */
export function readRecording(text: string): Recording {
  const value = parseJson(text);
  const metric = isObject(value) ? value.metric : null;
  if (!isObject(value) || !isObject(metric) || typeof metric.name !== 'string' || !Array.isArray(value.runs)) {
    throw new Error('A recording is {"metric": {"name", "goal"}, "runs": [...]}, as "--save" writes it.');
  }
  const numbers = (list: JsonValue | undefined) =>
    Array.isArray(list) ? list.map((item) => numberOf(item) ?? Number.NaN) : [];
  return {
    metric: { name: metric.name, goal: metric.goal === 'maximize' ? 'maximize' : 'minimize' },
    runs: value.runs.filter(isObject).map((run) => ({
      name: String(run.name),
      begin: numberOf(run.begin) ?? 0,
      end: numberOf(run.end) ?? 0,
      at: numbers(run.at),
      values: numbers(run.values),
    })),
  };
}
