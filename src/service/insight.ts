/** What can be learned from a sweep's runs as they are now, whatever its method: which parameters matter, and where to search next. */
import { conflict, notFound } from '../domain/errors.ts';
import type { ResultRow, SweepRow } from '../store/schema.ts';
import type { Service } from './context.ts';
import type { FitRequest } from './fits.ts';
import { isModelBased, learnedResults, resultOf, standingResults } from './search-results.ts';
import { configOf } from './sweep-config.ts';

/** The computations, handed in by `runtime/`. Both answer JSON text. */
export interface Insight {
  importance: (request: FitRequest) => Promise<string>;
  /** @returns the JSON text `null` where there are too few runs */
  refine: (request: FitRequest, parent: string) => Promise<string>;
}

/** Runs that are looked at: the newest. */
const mostRuns = 2_000;

/** @returns JSON text. @throws SweepdError `sweep_not_found`, `no_metric` */
export function parameterImportance(service: Service, insight: Insight, sweepId: string): Promise<string> {
  return insight.importance(insightRequest(service, sweepWithMetric(service, sweepId)));
}

/**
 * The config of a narrower sweep around the best runs; nothing is created.
 * @returns JSON text
 * @throws SweepdError `sweep_not_found`, `no_metric`, `too_few_runs`
 */
export async function refineSweep(service: Service, insight: Insight, sweepId: string): Promise<string> {
  const sweep = sweepWithMetric(service, sweepId);
  const home = service.store.projects.byId(sweep.projectId);
  const answer = await insight.refine(insightRequest(service, sweep), `${home?.entity}/${home?.name}/${sweep.id}`);
  if (answer !== 'null') return answer;
  throw conflict('too_few_runs', `Sweep ${sweepId} has fewer than three runs with a value: let more runs end first.`);
}

function sweepWithMetric(service: Service, sweepId: string): SweepRow {
  const sweep = service.store.sweeps.byId(sweepId);
  if (sweep === undefined) throw notFound('sweep', sweepId);
  if (sweep.metricName !== null) return sweep;
  throw conflict('no_metric', `Sweep ${sweepId} names no metric to judge its runs by.`);
}

function insightRequest(service: Service, sweep: SweepRow): FitRequest {
  const { store } = service;
  return {
    sweepId: sweep.id,
    config: configOf(sweep),
    seed: BigInt(sweep.seed),
    made: Number(sweep.cursor),
    width: 1,
    count: 0,
    results: isModelBased(sweep) ? learned(service, sweep) : ended(service, sweep),
    pending: [],
    prior: sweep.prior,
    model: store.fits.last(sweep.id)?.model ?? null,
  };
}

function learned(service: Service, sweep: SweepRow): ResultRow[] {
  const rows = learnedResults(service, sweep.id);
  return standingResults(rows, rows.length).slice(-mostRuns);
}

function ended(service: Service, sweep: SweepRow): ResultRow[] {
  return service.store.runs.newestOfSweep(sweep.id, mostRuns).flatMap((run, number) => {
    const result = run.supersededAt === null ? resultOf(service, sweep, run) : null;
    return result === null ? [] : [{ ...result, number }];
  });
}
