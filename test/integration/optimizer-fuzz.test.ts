import { expect, it } from 'vitest';
import { suggest } from '../../src/optimizer/index.ts';
import { fuzzedSnapshot } from '../fixtures/fuzzed-history.ts';
import { isInside, mayBeUsedUp } from '../fixtures/inside-space.ts';

// The long form, 10,000 of them, is in test/full.
it('150 histories that should not be: always an answer inside the space', () => {
  for (let n = 0; n < 150; n++) {
    const snapshot = fuzzedSnapshot(n);
    const { suggestions } = suggest(snapshot, 2);
    expect(suggestions.length > 0 || mayBeUsedUp(snapshot), `history ${n}`).toBe(true);
    for (const { point } of suggestions) expect(isInside(snapshot.config, point), `history ${n}`).toBe(true);
  }
});
