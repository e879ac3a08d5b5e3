/** What every contender is measured by. */

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
