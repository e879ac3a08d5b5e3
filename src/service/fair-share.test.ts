import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { admit, type Candidate, charge, newPoolTimes, nextOf, orderOf, type PoolTimes } from './fair-share.ts';

const sweepOf = (user: string, more: Partial<Candidate> = {}): Candidate => ({
  sweepId: `${user}-sweep`,
  team: 'lab',
  user,
  priority: 0,
  createdAt: 0,
  ...more,
});

/** One decision and its lease. @returns the user who got it */
function lease(pool: PoolTimes, candidates: readonly Candidate[], weights: Record<string, number> = {}): string {
  admit(pool, candidates);
  const next = nextOf(pool, candidates);
  if (next === undefined) throw new Error('Nobody was there.');
  charge(pool, next, { team: weights[next.team] ?? 1, user: weights[next.user] ?? 1 });
  return next.user;
}

const count = (of: readonly string[], name: string) => of.filter((one) => one === name).length;

/** The largest difference of the two over any stretch of so many leases. */
function worstDifference(got: readonly string[], a: string, b: string, length: number, weight = 1): number {
  let worst = 0;
  for (let from = 0; from + length <= got.length; from++) {
    const stretch = got.slice(from, from + length);
    worst = Math.max(worst, Math.abs(count(stretch, a) - weight * count(stretch, b)));
  }
  return worst;
}

describe('equal weights', () => {
  it('give both users 25 of any 50 leases, one more or less, however many sweeps each has', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }), (ofAda, ofBob) => {
        const sweeps = [
          ...Array.from({ length: ofAda }, (_, i) => sweepOf('ada', { sweepId: `a${i}`, createdAt: i })),
          ...Array.from({ length: ofBob }, (_, i) => sweepOf('bob', { sweepId: `b${i}`, createdAt: i })),
        ];
        const pool = newPoolTimes();
        const got = Array.from({ length: 200 }, () => lease(pool, sweeps));
        expect(worstDifference(got, 'ada', 'bob', 50)).toBeLessThanOrEqual(2);
      }),
    );
  });

  it('hold while leases for one sweep alone are counted too', () => {
    // Every third lease is one that ada's own agent asked for; the pool makes up for it.
    const pool = newPoolTimes();
    const sweeps = [sweepOf('ada'), sweepOf('bob')];
    const got: string[] = [];
    for (let i = 0; i < 300; i++) {
      if (i % 3 === 0) {
        charge(pool, sweepOf('ada'), { team: 1, user: 1 });
        got.push('ada');
      } else got.push(lease(pool, sweeps));
    }
    expect(worstDifference(got, 'ada', 'bob', 50)).toBeLessThanOrEqual(4);
  });
});

describe('weights', () => {
  it('of 3 and 1 give three leases for one, over any 40', () => {
    const pool = newPoolTimes();
    const got = Array.from({ length: 400 }, () => lease(pool, [sweepOf('ada'), sweepOf('bob')], { ada: 3 }));
    expect(worstDifference(got, 'ada', 'bob', 40, 3)).toBeLessThanOrEqual(4);
  });

  it('of any size are kept to within one lease of each user at every moment', () => {
    const weight = fc.integer({ min: 1, max: 10 });
    fc.assert(
      fc.property(fc.array(weight, { minLength: 2, maxLength: 6 }), (weights) => {
        const names = weights.map((_, i) => `user-${i}`);
        const byName = Object.fromEntries(names.map((name, i) => [name, weights[i] ?? 1]));
        const pool = newPoolTimes();
        const got: string[] = [];
        for (let i = 0; i < 100; i++) {
          got.push(
            lease(
              pool,
              names.map((name) => sweepOf(name)),
              byName,
            ),
          );
          const times = names.map((name) => count(got, name) / (byName[name] ?? 1));
          const step = Math.max(...weights.map((one) => 1 / one));
          expect(Math.max(...times) - Math.min(...times)).toBeLessThanOrEqual(step + 1e-9);
        }
      }),
    );
  });

  it('of teams come first: a team of one user has as much as a team of three', () => {
    const pool = newPoolTimes();
    const sweeps = [
      sweepOf('ada', { team: 'vision' }),
      ...['bob', 'cleo', 'dan'].map((user) => sweepOf(user, { team: 'speech' })),
    ];
    const got = Array.from({ length: 120 }, () => lease(pool, sweeps));
    expect([count(got, 'ada'), count(got, 'bob'), count(got, 'cleo'), count(got, 'dan')]).toEqual([60, 20, 20, 20]);
  });
});

describe('who was away', () => {
  it('gets no burst when back from a cap or from having nothing to do', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 0, max: 50 }), (away, before) => {
        const pool = newPoolTimes();
        const both = [sweepOf('ada'), sweepOf('bob')];
        for (let i = 0; i < before; i++) lease(pool, both);
        for (let i = 0; i < away; i++) lease(pool, [sweepOf('bob')]);
        const got = Array.from({ length: 50 }, () => lease(pool, both));
        expect(Math.abs(count(got, 'ada') - count(got, 'bob'))).toBeLessThanOrEqual(2);
      }),
    );
  });

  it('gets none either after the pool was empty, or where only agents of single sweeps were served meanwhile', () => {
    const pool = newPoolTimes();
    for (let i = 0; i < 100; i++) charge(pool, sweepOf('bob'), { team: 1, user: 1 });
    admit(pool, []);
    const got = Array.from({ length: 20 }, () => lease(pool, [sweepOf('ada'), sweepOf('bob')]));
    expect(Math.abs(count(got, 'ada') - count(got, 'bob'))).toBeLessThanOrEqual(2);
  });
});

describe('the order', () => {
  it('begins with the highest priority, whatever its user has had', () => {
    const pool = newPoolTimes();
    const bob = sweepOf('bob');
    for (let i = 0; i < 10; i++) lease(pool, [sweepOf('ada'), bob]);
    for (let i = 0; i < 5; i++) charge(pool, sweepOf('ada'), { team: 1, user: 1 });
    expect(lease(pool, [bob, sweepOf('ada', { sweepId: 'urgent', priority: 1 })])).toBe('ada');
  });

  it('is by age among the sweeps of one user', () => {
    const pool = newPoolTimes();
    const sweeps = [3, 1, 2].map((age) => sweepOf('ada', { sweepId: `s${age}`, createdAt: age }));
    admit(pool, sweeps);
    expect(orderOf(pool, sweeps).map(({ sweepId }) => sweepId)).toEqual(['s1', 's2', 's3']);
  });
});
