import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSortedValues } from '../../domain/sorted-values.ts';
import { parseSweepConfig } from '../../space/index.ts';
import { divergenceAfter } from './divergence.ts';
import { hyperbandBands, thresholdIndex } from './hyperband.ts';
import { runsToStop } from './judge-all.ts';
import { progressAfter } from './plateau.ts';
import { type RecordedRun, replay } from './replay.ts';
import { rulesOf } from './rules.ts';
import { growingRungs } from './rungs.ts';

const hyperband = { type: 'hyperband', minIter: null, maxIter: null, s: null, eta: 3, strict: true } as const;

function rulesFrom(section: string, goal = 'minimize') {
  const head = `method: random\nparameters: {x: {min: 0.0, max: 1.0}}\nmetric: {name: loss, goal: ${goal}}\n`;
  const { config, errors } = parseSweepConfig(`${head}${section}\n`);
  if (config === null) throw new Error(JSON.stringify(errors));
  return rulesOf(config);
}

describe('bands of Hyperband', () => {
  it.each([
    [{ minIter: 3 }, [3, 9, 27, 81]],
    [{ minIter: 2, eta: 1.5 }, [2, 3, 4, 6, 10, 15, 22]],
    [{ maxIter: 27, s: 2 }, [3, 9]],
    [{ maxIter: 10, s: 5 }, [1, 3]],
    [{ maxIter: 27, s: 0 }, []],
  ])('%o', (rule, bands) => {
    expect(hyperbandBands({ ...hyperband, ...rule }).slice(0, bands.length || 1)).toEqual(bands);
  });

  it('the threshold is the value at floor(n * (1 / eta)), 1 / eta taken first', () => {
    expect([thresholdIndex(9, 3), thresholdIndex(11, 3), thresholdIndex(49, 49), thresholdIndex(1, 3)]).toEqual([
      3, 3, 0, 0,
    ]);
  });
});

describe('the rules of a sweep', () => {
  it('leave Hyperband to a local controller, which runs it itself', () => {
    const section = 'early_terminate: {type: hyperband, min_iter: 2}';
    expect(rulesFrom(section).ladders).toHaveLength(1);
    expect(rulesFrom(`${section}\ncontroller: {type: local}`)).toMatchObject({ ladders: [], isEmpty: true });
  });

  it('are none where the config asks for none', () => {
    expect(rulesFrom('').isEmpty).toBe(true);
  });
});

describe('sorted values', () => {
  it('know ranks and n-th smallest through any insertions and removals', () =>
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -5, max: 5 }), { maxLength: 60 }), fc.array(fc.nat(59)), (given, gone) => {
        const sorted = createSortedValues(given.slice(0, 10));
        const plain = given.slice(0, 10);
        for (const value of given.slice(10)) {
          sorted.insert(value);
          plain.push(value);
        }
        for (const index of gone) {
          const value = given[index] ?? 99;
          sorted.remove(value);
          const place = plain.indexOf(value);
          if (place >= 0) plain.splice(place, 1);
        }
        plain.sort((a, b) => a - b);
        expect(Array.from({ length: sorted.length }, (_, i) => sorted.at(i))).toEqual(plain);
        for (let x = -6; x <= 6; x++) expect(sorted.countBelow(x)).toBe(plain.filter((value) => value < x).length);
      }),
    ));
});

describe('the median rule', () => {
  const [ladder] = rulesFrom('sweepd: {stop: [{type: median, min_steps: 4, min_runs: 3}]}').ladders;
  const compare = (losses: number[], stake: number) => ladder?.compare(createSortedValues(losses), stake);

  it('leaves a run out of the median that it is measured by', () => {
    expect(compare([1, 2, 3, 4], 3)).toMatchObject({ threshold: 2, stop: true, rank: 3, runs: 4 });
    expect(compare([1, 2, 3, 4], 2)).toMatchObject({ threshold: 3, stop: false });
    expect(compare([1, 2, 3, 4, 5], 3)).toMatchObject({ threshold: 3, stop: false });
  });

  it('judges nobody while there are too few others', () => {
    expect(compare([1, 2, 9], 9)).toMatchObject({ threshold: null, stop: false });
  });

  it('looks from min_steps on, ever more seldom', () => {
    expect(growingRungs(4).slice(0, 9)).toEqual([4, 5, 6, 7, 8, 10, 12, 15, 18]);
    expect(growingRungs(1).filter((rung) => rung <= 1_000_000).length).toBeLessThan(70);
    expect(ladder?.lastRung(3)).toBeNull();
  });

  it('spares exactly those below the loss that it names, and perhaps more', () =>
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 20 }), (given) => {
        const losses = createSortedValues(given);
        for (const stake of given) {
          if (stake <= (ladder?.spared(losses) ?? 0)) expect(ladder?.compare(losses, stake).stop).toBe(false);
        }
      }),
    ));
});

