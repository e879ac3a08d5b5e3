/**
 * One computation of a model-based search: what goes in, read from the store, and what comes out, kept in one unit. The algorithm itself
 * is handed in by `runtime/`; how often and for whom it is asked is the matter of model-search.ts.
 */
import { isObject, parseJson } from '../domain/json.ts';
import { encode, pointKey, type SweepConfig } from '../space/index.ts';
import type { ResultRow, SuggestionRow, SweepRow } from '../store/schema.ts';
import type { Service } from './context.ts';
import { isModelBased, learnedResults, standingResults } from './search-results.ts';
import { configOf } from './sweep-config.ts';

/** All that decides the answer; the same request gives the same answer. */
export interface FitRequest {
  sweepId: string;
  config: SweepConfig;
  seed: bigint;
  /** Suggestions made so far. */
  made: number;
  /** Agents that ask at the same time. */
  width: number;
  /** Points wanted. */
  count: number;
  results: readonly ResultRow[];
  /** Points without a result, as JSON texts. */
  pending: readonly string[];
  /** What is known from elsewhere: JSON list of results. */
  prior: string | null;
  /** The model's state after the fit before: JSON. */
  model: string | null;
}

export interface FitAnswer {
  /** Fewer than asked for where the space is used up. */
  suggestions: readonly { parameters: string; method: string; explanation: string }[];
  model: string | null;
  engine: string;
}

/** @throws where the computation crashed or took too long */
export type Suggest = (request: FitRequest) => Promise<FitAnswer>;

/** A request with what is needed to keep its answer. */
export interface Fit {
  request: FitRequest;
  basis: number;
  configText: string;
  /** Suggestions that it counted as pending. */
  known: ReadonlySet<number>;
}

/** Points ready at most, however many agents there are: each costs a search of its own. */
const mostReady = 8;
/** Points of one fit at most: the next fit on the same results is cheap, and what is kept early can be taken early. */
const mostAtOnce = 4;
/** Root mean square of the differences on the unit axes under which two points try nearly the same. */
const nearly = 0.1;

/** How many points are to be ready for so many agents, where `left` may still be handed out. */
const wantedFor = (agents: number, left: number): number => Math.min(Math.max(1, agents), mostReady, left);

/** What to compute now for a sweep; null where enough is ready or nothing more is to come. */
export function nextFit(service: Service, sweep: SweepRow, now: number): Fit | null {
  const { store, settings } = service;
  if (sweep.state !== 'running' || !isModelBased(sweep)) return null;
  const agents = Math.max(1, store.agents.liveCount(sweep.id, now - settings.leaseMs));
  const basis = store.results.count(sweep.id);
  const ready = store.suggestions.fresh(sweep.id);
  const current = ready.filter((one) => isCurrent(one, basis));
  const missing = wantedFor(agents, leftOf(sweep)) - current.length;
  if (missing <= 0) return null;
  // Where nothing is ready somebody may be waiting: one point comes sooner than several.
  const count = ready.length === 0 ? 1 : Math.min(missing, mostAtOnce);
  const pending = [...store.suggestions.pending(sweep.id), ...current];
  const request: FitRequest = {
    sweepId: sweep.id,
    config: configOf(sweep),
    seed: BigInt(sweep.seed),
    made: Number(sweep.cursor),
    width: agents,
    count,
    results: standingResults(learnedResults(service, sweep.id), basis),
    pending: pending.map(({ parameters }) => parameters),
    prior: sweep.prior,
    model: store.fits.last(sweep.id)?.model ?? null,
  };
  return { request, basis, configText: sweep.config, known: new Set(pending.map(({ id }) => id)) };
}

const leftOf = (sweep: SweepRow): number =>
  sweep.runCap === null ? Number.POSITIVE_INFINITY : sweep.runCap - sweep.taken;

/** Whether a point that is ready need not give way to one that knows more. */
export const isCurrent = ({ basis, method }: SuggestionRow, results: number): boolean =>
  basis >= results || method === priorMethod;

/** The method of points that the user wants tried first. */
export const priorMethod = 'prior';

