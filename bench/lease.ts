/**
 * How many points a second can be leased and finished: sweepd over HTTP with every reply durable, beside bare SQLite and beside
 * Optuna's shared storages. All contenders take their turn in every round, so that a busy minute of the machine hits them alike.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Contender, Measurement } from './lib/measurement.ts';
import { missingOptuna, missingRedis, optunaRedis, optunaSqlite } from './lib/optuna.ts';
import { rawSqliteContender } from './lib/raw-sqlite.ts';
import { compare, printTable, type Ratio } from './lib/report.ts';
import { fillDirectory, sweepdContender } from './lib/sweepd.ts';

export interface BenchOptions {
  rounds: number;
  seconds: number;
  /** Where all data goes; a tmpfs makes it a matter of CPU. */
  directory: string;
}

const runsThere = 10_000;

export async function benchLease({ rounds, seconds, directory }: BenchOptions) {
  const folder = mkdtempSync(join(directory, 'sweepd-bench-'));
  try {
    console.log(`filling a sweep with ${runsThere.toLocaleString('en')} runs ...`);
    const filled = await fillDirectory(folder, runsThere);
    const sweepd = (clients: number, full = false) => sweepdContender(folder, clients, full ? filled : null);
    const noOptuna = missingOptuna();
    const noRedis = noOptuna ?? missingRedis();
    if (noOptuna !== null) console.log(`without Optuna: ${noOptuna}`);
    else if (noRedis !== null) console.log(`without Optuna on Redis: ${noRedis}`);
    const sqlite = noOptuna === null;
    const redis = noRedis === null;
    const contenders: Contender[] = [
      rawSqliteContender(folder),
      ...(redis ? [optunaRedis(folder, 1)] : []),
      ...(sqlite ? [optunaSqlite(folder, 1)] : []),
      sweepd(1),
      sweepd(1, true),
      sweepd(64),
      sweepd(64, true),
      sweepd(8, true),
      sweepd(8),
      ...(sqlite ? [optunaSqlite(folder, 8)] : []),
      ...(redis ? [optunaRedis(folder, 8)] : []),
    ];
    const results = await measureInTurns(contenders, rounds, seconds);
    const ratios = ratiosOf(results, sweepd, { sqlite, redis });
    printTable(results, ratios);
    return { runsThere, results, ratios };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export async function measureInTurns(contenders: Contender[], rounds: number, seconds: number) {
  const results: Record<string, Measurement[]> = {};
  for (let round = 1; round <= rounds; round++) {
    for (const contender of contenders) {
      const measured = await contender.measure(seconds);
      results[contender.name] = [...(results[contender.name] ?? []), measured];
      const rate = measured.perS.toFixed(1).padStart(9);
      console.log(`round ${round}  ${contender.name.padEnd(40)} ${rate}/s  load ${measured.load.toFixed(1)}`);
    }
  }
  return results;
}

function ratiosOf(
  results: Record<string, Measurement[]>,
  sweepd: (clients: number, full?: boolean) => Contender,
  has: { sqlite: boolean; redis: boolean },
): Ratio[] {
  const ratio = (top: Contender, bottom: Contender, atLeast: number | null) =>
    compare(results, top.name, bottom.name, atLeast);
  return [
    ...(has.sqlite ? [ratio(sweepd(8), optunaSqlite('', 8), 40), ratio(sweepd(1), optunaSqlite('', 1), 10)] : []),
    ...(has.redis ? [ratio(sweepd(8), optunaRedis('', 8), null), ratio(sweepd(1), optunaRedis('', 1), null)] : []),
    ratio(sweepd(64), sweepd(1), 2),
    ...[1, 8, 64].map((clients) => ratio(sweepd(clients, true), sweepd(clients), 0.8)),
  ];
}
