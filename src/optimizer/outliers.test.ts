import { expect, it } from 'vitest';
import { createRandom } from '../space/index.ts';
import { outlierVariances } from './outliers.ts';

/** Forty noisy results of a slow wave, one of them far off. */
function observations(noise: number, odd: number) {
  const random = createRandom(3);
  const rows = Float64Array.from({ length: 40 }, (_, i) => i / 40);
  const y = rows.map((x, i) => Math.sin(4 * x) + noise * (random.uniform() - 0.5) + (i === 17 ? odd : 0));
  return { design: { rows, count: 40, width: 1, numeric: 1 }, y, variances: new Float64Array(40) };
}
const theta = (noise: number) => Float64Array.of(Math.log(0.5), 0, Math.log(noise));

it('what all others contradict gets a variance, nothing else does', () => {
  const added = outlierVariances(observations(0.4, -3), theta(0.03));
  expect(added?.[17]).toBeGreaterThan(4);
  expect(added?.filter((v) => v > 0)).toHaveLength(1);
  expect(outlierVariances(observations(0.4, 0), theta(0.03))).toBeNull();
});

it('on a deterministic objective a surprise is a discovery', () => {
  expect(outlierVariances(observations(0, -3), theta(1e-5))).toBeNull();
});
