/**
 * Holds the history of what was acknowledged against the database as it lies on the disk after everything has ended. It reads the
 * tables with statements of its own: the server's reading code might share the server's mistake.
 */
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import Database from 'better-sqlite3';
import { type Exchange, exchangesOf, readHistory } from './history.ts';

export interface Verdict {
  /** Everything that was promised and is not so; empty is good. */
  broken: string[];
  acknowledged: { leases: number; rows: number; finishes: number };
  /** Requests whose reply never came: what became of them is open. */
  unanswered: number;
  refused: number;
  points: number;
  finishedPoints: number;
  runs: number;
}

interface RunRow {
  id: number;
  name: string;
  sweep_id: string;
  suggestion_id: number;
  attempt: number;
  state: string;
  summary: string;
}

/** @param size the number of points of a sweep that has come to its end; null where it was stopped before */
export function checkHistory(
  historyPath: string,
  dataDirectory: string,
  sweepId: string,
  size: number | null,
): Verdict {
  const entries = readHistory(historyPath);
  const exchanges = exchangesOf(entries);
  const db = new Database(join(dataDirectory, 'sweepd.db'), { readonly: true });
  try {
    const broken: string[] = [];
    const runs = db.prepare('select * from runs where sweep_id = ?').all(sweepId) as RunRow[];
    const byName = new Map(runs.map((run) => [run.name, run]));
    checkFile(db, broken);
    const acknowledged = {
      leases: checkLeases(db, exchanges, byName, broken),
      rows: checkRows(db, exchanges, byName, broken),
      finishes: checkFinishes(exchanges, byName, broken),
    };
    return {
      broken,
      acknowledged,
      unanswered: entries.filter((entry) => entry.what === 'lost').length,
      refused: exchanges.filter(({ status }) => status !== 200).length,
      ...checkPoints(db, sweepId, size, runs, broken),
      runs: runs.length,
    };
  } finally {
    db.close();
  }
}

function checkFile(db: Database.Database, broken: string[]): void {
  const integrity = db.pragma('integrity_check', { simple: true });
  if (integrity !== 'ok') broken.push(`integrity_check: ${integrity}`);
  const references = db.pragma('foreign_key_check') as unknown[];
  if (references.length > 0) broken.push(`${references.length} broken references`);
}

type Leased = { run: { id: string; attempt: number; config: unknown } | null; lease: { token: string } };

function checkLeases(
  db: Database.Database,
  exchanges: Exchange[],
  runs: Map<string, RunRow>,
  broken: string[],
): number {
  const lease = db.prepare('select run_id from leases where token = ?');
  const point = db.prepare('select parameters from suggestions where id = ?');
  const ofRequest = new Map<string, string>();
  const holders = new Map<string, string>();
  for (const { op, status, request, reply } of exchanges) {
    if (op !== 'lease' || status !== 200 || reply.run === null) continue;
    const { run, lease: granted } = reply as unknown as Leased;
    if (run === null) continue;
    const row = runs.get(run.id);
    const stored = lease.get(granted.token) as { run_id: number } | undefined;
    if (row === undefined || stored?.run_id !== row.id) {
      broken.push(`lost lease: run ${run.id} was handed to ${request.agent} and is not there`);
      continue;
    }
    const { parameters } = point.get(row.suggestion_id) as { parameters: string };
    if (!isDeepStrictEqual(JSON.parse(parameters), run.config))
      broken.push(`run ${run.id} has another point than was handed out`);
    if (row.attempt !== run.attempt) broken.push(`run ${run.id} was attempt ${run.attempt} and is ${row.attempt}`);
    const requestId = String(request.request_id);
    if ((ofRequest.get(requestId) ?? run.id) !== run.id) broken.push(`request ${requestId} was given two runs`);
    ofRequest.set(requestId, run.id);
    if ((holders.get(run.id) ?? request.agent) !== request.agent) broken.push(`run ${run.id} was handed to two agents`);
    holders.set(run.id, String(request.agent));
  }
  return holders.size;
}