/**
 * Keeps what came out: the new points take the place of ready ones that know less, and the record of the fit is written.
 * @param failure why there is no answer
 * @returns points that were kept; null where the sweep's config changed or the sweep is gone, so that the answer is worth nothing
 */
export function keepFit(
  service: Service,
  fit: Fit,
  answer: FitAnswer | null,
  failure: string | null,
  tookMs: number,
): Promise<number | null> {
  const { store } = service;
  const { request, basis } = fit;
  return store.writer.write((unit) => {
    const now = service.clock.now();
    const sweep = store.sweeps.byId(request.sweepId);
    if (sweep === undefined || sweep.config !== fit.configText) return null;
    const given = answer?.suggestions ?? [];
    store.fits.append({
      sweepId: sweep.id,
      basis,
      made: request.made,
      width: request.width,
      count: request.count,
      pending: `[${request.pending.join(',')}]`,
      model: answer?.model ?? request.model,
      points: `[${given.map(({ parameters }) => parameters).join(',')}]`,
      failure,
      engine: answer?.engine ?? '',
      tookMs: Math.round(tookMs),
      createdAt: now,
    });
    if (answer === null || sweep.state !== 'running') return 0;
    const kept = giveWay(service, sweep, fit, given);
    dropOutdated(service, sweep, basis, wantedFor(request.width, leftOf(sweep)) - kept.length);
    const from = Number(sweep.cursor);
    for (const [i, { parameters, key, method, explanation }] of kept.entries()) {
      const row = { sweepId: sweep.id, ordinal: from + i, parameters, pointKey: key, method, basis, explanation };
      store.suggestions.insertSearched({ ...row, createdAt: now });
    }
    if (given.length > 0) store.sweeps.advance(sweep.id, String(Math.max(from, request.made) + given.length));
    if (kept.length > 0) unit.afterCommit(() => service.notify({ kind: 'work', sweepId: sweep.id }));
    return kept.length;
  });
}

/** Of the ready points that know less than `basis` results `room` may stay, those that know most: a point is better than none. */
function dropOutdated({ store }: Service, sweep: SweepRow, basis: number, room: number): void {
  const ready = store.suggestions.fresh(sweep.id).sort((a, b) => b.basis - a.basis || a.id - b.id);
  let left = room - ready.filter((one) => isCurrent(one, basis)).length;
  for (const one of ready) if (!isCurrent(one, basis) && left-- <= 0) store.suggestions.delete(one.id);
}

/**
 * Points that were handed out while the fit ran were not known to it as pending: of the new points the same one is dropped, and for each
 * the nearest, if that would try nearly the same.
 */
function giveWay(service: Service, sweep: SweepRow, fit: Fit, given: FitAnswer['suggestions']) {
  const { space } = configOf(sweep);
  const vectorOf = (text: string) => {
    const point = parseJson(text);
    return isObject(point) ? encode(space, point) : null;
  };
  const pending = service.store.suggestions.pending(sweep.id);
  const handedOut = pending.filter(({ id }) => !fit.known.has(id));
  const keys = new Set(handedOut.map(({ parameters }) => keyOf(parameters)));
  const points = given.map((one) => ({ ...one, key: keyOf(one.parameters), vector: vectorOf(one.parameters) }));
  let kept = points.filter(({ key }) => !keys.has(key));
  for (const { parameters } of handedOut.slice(points.length - kept.length)) {
    const vector = vectorOf(parameters);
    if (vector === null || kept.length === 0) continue;
    const nearest = kept.reduce((a, b) => (distance(b.vector, vector) < distance(a.vector, vector) ? b : a));
    if (distance(nearest.vector, vector) < nearly) kept = kept.filter((one) => one !== nearest);
  }
  return kept;
}

function keyOf(parameters: string): string {
  const point = parseJson(parameters);
  return isObject(point) ? pointKey(point) : parameters;
}

function distance(a: readonly number[] | null, b: readonly number[]): number {
  if (a === null) return Number.POSITIVE_INFINITY;
  return Math.sqrt(a.reduce((sum, value, i) => sum + (value - (b[i] ?? value)) ** 2, 0) / a.length);
}
