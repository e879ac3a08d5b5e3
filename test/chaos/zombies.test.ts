import { expect, test } from 'vitest';
import { playZombies } from './lib/zombies.ts';

test('agents stopped past their lease are fenced off, and their points have one result', async () => {
  const outcome = await playZombies({ rest: 3, wandb: 3, leaseSeconds: 1 });
  expect(outcome.broken).toEqual([]);
  // Heartbeat, row, finish: all refused. The two streams: both taken, both told to stop.
  expect(outcome.rest.statuses).toEqual(Array(9).fill(409));
  expect(new Set(outcome.rest.codes)).toEqual(new Set(['lease_lost']));
  expect(outcome.wandb.statuses).toEqual(Array(6).fill(200));
  expect(outcome.wandb.stopped).toEqual(Array(6).fill(true));
  expect(outcome.finishedPoints).toBe(6);
}, 120_000);
