/** The next points of grid and random search when all that is known is the configs of the runs so far. */
import type { JsonObject } from '../domain/json.ts';
import type { Point, SweepConfig } from './config.ts';
import { drawPoint } from './draw.ts';
import { freePoints, gridSize, rankOf, shuffleSeed } from './grid.ts';
import { buildPoint, pointKey, pointOfWire, valueAt } from './point.ts';

/** A run as W&B's wire has it; its state does not count, any run holds its point. */
export interface RunConfig {
  /** `{name: {value}}` */
  config: JsonObject;
}

export interface SuggestOptions {
  /** Upstream's library option: a grid in shuffled order. */
  randomizeOrder?: boolean;
}

export interface Suggestions {
  suggestions: Point[];
  /** The search has fewer points left than were asked for. */
  exhausted: boolean;
}

/** Draws that may meet known points before a unique search on an infinite space takes a repeated one. */
const mostTries = 1_000;

/**
 * The next `n` points, as upstream's engine answers. Grid: the first points that no run holds, so a deleted run frees its point.
 * Random: seeded draws, numbered on from the number of runs. Method bayes gets draws too: those are its points before a model.
 * @param seed used where the config names none
 */
export function suggestFromRuns(
  config: SweepConfig,
  runs: readonly RunConfig[],
  n: number,
  seed: bigint | number = 0,
  options: SuggestOptions = {},
): Suggestions {
  if (gridSize(config) !== null) {
    const taken = new Set<bigint>();
    for (const run of runs) {
      const rank = rankOf(config, pointOfWire(run.config));
      if (rank !== null) taken.add(rank);
    }
    const shuffle = shuffleSeed(config, seed) ?? (options.randomizeOrder ? seed : null);
    const suggestions = freePoints(config, taken, n, shuffle);
    return { suggestions, exhausted: suggestions.length < n };
  }
  if (config.method === 'random' && config.extensions.unique) return uniqueDraws(config, runs, n, seed);
  const suggestions = Array.from({ length: n }, (_, i) => drawPoint(config, seed, runs.length + i));
  return { suggestions, exhausted: false };
}

/** Infinite spaces can repeat too, where values are rounded. */
function uniqueDraws(config: SweepConfig, runs: readonly RunConfig[], n: number, seed: bigint | number): Suggestions {
  const known = new Set(runs.map((run) => pointKey(searchedPart(config, pointOfWire(run.config)))));
  const suggestions: Point[] = [];
  let number = runs.length;
  for (let tries = 0; suggestions.length < n; number++) {
    const point = drawPoint(config, seed, number);
    const key = pointKey(searchedPart(config, point));
    if (known.has(key) && ++tries < mostTries) continue;
    known.add(key);
    suggestions.push(point);
    tries = 0;
  }
  return { suggestions, exhausted: false };
}

const searchedPart = ({ space }: SweepConfig, point: Point): Point =>
  buildPoint(space.searchable, ({ path }) => valueAt(point, path) ?? null);
