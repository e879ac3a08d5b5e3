/**
 * Draws of the hyperparameters from their posterior, for the few results that leave them open: a search that trusts one set of
 * length scales then is led by chance.
 *
 * | symbol | meaning |
 * |---|---|
 * | theta | log l_1 .. log l_d, log s_f^2, log s_n^2; its prior is normal (fit.ts) |
 * | nu | a draw from the prior without its mean: it and theta span an ellipse |
 * | angle | where on the ellipse: theta cos + nu sin, taken from an interval around 0 that shrinks until the likelihood agrees |
 * | nll | negative log marginal likelihood |
 *
 * Source: elliptical slice sampling (Murray, Adams and MacKay 2010); averaging the acquisition over the draws: Snoek, Larochelle and
 * Adams 2012, section 3.1.
 */
import { normalQuantile, type Random } from '../space/index.ts';
import { isWithinBounds, priorAt } from './fit.ts';
import { createLikelihood } from './likelihood.ts';
import type { Observations } from './posterior.ts';

/** Steps of the chain between two draws that are kept, and before the first. */
const steps = 6;
/** The interval halves on average: after so many the angle is 0 for every purpose. */
const mostShrinks = 40;

/**
 * @param from where the chain begins: the mode
 * @returns `count` thetas
 */
export function sampleHyperparameters(
  { design, y, variances }: Observations,
  from: Float64Array,
  count: number,
  random: Random,
): Float64Array[] {
  const likelihood = createLikelihood(design, y, variances);
  const nll = (theta: Float64Array) =>
    isWithinBounds(theta) ? likelihood.evaluate(theta, null) : Number.POSITIVE_INFINITY;
  const draws: Float64Array[] = [];
  let theta = from;
  let value = nll(theta);
  for (let step = 1; draws.length < count; step++) {
    ({ theta, value } = nextOf(theta, value, nll, random));
    if (step % steps === 0) draws.push(theta);
  }
  return draws;
}

function nextOf(
  theta: Float64Array,
  value: number,
  nll: (theta: Float64Array) => number,
  random: Random,
): { theta: Float64Array; value: number } {
  const nu = Float64Array.from(theta, (_, j) => priorAt(j, theta.length).deviation * normalQuantile(random.uniform()));
  const highest = value - Math.log(random.uniform());
  let angle = 2 * Math.PI * random.uniform();
  let [low, high] = [angle - 2 * Math.PI, angle];
  for (let turn = 0; turn < mostShrinks; turn++) {
    const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
    const next = theta.map((x, j) => {
      const { mean } = priorAt(j, theta.length);
      return mean + (x - mean) * cosine + (nu[j] as number) * sine;
    });
    const found = nll(next);
    if (found <= highest) return { theta: next, value: found };
    if (angle < 0) low = angle;
    else high = angle;
    angle = low + (high - low) * random.uniform();
  }
  return { theta, value };
}
