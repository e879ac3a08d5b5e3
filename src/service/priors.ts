/** `sweepd.prior`: what a search knows before its first run, read once when the sweep is made, so that it never changes under the search. */
import { invalidInput, type Problem } from '../domain/errors.ts';
import { parseJson, writeJson } from '../domain/json.ts';
import { encode, type Point, pointKey, type SweepConfig } from '../space/index.ts';
import type { SweepRow } from '../store/schema.ts';
import type { Service } from './context.ts';
import { priorMethod } from './fits.ts';
import { resultOf } from './search-results.ts';

/** Runs of another sweep that are read: the newest. */
const mostRuns = 500;

export interface Priors {
  /** JSON list of results as the optimizer reads them; null: there are none. */
  text: string | null;
  /** Points without a value: they are tried first. */
  toTry: Point[];
}

/** @throws SweepdError `invalid_config` naming each prior that is unknown, of another metric, or no point of the space */
export function readPriors(service: Service, config: SweepConfig): Priors {
  const problems: Problem[] = [];
  const known: string[] = [];
  const toTry: Point[] = [];
  for (const [index, prior] of config.extensions.prior.entries()) {
    const path = `sweepd/prior/${index}`;
    if ('sweep' in prior) known.push(...resultsOf(service, config, prior.sweep, path, problems));
    else if (encode(config.space, prior.config) === null) {
      problems.push({
        path,
        message: 'This point is not one of the space: name a permitted value for every parameter',
      });
    } else if (prior.value === null) toTry.push(prior.config);
    else known.push(resultText(writeJson(prior.config), prior.value, 'finished', false));
  }
  if (problems.length > 0) {
    const lines = problems.map(({ path, message }) => `${path}: ${message}`);
    throw invalidInput('invalid_config', `Invalid sweep config: ${lines.join('\n')}`, problems);
  }
  return { text: known.length === 0 ? null : `[${known.join(',')}]`, toTry };
}

/** Runs inside a unit, after the sweep is stored. */
export function offerPriorPoints(service: Service, sweep: SweepRow, points: readonly Point[], now: number): void {
  const { store } = service;
  const from = Number(sweep.cursor);
  for (const [i, point] of points.entries()) {
    const explanation = JSON.stringify({ method: priorMethod, fallback: false, reason: 'named under sweepd.prior' });
    const row = { sweepId: sweep.id, ordinal: from + i, parameters: writeJson(point), pointKey: pointKey(point) };
    store.suggestions.insertSearched({ ...row, method: priorMethod, basis: 0, explanation, createdAt: now });
  }
  if (points.length > 0) store.sweeps.advance(sweep.id, String(from + points.length));
}

function resultsOf(service: Service, config: SweepConfig, name: string, path: string, problems: Problem[]): string[] {
  const { store } = service;
  const [id = '', project, entity] = name.split('/').reverse();
  const sweep = store.sweeps.byId(id);
  const home = sweep === undefined ? undefined : store.projects.byId(sweep.projectId);
  const isMeant =
    home !== undefined &&
    (project === undefined || home.name === project) &&
    (entity === undefined || home.entity === entity);
  if (sweep === undefined || !isMeant) {
    problems.push({ path, message: `There is no sweep "${name}" here: write its id, or entity/project/id` });
    return [];
  }
  if (sweep.metricName !== config.metric?.name || sweep.metricGoal !== config.metric?.goal) {
    const message = `Sweep ${id} is to ${sweep.metricGoal ?? 'optimise'} "${sweep.metricName ?? 'nothing'}", this one to ${config.metric?.goal} "${config.metric?.name}": their runs cannot be compared`;
    problems.push({ path, message });
    return [];
  }
  return store.runs.newestOfSweep(sweep.id, mostRuns).flatMap((run) => {
    const result = run.supersededAt === null ? resultOf(service, sweep, run) : null;
    return result === null ? [] : [resultText(result.parameters, result.value, result.state, result.isStopped)];
  });
}

const resultText = (parameters: string, value: number | null, state: string, stopped: boolean): string =>
  writeJson({ point: parseJson(parameters), value, state, stopped });
