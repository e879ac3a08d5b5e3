import { describe, expect, it } from 'vitest';
import { makeSweep, type TestService, withService } from '../../test/fixtures/service.ts';
import type { SweepRow } from '../store/schema.ts';
import { learnedResults, standingResults } from './search-results.ts';

const bayes = 'method: bayes\nprogram: train.py\nmetric: {name: loss}\nparameters: {x: {min: 0.0, max: 1.0}}\n';

const end = ({ store }: TestService, sweep: SweepRow, runId: number, value: number): void =>
  store.results.append({
    sweepId: sweep.id,
    runId,
    parameters: `{"x":${value}}`,
    value,
    state: 'finished',
    isStopped: false,
  });

const runsOf = (test: TestService, sweep: SweepRow) => learnedResults(test.service, sweep.id).map(({ runId }) => runId);

describe('what a search has learned', () => {
  it('is read once, and what came since is added', () =>
    withService(async (test) => {
      const sweep = await makeSweep(test, bayes);
      expect(runsOf(test, sweep)).toEqual([]);
      end(test, sweep, 1, 0.5);
      const [first] = learnedResults(test.service, sweep.id);
      end(test, sweep, 2, 0.25);
      expect(runsOf(test, sweep)).toEqual([1, 2]);
      expect(learnedResults(test.service, sweep.id)[0]).toBe(first);
      expect(learnedResults(test.service, sweep.id)).toEqual(test.store.results.from(sweep.id, 0));
    }));

  it('keeps what a computation began with, whatever comes meanwhile', () =>
    withService(async (test) => {
      const sweep = await makeSweep(test, bayes);
      end(test, sweep, 1, 0.5);
      const given = standingResults(learnedResults(test.service, sweep.id), 1);
      end(test, sweep, 1, 0.75);
      expect(runsOf(test, sweep)).toEqual([1, 1]);
      expect(given.map(({ value }) => value)).toEqual([0.5]);
    }));

  it('is another where a deleted sweep came back under its id', () =>
    withService(async (test) => {
      const sweep = await makeSweep(test, bayes);
      end(test, sweep, 1, 0.5);
      end(test, sweep, 2, 0.25);
      expect(runsOf(test, sweep)).toEqual([1, 2]);
      test.store.sweeps.delete(sweep.id);
      expect(runsOf(test, sweep)).toEqual([]);
      test.store.sweeps.insert(sweep);
      for (const run of [7, 8, 9]) end(test, sweep, run, 0.1);
      expect(runsOf(test, sweep)).toEqual([7, 8, 9]);
    }));
});