describe('divergence', () => {
  it('counts values that are not finite, in a row and over reports', () => {
    const rule = { type: 'divergence', rows: 3, above: null } as const;
    expect(divergenceAfter(rule, 0, [Number.NaN, 1, Number.NaN, Infinity])).toEqual({ streak: 2, found: null });
    expect(divergenceAfter(rule, 2, [Number.NaN])).toEqual({ streak: 3, found: { kind: 'not_finite', rows: 3 } });
  });

  it('takes a magnitude beyond the limit, of either sign', () => {
    const rule = { type: 'divergence', rows: 1, above: 10 } as const;
    expect(divergenceAfter(rule, 0, [10, -10.5]).found).toEqual({ kind: 'above', value: -10.5, limit: 10 });
  });
});

describe('a plateau', () => {
  it('counts runs since the last improvement by more than min_delta; small steps add up', () => {
    let progress = { best: null as number | null, runsSince: 0 };
    const seen = [5, 4.95, null, 4.85, 4.8].map((loss) => {
      progress = progressAfter(progress, loss, 0.1);
      return [progress.best, progress.runsSince];
    });
    expect(seen).toEqual([
      [5, 0],
      [5, 1],
      [5, 2],
      [4.85, 0],
      [4.85, 1],
    ]);
  });
});

describe('a replay', () => {
  const run = (name: string, begin: number, values: number[]): RecordedRun => ({
    name,
    begin,
    end: begin + values.length,
    at: values.map((_, i) => begin + i + 1),
    values,
  });

  it('stops what the rule stops, and counts what that saves', () => {
    const recorded = [run('good', 0, [3, 2, 1, 1]), run('fair', 1, [4, 3, 2, 2]), run('bad', 2, [9, 9, 9, 9])];
    const result = replay(rulesFrom('early_terminate: {type: hyperband, min_iter: 2, eta: 2}'), recorded);
    expect(result).toMatchObject({
      rows: { had: 12, would: 10 },
      seconds: { had: 12, would: 10 },
      best: { name: 'good', value: 1, survives: true },
      bestLeft: 1,
    });
    expect(result.runs.map(({ rows, stoppedBy }) => [rows, stoppedBy])).toEqual([
      [4, null],
      [4, null],
      [2, 'hyperband'],
    ]);
  });

  it('says so where the best run is lost', () => {
    const recorded = [run('quick', 0, [1, 1, 1]), run('quick too', 0, [1, 1, 1]), run('late', 1, [5, 5, 0])];
    const result = replay(rulesFrom('early_terminate: {type: hyperband, min_iter: 2, eta: 3}'), recorded);
    expect([result.best, result.bestLeft]).toEqual([{ name: 'late', value: 0, survives: false }, 1]);
  });

  it('stops the very runs that the rules on whole runs stop, value by value', () =>
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 1, maxLength: 8 }), {
          minLength: 1,
          maxLength: 6,
        }),
        fc.constantFrom(
          'early_terminate: {type: hyperband, min_iter: 1, eta: 2, strict: false}',
          'early_terminate: {type: hyperband, min_iter: 2, eta: 1.5}',
          'sweepd: {stop: [{type: median, min_runs: 2}]}',
        ),
        fc.constantFrom('minimize', 'maximize'),
        (histories, section, goal) => {
          const rules = rulesFrom(section, goal);
          const recorded = histories.map((values, i) => run(`r${i}`, i / 10, values));
          const stopped = new Set<string>();
          const values = histories.map((): number[] => []);
          const arrivals = recorded.flatMap(({ at }, of) =>
            at.map((time, i) => ({ time, of, value: histories[of]?.[i] ?? 0 })),
          );
          for (const { of, value } of arrivals.sort((a, b) => a.time - b.time || a.of - b.of)) {
            if (stopped.has(`r${of}`)) continue;
            values[of]?.push(value);
            const records = values.map((own, i) => ({
              name: `r${i}`,
              // The last row of a run and its end are one moment; the row comes first.
              state: own.length === histories[i]?.length && i !== of ? 'finished' : 'running',
              values: own,
              allValues: own,
              summary: null,
            }));
            for (const name of runsToStop(rules, records)) stopped.add(name);
          }
          const { runs } = replay(rules, recorded);
          expect(new Set(runs.filter((one) => one.stoppedBy !== null).map(({ name }) => name))).toEqual(stopped);
        },
      ),
    ));
});
