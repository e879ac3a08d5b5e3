/**
 * What a judged report costs as a sweep grows: 10,000 runs of 100 rows under Hyperband, ten rows a report, on the real store. The last
 * thousand runs of a full sweep and the first thousand of a fresh one take turns. No network, so that nothing hides what grows. Once
 * with eight runs at a time, as agents have them, and once with all runs live to the end.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { rulesOf } from '../src/optimizer/stop/rules.ts';
import { createEmbeddedQueue } from '../src/queue/embedded.ts';
import { randomIds, systemClock } from '../src/runtime/clock.ts';
import type { Actor, Service } from '../src/service/context.ts';
import { createSweep } from '../src/service/create-sweep.ts';
import { askForRun, finishRun, logRows } from '../src/service/rest-agent.ts';
import { openStore } from '../src/store/open.ts';
import { createStore } from '../src/store/store.ts';
import type { BenchOptions } from './lease.ts';
import { median } from './lib/measurement.ts';

const runs = 10_000;
const rowsOfRun = 100;
const rowsOfReport = 10;
const together = 8;
const actor: Actor = { userName: 'bench', role: 'admin' };
const config = `method: random
metric: {name: loss, goal: minimize}
early_terminate: {type: hyperband, min_iter: 3, eta: 3}
parameters: {lr: {min: 0.0, max: 1.0}}
`;
/** A report of the last thousand may take this many times what one of the first takes. */
const atMost = 1.5;

/** What is measured in turns, so that a busy minute of the machine hits both alike. */
const turns = 20;
const measured = 1_000;

interface Side {
  service: Service;
  sweepId: string;
  /** The number of its next run: curves are the same for the same number. */
  next: number;
  close(): void;
}

/** Microseconds of a report: CPU time of the process, and by the clock. */
interface Measured {
  cpuUs: number;
  wallUs: number;
}

export async function benchStopping({ directory }: BenchOptions) {
  const results: Record<string, { first: Measured[]; last: Measured[]; ratio: number }> = {};
  for (const live of [false, true]) {
    const name = live ? 'all runs live to the end' : `${together} runs at a time`;
    console.log(`${name}: filling a sweep with ${(runs - measured).toLocaleString('en')} runs ...`);
    const { first, last } = await compare(directory, live);
    const ratio = median(last.map(({ cpuUs }, i) => cpuUs / (first[i]?.cpuUs ?? cpuUs)));
    results[name] = { first, last, ratio };
    const of = (side: readonly Measured[]) => {
      const mid = (key: keyof Measured) => median(side.map((one) => one[key])).toFixed(0);
      return `${mid('cpuUs')} us CPU, ${mid('wallUs')} us by the clock`;
    };
    console.log(`  a report of the first thousand runs: ${of(first)}`);
    console.log(`  a report of the last of ${runs.toLocaleString('en')}: ${of(last)}`);
    const verdict = ratio <= atMost ? 'ok' : 'MISSED';
    console.log(
      `  ${ratio.toFixed(2)} times (median of ${turns} turns, CPU; at most ${atMost}): ${verdict}, load ${loadavg()[0]?.toFixed(1)}`,
    );
  }
  return { runs, rowsOfRun, rowsOfReport, results };
}

async function compare(directory: string, live: boolean): Promise<{ first: Measured[]; last: Measured[] }> {
  const [full, fresh] = [await newSide(directory), await newSide(directory)];
  try {
    // Filled with a report a run: what it leaves behind is the same.
    await work(full, runs - measured, rowsOfRun, live);
    const warm = await newSide(directory);
    await work(warm, measured, rowsOfReport, live);
    warm.close();
    const [first, last]: [Measured[], Measured[]] = [[], []];
    for (let turn = 0; turn < turns; turn++) {
      first.push(await work(fresh, measured / turns, rowsOfReport, live));
      last.push(await work(full, measured / turns, rowsOfReport, live));
    }
    return { first, last };
  } finally {
    full.close();
    fresh.close();
  }
}

async function newSide(directory: string): Promise<Side> {
  const folder = mkdtempSync(join(directory, 'sweepd-bench-stopping-'));
  const store = createStore(openStore(folder));
  const settings = { leaseMs: 3_600_000, entity: 'bench' };
  const service: Service = {
    store,
    clock: systemClock(),
    ids: randomIds,
    settings,
    rulesOf,
    notify: () => {},
    beforeAsk: () => null,
    queue: createEmbeddedQueue(store.suggestions.countReady),
    fairness: new Map(),
  };
  const { sweep } = await createSweep(service, actor, { config, allowViolations: false });
  return {
    service,
    sweepId: sweep.id,
    next: 0,
    close: () => {
      store.writer.close();
      store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Runs from their lease to their last row, `together` of them in step. What is measured is the reports alone. */
async function work(side: Side, count: number, rows: number, live: boolean): Promise<Measured> {
  const { service, sweepId } = side;
  let [cpu, wall, reports] = [0, 0, 0];
  for (const end = side.next + count; side.next < end; side.next += together) {
    const slots = Array.from({ length: Math.min(together, end - side.next) }, (_, i) => side.next + i);
    const asked = await Promise.all(
      slots.map((slot, i) => askForRun(service, actor, { sweepId, agent: `slot-${live ? slot : i}`, requestId: null })),
    );
    const leased = asked.flatMap((answer) => (answer.leased === null ? [] : [answer.leased]));
    const curves = slots.map(curve);
    const before = process.cpuUsage();
    const begin = performance.now();
    for (let offset = 0; offset < rowsOfRun; offset += rows) {
      await Promise.all(
        leased.map(({ run, lease }, i) =>
          logRows(service, run.name, lease.token, offset, curves[i]?.slice(offset, offset + rows) ?? []),
        ),
      );
      reports += leased.length;
    }
    const { user, system } = process.cpuUsage(before);
    wall += performance.now() - begin;
    cpu += user + system;
    if (live) continue;
    await Promise.all(leased.map(({ run, lease }) => finishRun(service, run.name, lease.token, 'finished', null)));
  }
  // The server has a timer for this.
  service.store.sqlite.pragma('wal_checkpoint(TRUNCATE)');
  return { cpuUs: cpu / reports, wallUs: (1000 * wall) / reports };
}

/** Rows whose loss falls towards a level of the run's own, with noise: the same for the same run. */
function curve(run: number): string[] {
  const noise = (i: number) => ((Math.imul(run * 1009 + i, 2654435761) >>> 0) % 1000) / 1000;
  const level = noise(0);
  return Array.from(
    { length: rowsOfRun },
    (_, i) => `{"step":${i},"loss":${level + 1 / (i + 1) + 0.1 * noise(i + 1)}}`,
  );
}
