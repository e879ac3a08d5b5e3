import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { curveOf, drive } from '../../bench/optimizer/drive.ts';
import { extraSuite } from '../../bench/optimizer/extra-suite.ts';
import { publicSuite } from '../../bench/optimizer/public-suite.ts';

// A fast part of what `npm run bench optimizer` measures. One unlucky search in a local optimum would move a score that goes down
// to a thousandth of random search's regret by a quarter, so this one ends at a hundredth. The figure of a deliberate change is
// written to optimizer.json by hand.
const names = ['branin', 'hartmann3', 'rosenbrock4', 'categorical5', 'mixed_noisy_crash', 'plateaus4', 'bowl3_normal'];
const seeds = [0, 1, 2];
const checkpoints = [15, 25, 50];
const floor = 0.01;
const tolerance = 1.15;

it('suggestions are as good as they were: geometric mean of relative regrets, three seeds', () => {
  const problems = [...publicSuite(), ...extraSuite()].filter((one) => names.includes(one.name));
  expect(problems).toHaveLength(names.length);
  const logs = problems.flatMap((problem) =>
    seeds.flatMap((seed) => {
      const curve = curveOf(drive(problem, seed, 1, 50), problem);
      return checkpoints.map((n) => Math.log(Math.max((curve[n - 1] as number) / problem.randomRegret[100], floor)));
    }),
  );
  const quality = Math.exp(logs.reduce((sum, value) => sum + value, 0) / logs.length);
  const stored: { quality: number } = JSON.parse(readFileSync(new URL('optimizer.json', import.meta.url), 'utf8'));
  console.log(`quality ${quality.toFixed(4)}, stored ${stored.quality}`);
  expect(quality).toBeLessThan(stored.quality * tolerance);
}, 300_000);
