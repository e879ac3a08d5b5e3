/** Agents of model-based searches by REST, whose runs take a while: how long their asks and their heartbeats take. */
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpConnection } from '../../test/chaos/lib/http-connection.ts';
import { quantile } from './measurement.ts';

const runSeconds = 5;
const beatEveryMs = 200;
const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

/** Eight parameters and a bowl. */
export const searchConfig = {
  method: 'bayes',
  metric: { name: 'loss', goal: 'minimize' },
  parameters: Object.fromEntries(names.map((name) => [name, { min: 0.5, max: 9.5 }])),
};

export const lossOf = (point: Record<string, unknown>): number =>
  names.reduce((sum, name, i) => sum + (Number(point[name] ?? 0) - 2 - i / 2) ** 2 * (1 + i), 0);

export interface Leased {
  run: { id: string; config: Record<string, unknown> };
  lease: { token: string };
}

export async function lease(connection: HttpConnection, sweep: string, agent: string, more: object): Promise<Leased> {
  const { status, body } = await connection.call('POST', `/api/v1/sweeps/${sweep}/lease`, { agent, ...more });
  if (status !== 200 || (body as Leased).run === null) throw new Error(`lease: ${status} ${JSON.stringify(body)}`);
  return body as Leased;
}

export async function finish(connection: HttpConnection, { run, lease: { token } }: Leased): Promise<void> {
  const summary = { loss: lossOf(run.config) };
  const path = `/api/v1/runs/${run.id}/finish`;
  const { status, body } = await connection.call('POST', path, { token, state: 'finished', summary });
  if (status !== 200) throw new Error(`finish: ${status} ${JSON.stringify(body)}`);
}

/** Milliseconds. */
export interface Waits {
  asks: number[];
  beats: number[];
}

/**
 * @param place the agent's of `agents`: they begin spread over a run's length, as agents that were not started by one hand are
 * @param runs one after the other; the first ask is not measured
 */
export async function searchAgent(
  connection: HttpConnection,
  sweep: string,
  { place, agents, runs }: { place: number; agents: number; runs: number },
  waits: Waits,
): Promise<void> {
  await sleep((place * runSeconds * 1000) / agents);
  for (let n = 0; n < runs; n++) {
    const begin = performance.now();
    const leased = await lease(connection, sweep, `agent-${place}`, {});
    // The first asks of new agents find what was ready before them.
    if (n > 0) waits.asks.push(performance.now() - begin);
    const end = performance.now() + runSeconds * 1000;
    while (performance.now() < end) {
      await sleep(beatEveryMs);
      const at = performance.now();
      await connection.call('POST', `/api/v1/runs/${leased.run.id}/heartbeat`, { token: leased.lease.token });
      waits.beats.push(performance.now() - at);
    }
    await finish(connection, leased);
  }
  connection.close();
}

/** Limits of docs/performance.md, milliseconds. */
export const limits = { askMs: 50, beatMs: 50 };

export function summaryOf({ asks, beats }: Waits) {
  return {
    asks: asks.length,
    askMs: { median: quantile(asks, 0.5), p90: quantile(asks, 0.9), max: quantile(asks, 1) },
    withinLimit: asks.filter((ms) => ms <= limits.askMs).length / asks.length,
    beats: beats.length,
    beatMs: { median: quantile(beats, 0.5), p99: quantile(beats, 0.99), max: quantile(beats, 1) },
  };
}

/** @param asksGoal what is promised of the asks, and whether it holds */
export function printSummary(
  { asks, askMs, withinLimit, beats, beatMs }: ReturnType<typeof summaryOf>,
  more: string,
  asksGoal = '',
): void {
  const ms = (value: number) => `${value.toFixed(1)} ms`;
  console.log(`asks        ${asks}: median ${ms(askMs.median)}, p90 ${ms(askMs.p90)}, max ${ms(askMs.max)}`);
  console.log(`            ${(100 * withinLimit).toFixed(0)}% within ${limits.askMs} ms, ${more}  ${asksGoal}`);
  const times = `median ${ms(beatMs.median)}, p99 ${ms(beatMs.p99)}, max ${ms(beatMs.max)}`;
  console.log(`heartbeats  ${beats}: ${times}  ${goal(beatMs.p99 < limits.beatMs, 'p99 below 50 ms')}`);
}

export const goal = (isMet: boolean, words: string): string => `${isMet ? 'ok' : 'MISSED'}: ${words}`;
