/**
 * Which results the model takes where there are more than exact inference can carry: its cost grows with their cube.
 *
 * Half of the places go to the best, a quarter to the latest, a quarter to an even spread over all others, so that the model is
 * exact where it matters and still knows the rest of the space.
 */
import type { Observation } from './history.ts';

const mostExact = 400;

/** At most `mostExact` of them, in their order. */
export function chooseSubset(all: readonly Observation[]): readonly Observation[] {
  if (all.length <= mostExact) return all;
  const kept = new Set<number>();
  const order = all.map((_, i) => i).sort((a, b) => (all[a]?.loss ?? 0) - (all[b]?.loss ?? 0) || a - b);
  for (let i = 0; i < mostExact / 2; i++) kept.add(order[i] as number);
  for (let i = all.length - 1; kept.size < (mostExact * 3) / 4; i--) kept.add(i);
  const rest = order.filter((i) => !kept.has(i));
  const places = mostExact - kept.size;
  for (let i = 0; i < places; i++) kept.add(rest[Math.floor(((i + 0.5) * rest.length) / places)] as number);
  return all.filter((_, i) => kept.has(i));
}
