/** What every contender is measured by. */
import { loadavg } from 'node:os';
import { performance } from 'node:perf_hooks';

export interface Measurement {
  /** Lease and finish, or what the contender has in their place. */
  perS: number;
  cycles: number;
  /** Of the process that stores (sweepd: the server; the others: all their processes), microseconds per cycle. */
  cpuUs: number;
  load: number;
}

export interface Contender {
  name: string;
  /** Runs once, on its own fresh data, and leaves nothing behind. */
  measure(seconds: number): Promise<Measurement>;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** @param q from 0 to 1 */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

const warmUpMs = 2_000;

/** One after the other in this process, first to warm up, then for the time. */
export function measureAlone(seconds: number, cycle: () => void): Measurement {
  const warm = performance.now() + warmUpMs;
  while (performance.now() < warm) cycle();
  const cpu = process.cpuUsage();
  const begin = performance.now();
  let cycles = 0;
  for (; performance.now() - begin < seconds * 1000; cycles++) cycle();
  const took = performance.now() - begin;
  const { user, system } = process.cpuUsage(cpu);
  return { perS: (cycles * 1000) / took, cycles, cpuUs: (user + system) / cycles, load: loadavg()[0] ?? 0 };
}
