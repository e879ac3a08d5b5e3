/** The long form: minutes, and every figure that docs/reliability.md gives. */
import { expect, test } from 'vitest';
import { play, type ServerFault } from '../chaos/lib/scenario.ts';
import { playZombies } from '../chaos/lib/zombies.ts';

const badNetwork = { dropRequest: 0.01, dropReply: 0.01, cutReply: 0.005, duplicate: 0.02 };
const quietNetwork = { dropRequest: 0, dropReply: 0, cutReply: 0, duplicate: 0 };
const seed = Number(process.env.SWEEPD_CHAOS_SEED ?? 1);
const repeat = (count: number, ...faults: ServerFault[]) => Array.from({ length: count }, () => faults).flat();

test('8 agents, 2,000 points, one lease in five abandoned: every point is finished exactly once', async () => {
  const outcome = await play({
    seed,
    agents: 8,
    points: 2_000,
    abandon: 0.2,
    network: badNetwork,
    faults: [],
    longestLife: 1,
    leaseSeconds: 2,
    toTheEnd: true,
  });
  console.log(outcome);
  expect(outcome.broken).toEqual([]);
  expect(outcome.finishedPoints).toBe(2_000);
}, 600_000);

test('100 kills of the server under 8 agents: nothing acknowledged is lost, ready again in less than 2 s', async () => {
  const outcome = await play({
    seed: seed + 1,
    agents: 8,
    points: 1_000_000,
    abandon: 0.05,
    network: quietNetwork,
    faults: repeat(100, 'kill'),
    longestLife: 400,
    leaseSeconds: 2,
    toTheEnd: false,
  });
  console.log(outcome);
  expect(outcome.broken).toEqual([]);
  expect(outcome.faults).toEqual({ kill: 100 });
  expect(outcome.restartMs.max).toBeLessThan(2_000);
}, 1_800_000);

test('killed by its own hand right before and right after a commit, or told to stop, on a bad network', async () => {
  const outcome = await play({
    seed: seed + 2,
    agents: 8,
    points: 1_000_000,
    abandon: 0.05,
    network: badNetwork,
    faults: repeat(10, 'before_commit', 'after_commit', 'term'),
    longestLife: 300,
    leaseSeconds: 2,
    toTheEnd: false,
  });
  console.log(outcome);
  expect(outcome.broken).toEqual([]);
  expect(outcome.wrongExits).toEqual([]);
}, 900_000);

test('50 agents stopped past their lease and continued: fenced off, one result a point', async () => {
  const outcome = await playZombies({ rest: 25, wandb: 25, leaseSeconds: 2 });
  const { rest, wandb, ...figures } = outcome;
  console.log(figures, rest.codes.length, 'REST replies,', wandb.stopped.length, 'W&B replies');
  expect(outcome.broken).toEqual([]);
  expect(outcome.rest.statuses).toEqual(Array(75).fill(409));
  expect(new Set(outcome.rest.codes)).toEqual(new Set(['lease_lost']));
  expect(outcome.wandb.statuses).toEqual(Array(50).fill(200));
  expect(outcome.wandb.stopped).toEqual(Array(50).fill(true));
  expect(outcome.finishedPoints).toBe(50);
}, 600_000);