/** W&B's stream and REST's rows end in the same table; the last acknowledged writing of a row is what must be there. */
function checkRows(db: Database.Database, exchanges: Exchange[], runs: Map<string, RunRow>, broken: string[]): number {
  const wanted = new Map<string, Map<number, string>>();
  for (const { op, path, status, request } of exchanges) {
    if (status !== 200 || (op !== 'metrics' && op !== 'wandb_stream')) continue;
    const [, name = ''] = /\/(?:runs|chaos)\/([^/]+)\/(?:metrics|file_stream)/.exec(path) ?? [];
    const { offset, lines } = op === 'metrics' ? restRows(request) : wandbRows(request);
    const ofRun = wanted.get(name) ?? new Map<number, string>();
    wanted.set(name, ofRun);
    for (const [i, line] of lines.entries()) ofRun.set(offset + i, line);
  }
  const chunks = db.prepare(
    "select offset, encoding, text from chunks where run_id = ? and stream = 'history' order by id",
  );
  let count = 0;
  for (const [name, rows] of wanted) {
    const run = runs.get(name);
    const stored = new Map<number, string>();
    for (const chunk of chunks.all(run?.id ?? -1) as { offset: number; encoding: string; text: string }[]) {
      const lines = chunk.encoding === 'json' ? (JSON.parse(chunk.text) as string[]) : chunk.text.split('\n');
      for (const [i, line] of lines.entries()) stored.set(chunk.offset + i, line);
    }
    for (const [number, line] of rows) {
      count++;
      const found = stored.get(number);
      if (found === undefined) broken.push(`lost row: ${number} of run ${name}`);
      else if (!isDeepStrictEqual(JSON.parse(found), JSON.parse(line)))
        broken.push(`row ${number} of run ${name} is ${found}, not ${line}`);
    }
  }
  return count;
}

const restRows = (request: Record<string, unknown>) => ({
  offset: request.offset as number,
  lines: (request.rows as unknown[]).map((row) => JSON.stringify(row)),
});

function wandbRows(request: Record<string, unknown>) {
  const chunk = (request.files as Record<string, { offset: number; content: string[] }>)['wandb-history.jsonl'];
  return { offset: chunk?.offset ?? 0, lines: chunk?.content ?? [] };
}

function checkFinishes(exchanges: Exchange[], runs: Map<string, RunRow>, broken: string[]): number {
  const finished = new Map<number, string>();
  let count = 0;
  for (const { op, path, status, request, reply } of exchanges) {
    if (op !== 'finish' || status !== 200) continue;
    const [, name = ''] = /\/runs\/([^/]+)\/finish/.exec(path) ?? [];
    if (reply.state !== 'finished') {
      broken.push(`the finish of run ${name} was answered with "${reply.state}"`);
      continue;
    }
    count++;
    const run = runs.get(name);
    if (run?.state !== 'finished') {
      broken.push(`lost finish: run ${name} is ${run?.state ?? 'not there'}`);
      continue;
    }
    const summary = JSON.parse(run.summary) as Record<string, unknown>;
    for (const [key, value] of Object.entries((request.summary ?? {}) as object)) {
      if (!isDeepStrictEqual(summary[key], value)) broken.push(`the summary of run ${name} lost "${key}"`);
    }
    if ((finished.get(run.suggestion_id) ?? name) !== name) {
      broken.push(`point ${run.suggestion_id} was finished twice: by ${finished.get(run.suggestion_id)} and ${name}`);
    }
    finished.set(run.suggestion_id, name);
  }
  return count;
}

function checkPoints(db: Database.Database, sweepId: string, size: number | null, runs: RunRow[], broken: string[]) {
  const points = db
    .prepare('select id, ordinal, point_key, state from suggestions where sweep_id = ? order by ordinal')
    .all(sweepId) as { id: number; ordinal: number; point_key: string; state: string }[];
  const finished = new Map<number, number>();
  const live = new Map<number, number>();
  for (const run of runs) {
    if (run.state === 'finished') finished.set(run.suggestion_id, (finished.get(run.suggestion_id) ?? 0) + 1);
    if (run.state === 'running' || run.state === 'pending')
      live.set(run.suggestion_id, (live.get(run.suggestion_id) ?? 0) + 1);
  }
  points.forEach(({ id, ordinal }, i) => {
    const times = finished.get(id) ?? 0;
    if (ordinal !== i) broken.push(`grid point ${i} was skipped: ${ordinal} follows`);
    if (times > 1) broken.push(`point ${ordinal} is finished ${times} times in the record`);
    if (times + (live.get(id) ?? 0) > 1) broken.push(`point ${ordinal} has a live run beside another`);
    if (size !== null && times === 0) broken.push(`point ${ordinal} was never finished`);
  });
  if (new Set(points.map((point) => point.point_key)).size !== points.length)
    broken.push('two suggestions are the same point');
  if (size !== null && points.length !== size) broken.push(`the sweep has ${points.length} points, not ${size}`);
  return { points: points.length, finishedPoints: finished.size };
}
