/**
 * What a hand-out and an end cost in SQLite alone: bare better-sqlite3 statements that write the rows and columns that sweepd writes, on
 * its own migrated database, each step a durable transaction of its own, one process. No rules, no fairness, no limits, no waiting: only
 * what must be looked up to write the right rows.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { randomIds } from '../../src/runtime/clock.ts';
import { createSweep } from '../../src/service/create-sweep.ts';
import { askForRun, finishRun } from '../../src/service/rest-agent.ts';
import { openStore } from '../../src/store/open.ts';
import { type Contender, measureAlone } from './measurement.ts';
import { actor, withService } from './service.ts';

/** Points made at a time: sweepd makes twice as many as there are agents. */
const madeAtATime = 100;
const agents = madeAtATime / 2;
const leaseMs = 3_600_000;
/** Cycles that are compared with sweepd's, row by row. */
const comparedCycles = 400;

/** @param config of a random search, with the parameters `lr` (a fraction) and `layers` (a number) */
export function sameRowsContender(parent: string, config: string): Contender {
  return {
    name: 'better-sqlite3, the same rows',
    async measure(seconds) {
      const data = mkdtempSync(join(parent, 'same-rows-'));
      try {
        const cycle = await prepare(data, config);
        try {
          return measureAlone(seconds, cycle.run);
        } finally {
          cycle.close();
        }
      } finally {
        rmSync(data, { recursive: true, force: true });
      }
    },
  };
}

/** A sweep and its agents, made by sweepd, and from there on nothing of it but the file. */
async function prepare(data: string, config: string) {
  const sweepId = await withService(data, undefined, async (service) => {
    const { sweep } = await createSweep(service, actor, { config, allowViolations: false });
    for (let i = 0; i < agents; i++) await oneCycle(service, sweep.id, `agent-${i}`);
    return sweep.id;
  });
  const open = openStore(data);
  // SQLite's own rhythm, which sweepd keeps out of its commits.
  open.sqlite.pragma('wal_autocheckpoint = 1000');
  const cycle = prepareCycle(open.sqlite, sweepId);
  return { run: cycle, close: open.close };
}

async function oneCycle(service: Parameters<typeof askForRun>[0], sweepId: string, agent: string): Promise<void> {
  const { leased } = await askForRun(service, actor, { sweepId, agent, requestId: null });
  if (leased === null) throw new Error('A random search has no end.');
  await finishRun(service, leased.run.name, leased.lease.token, 'finished', '{"loss":0.5}');
}

/** @returns one lease and its finish */
function prepareCycle(db: Database.Database, sweepId: string): () => void {
  const findSweep = db.prepare('select project_id, state, cursor, runs_made from sweeps where id = ?');
  const findAgent = db.prepare("select id, user_name from agents where sweep_id = ? and name = ? and kind = 'rest'");
  const findReady = db.prepare(
    "select id, parameters from suggestions where sweep_id = ? and state = 'ready' order by id limit 1",
  );
  const make = db.prepare(
    `insert into suggestions (sweep_id, ordinal, parameters, point_key, method, state, created_at)
     values (?, ?, ?, ?, 'random', 'ready', ?)`,
  );
  const advance = db.prepare('update sweeps set cursor = ? where id = ?');
  const take = db.prepare(
    "update suggestions set state = 'taken', attempts = attempts + 1 where id = ? and state = 'ready'",
  );
  const count = db.prepare('update sweeps set taken = taken + 1, runs_made = ?, heartbeat_at = ? where id = ?');
  const insertRun = db.prepare(
    `insert into runs (project_id, name, sweep_id, suggestion_id, attempt, number, agent_id, user_name, display_name, state, config,
       created_at, updated_at, heartbeat_at)
     values (?, ?, ?, ?, 1, ?, ?, ?, ?, 'pending', ?, ?, ?, ?)`,
  );
  const insertLease = db.prepare(
    `insert into leases (run_id, sweep_id, agent_id, token, state, granted_at, expires_at) values (?, ?, ?, ?, 'live', ?, ?)`,
  );
  const findLease = db.prepare(
    `select leases.run_id, leases.state, runs.state as run_state from leases join runs on runs.id = leases.run_id
     where leases.token = ?`,
  );
  const endRun = db.prepare(
    `update runs set state = 'finished', exit_code = 0, summary = ?, begun_at = ?, ended_at = ?, heartbeat_at = ?, updated_at = ?
     where id = ? and state = 'pending'`,
  );
  const endLease = db.prepare("update leases set state = 'ended' where run_id = ? and state = 'live'");

  const makeSome = (cursor: number, now: number): void => {
    for (let i = 0; i < madeAtATime; i++) {
      const lr = Math.random();
      const layers = 2 ** (1 + (i % 3));
      const text = `{"layers":${layers},"lr":${lr}}`;
      make.run(sweepId, cursor + i, text, text, now);
    }
    advance.run(String(cursor + madeAtATime), sweepId);
  };
  const lease = db.transaction((agentName: string): string => {
    const now = Date.now();
    const sweep = findSweep.get(sweepId) as { project_id: number; cursor: string; runs_made: number };
    const agent = findAgent.get(sweepId, agentName) as { id: string; user_name: string };
    let point = findReady.get(sweepId) as { id: number; parameters: string } | undefined;
    if (point === undefined) {
      makeSome(Number(sweep.cursor), now);
      point = findReady.get(sweepId) as { id: number; parameters: string };
    }
    take.run(point.id);
    const number = sweep.runs_made + 1;
    count.run(number, now, sweepId);
    const { layers, lr } = JSON.parse(point.parameters) as { layers: number; lr: number };
    const config = `{"layers":{"value":${layers}},"lr":{"value":${lr}}}`;
    const name = randomIds.short();
    const shown = `calm-otter-${number}`;
    const { project_id: project } = sweep;
    const run = insertRun.run(
      project,
      name,
      sweepId,
      point.id,
      number,
      agent.id,
      agent.user_name,
      shown,
      config,
      now,
      now,
      now,
    );
    const token = randomIds.token();
    insertLease.run(run.lastInsertRowid, sweepId, agent.id, token, now, now + leaseMs);
    return token;
  });
  const finish = db.transaction((token: string): void => {
    const now = Date.now();
    const { run_id: run } = findLease.get(token) as { run_id: number };
    endRun.run('{"loss":0.5}', now, now, now, now, run);
    endLease.run(run);
  });
  let turn = 0;
  return () => finish.immediate(lease.immediate(`agent-${turn++ % agents}`));
}

