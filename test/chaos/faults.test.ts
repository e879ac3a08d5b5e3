/** The short form of what test/full runs at length: the server dies again and again under agents on a bad network. */
import { expect, test } from 'vitest';
import { play } from './lib/scenario.ts';

const badNetwork = { dropRequest: 0.01, dropReply: 0.01, cutReply: 0.005, duplicate: 0.02 };

test('a grid is finished once at every point, though the server is killed ten times and one lease in five is abandoned', async () => {
  const outcome = await play({
    seed: 20261123,
    agents: 8,
    points: 1_000,
    abandon: 0.2,
    network: badNetwork,
    faults: [
      'kill',
      'before_commit',
      'kill',
      'after_commit',
      'term',
      'kill',
      'before_commit',
      'kill',
      'after_commit',
      'kill',
    ],
    longestLife: 250,
    leaseSeconds: 1,
    toTheEnd: true,
  });
  console.log(outcome);
  expect(outcome.broken).toEqual([]);
  expect(outcome.wrongExits).toEqual([]);
  expect(outcome.finishedPoints).toBe(1_000);
  expect(Object.values(outcome.faults).reduce((sum, count) => sum + count)).toBe(10);
}, 180_000);

test('the checker notices a server whose replies leave before the commit', async () => {
  const outcome = await play({
    seed: 7,
    agents: 8,
    points: 20_000,
    abandon: 0,
    network: { dropRequest: 0, dropReply: 0, cutReply: 0, duplicate: 0 },
    faults: ['kill', 'kill', 'kill'],
    longestLife: 400,
    leaseSeconds: 60,
    toTheEnd: false,
    preload: ['replies-early.mjs'],
  });
  console.log({ ...outcome, broken: outcome.broken.length });
  expect(outcome.broken.some((line) => line.startsWith('lost '))).toBe(true);
}, 120_000);
