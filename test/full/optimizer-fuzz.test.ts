import { expect, it } from 'vitest';
import { suggest } from '../../src/optimizer/index.ts';
import { fuzzedSnapshot } from '../fixtures/fuzzed-history.ts';
import { isInside, mayBeUsedUp } from '../fixtures/inside-space.ts';

/** CPU time that an answer on at most 20 results may take, generously: a stuck search is what this finds. */
const mostMs = 5_000;

it('10,000 histories that should not be: always an answer inside the space, within its time', () => {
  let slowest = 0;
  for (let n = 0; n < 10_000; n++) {
    const snapshot = fuzzedSnapshot(n);
    const begin = process.cpuUsage();
    const { suggestions } = suggest(snapshot, 1);
    const { user, system } = process.cpuUsage(begin);
    slowest = Math.max(slowest, (user + system) / 1000);
    expect(suggestions.length > 0 || mayBeUsedUp(snapshot), `history ${n}`).toBe(true);
    for (const { point } of suggestions) expect(isInside(snapshot.config, point), `history ${n}`).toBe(true);
  }
  expect(slowest).toBeLessThan(mostMs);
});
