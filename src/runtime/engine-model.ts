/** The model-based search of an `engine session`: it keeps the snapshot that the optimizer is a function of. */
import { fromPlain, isObject, type JsonObject, jsonObject } from '../domain/json.ts';
import { type ModelState, type Result, suggest } from '../optimizer/index.ts';
import type { Point, SweepConfig } from '../space/index.ts';

export interface SessionPoint {
  point: Point;
  info: JsonObject;
}

export type Told = Result;

export interface ModelSession {
  next(count: number, pending: readonly Point[]): SessionPoint[];
  learn(result: Told): void;
}

export function modelSession(config: SweepConfig, seed: bigint | number): ModelSession {
  const results: Result[] = [];
  let model: ModelState | null = null;
  let made = 0;
  let width = 1;
  return {
    next: (count, pending) => {
      // As many agents as there ever were points without a result, with those asked for now.
      width = Math.max(width, pending.length + count);
      const answer = suggest({ config, seed, made, width, results, pending, model }, count);
      model = answer.model;
      made += answer.suggestions.length;
      return answer.suggestions.map(({ point, explanation }) => {
        const info = fromPlain(explanation);
        return { point, info: isObject(info) ? info : jsonObject() };
      });
    },
    learn: (result) => {
      results.push(result);
    },
  };
}
