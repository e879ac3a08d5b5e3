/** The eleven public problems, from their data. */
import { readFileSync } from 'node:fs';
import { type ObjectiveData, objectiveOf } from './objectives.ts';
import type { Nested, Parameters, Problem } from './problem.ts';

export interface ProblemData {
  name: string;
  parameters: Parameters;
  noise_sd: number;
  objective: ObjectiveData;
  optimum: { value: number };
  random_median_regret: Record<'10' | '25' | '50' | '100', number>;
  checks: { config: Nested; value: number | null }[];
  noise_check: { seed: number; k: number; gauss: number };
}

export function readPublicSuite(): ProblemData[] {
  return JSON.parse(readFileSync(new URL('suite.json', import.meta.url), 'utf8')).problems;
}

export const publicSuite = (): Problem[] =>
  readPublicSuite().map((data) => ({
    name: data.name,
    parameters: data.parameters,
    noise: data.noise_sd > 0 ? { kind: 'normal', scale: data.noise_sd } : null,
    evaluate: objectiveOf(data.objective),
    optimum: data.optimum.value,
    randomRegret: { 10: data.random_median_regret[10], 100: data.random_median_regret[100] },
  }));
