import { expect, it } from 'vitest';
import { type Outcome, watchFailures } from './failures.ts';

function verdicts(outcomes: readonly Outcome[], environment: NodeJS.ProcessEnv = {}, secondsEach = 1) {
  let now = 0;
  const failures = watchFailures(environment, () => now);
  return outcomes.map((outcome) => {
    now += secondsEach * 1000;
    return failures.add(outcome) !== null;
  });
}
const failed = (n: number) => Array<Outcome>(n).fill('failed');

it('gives up after three failures within the first minute', () => {
  expect(verdicts(failed(3))).toEqual([false, false, true]);
  expect(verdicts(['failed', 'finished', 'stopped', 'lost', 'failed', 'failed'])).toEqual([
    ...Array(5).fill(false),
    true,
  ]);
});

it('gives up later only after five failures, and no more successes than those', () => {
  expect(verdicts(failed(5), {}, 60)).toEqual([false, false, false, false, true]);
  const mixed: Outcome[] = [...Array<Outcome>(6).fill('finished'), ...failed(6)];
  expect(verdicts(mixed, {}, 60)).toEqual(Array(12).fill(false));
});

it("heeds W&B's variables", () => {
  expect(verdicts(failed(4), { WANDB_AGENT_DISABLE_FLAPPING: 'true' })).toEqual(Array(4).fill(false));
  expect(verdicts(failed(2), { WANDB_AGENT_MAX_INITIAL_FAILURES: '2' }, 60)).toEqual([false, true]);
});