/**
 * Writes some cycles by sweepd and as many by the bare statements, and compares what lies in the two databases.
 * @throws where rows, columns with a value, their types or their words differ: then the bare statements are not what a lease writes
 */
export async function expectSameRows(parent: string, config: string): Promise<void> {
  const folder = mkdtempSync(join(parent, 'compared-'));
  try {
    const bare = await prepare(join(folder, 'bare'), config);
    for (let i = 0; i < comparedCycles; i++) bare.run();
    bare.close();
    const service = join(folder, 'sweepd');
    await withService(service, undefined, async (own) => {
      const { sweep } = await createSweep(own, actor, { config, allowViolations: false });
      // The same asks in the same order as `prepare` and then the bare statements.
      for (let i = 0; i < agents + comparedCycles; i++) await oneCycle(own, sweep.id, `agent-${i % agents}`);
    });
    const [ours, theirs] = [contentsOf(service), contentsOf(join(folder, 'bare'))];
    const different = Object.keys({ ...ours, ...theirs }).filter((column) => ours[column] !== theirs[column]);
    if (different.length === 0) return;
    const lines = different.map((column) => `${column}: sweepd ${ours[column]}, bare statements ${theirs[column]}`);
    throw new Error(`The bare statements do not write what sweepd writes:\n${lines.join('\n')}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Columns of few words, which must be the very same. */
const words = new Set([
  'state',
  'method',
  'attempt',
  'attempts',
  'taken',
  'runs_made',
  'exit_code',
  'summary',
  'later_deliveries',
]);

/** Of each column of the tables that a cycle writes: how many rows have a value of which type, or which values, or how long. */
function contentsOf(data: string): Record<string, string> {
  const open = openStore(data);
  try {
    const contents: Record<string, string> = {};
    // What was ready beyond the need is no part of a cycle.
    const tables = {
      sweeps: 'true',
      suggestions: "state = 'taken'",
      runs: 'true',
      leases: 'true',
      results: 'true',
      agents: 'true',
    };
    for (const [table, where] of Object.entries(tables)) {
      const columns = open.sqlite.pragma(`table_info(${table})`) as { name: string }[];
      for (const { name } of columns) {
        const what = words.has(name) ? `cast("${name}" as text)` : `typeof("${name}")`;
        const length = `cast(round(avg(length("${name}")) / 10) as integer)`;
        const found = open.sqlite
          .prepare(
            `select ${what} as kind, count(*) as n, ${length} as size from ${table} where ${where} group by 1 order by 1`,
          )
          .raw()
          .all() as [string, number, number | null][];
        contents[`${table}.${name}`] = found
          .map(([kind, n, size]) => `${n} of ${kind}, length ${(size ?? 0) * 10}`)
          .join('; ');
      }
    }
    return contents;
  } finally {
    open.close();
  }
}
