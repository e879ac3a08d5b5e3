import { describe, expect, it } from 'vitest';
import { objectiveOf } from '../../bench/optimizer/objectives.ts';
import { flatten } from '../../bench/optimizer/problem.ts';
import { readPublicSuite } from '../../bench/optimizer/public-suite.ts';
import { gauss } from '../../bench/optimizer/random-streams.ts';

const suite = readPublicSuite();

it('holds eleven problems with five check values each', () => {
  expect(suite).toHaveLength(11);
  expect(suite.flatMap((one) => one.checks)).toHaveLength(55);
});

describe.each(suite.map((one) => [one.name, one] as const))('%s', (_, problem) => {
  it('gives the check values of the reference, and its noise', () => {
    const evaluate = objectiveOf(problem.objective);
    for (const { config, value } of problem.checks) {
      const found = evaluate(flatten(config, problem.parameters));
      if (value === null || found === null) expect(found).toBe(value);
      else expect(Math.abs(found - value)).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(value)));
    }
    const { seed, k, gauss: expected } = problem.noise_check;
    expect(gauss(seed, k)).toBeCloseTo(expected, 12);
  });
});
