/**
 * The chain in its long form: programs log to a server that is killed again and again, which forwards to another over a road with
 * every fault. In the end the other has the same: rows, order, console, summaries, files, states, and one sweep.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import * as schema from '../../src/store/schema.ts';
import { createStore, type Store } from '../../src/store/store.ts';
import { seeded } from '../chaos/lib/random.ts';
import { apiKey, type ServerProcess, startServer } from '../chaos/lib/server-process.ts';
import { type FaultProxy, startFaultProxy } from '../fixtures/fault-proxy.ts';
import { runsSeen } from '../fixtures/forwarding.ts';

const runs = Number(process.env.SWEEPD_CHAIN_RUNS ?? 50);
const kills = Number(process.env.SWEEPD_CHAIN_KILLS ?? 50);
const [rows, rowsAPost] = [1_000, 50];
const random = seeded(Number(process.env.SWEEPD_CHAIN_SEED ?? 20_261_125));
const directory = mkdtempSync(join(tmpdir(), 'sweepd-chain-'));
const authorization = `Basic ${Buffer.from(`api:${apiKey}`).toString('base64')}`;
let upstream: ServerProcess;
let proxy: FaultProxy;
let origin: ServerProcess;
let originUrl = '';

const startOrigin = async (port: number) => {
  origin = await startServer({
    dataDirectory: join(directory, 'origin'),
    port,
    environment: { SWEEPD_UPSTREAM_URL: proxy.url, SWEEPD_UPSTREAM_API_KEY: apiKey },
  });
  originUrl = origin.url;
};

beforeAll(async () => {
  upstream = await startServer({ dataDirectory: join(directory, 'upstream') });
  proxy = await startFaultProxy(() => upstream.url, random.next, 2_000);
  proxy.rate = 0.1;
  await startOrigin(0);
});
afterAll(async () => {
  await origin.stop();
  await upstream.stop();
  await proxy.close();
  rmSync(directory, { recursive: true, force: true });
});

/** What W&B's client does: the same request again until it is answered. */
async function call(path: string, method: string, body: string): Promise<Response> {
  for (;;) {
    try {
      const url = path.startsWith('http') ? path : `${originUrl}${path}`;
      const answer = await fetch(url, { method, body, headers: { authorization, 'content-type': 'application/json' } });
      if (answer.status < 500) return answer;
    } catch {
      // Killed just now.
    }
    await new Promise((again) => setTimeout(again, 100));
  }
}

async function graphql<T>(query: string, variables: object): Promise<T> {
  const answer = await call('/graphql', 'POST', JSON.stringify({ query, variables }));
  return ((await answer.json()) as { data: T }).data;
}

async function program(sweep: string, number: number): Promise<void> {
  const name = `run-${String(number).padStart(3, '0')}`;
  const config = JSON.stringify({ x: { value: number }, big: { value: 2 ** 40 } });
  await graphql('mutation ($input: UpsertBucketInput!) { upsertBucket(input: $input) { bucket { id } } }', {
    input: { name, modelName: 'chain', host: 'h', sweep, config, tags: ['chain'] },
  });
  const post = (body: object) =>
    call(`/files/chaos/chain/${name}/file_stream`, 'POST', JSON.stringify(body)).then((answer) => answer.text());
  for (let at = 0; at < rows; at += rowsAPost) {
    const history = Array.from(
      { length: rowsAPost },
      (_, i) => `{"loss":${number + 1 / (at + i + 1)},"odd":NaN,"_step":${at + i}}`,
    );
    await post({
      files: {
        'wandb-history.jsonl': { offset: at, content: history },
        'wandb-events.jsonl': { offset: at / rowsAPost, content: [`{"system.cpu":${at}}`] },
        // A progress bar: its line is written anew by every post.
        'output.log': { offset: at / rowsAPost, content: [`line ${at}`, `progress ${at}`] },
        'wandb-summary.json': { offset: 0, content: [`{"loss":${at},"_step":${at}}`] },
      },
    });
    if (at % 250 === 0) await upload(name, `media/images/pic_${at}.png`, `${name} ${at} `.repeat(500));
    await new Promise((next) => setTimeout(next, random.between(0, 200)));
  }
  await upload(name, 'wandb-summary.json', `{"loss":${number}}`);
  await post({ complete: true, exitcode: number % 5 === 0 ? 1 : 0 });
}

async function upload(run: string, file: string, content: string): Promise<void> {
  const { createRunFiles } = await graphql<{ createRunFiles: { files: { uploadUrl: string }[] } }>(
    'mutation ($input: CreateRunFilesInput!) { createRunFiles(input: $input) { runID files { uploadUrl } } }',
    { input: { entityName: 'chaos', projectName: 'chain', runName: run, files: [file] } },
  );
  await call(createRunFiles.files[0]?.uploadUrl ?? '', 'PUT', content);
}

function look(name: string): { store: Store; close: () => void } {
  const sqlite = new Database(join(directory, name, 'sweepd.db'), { readonly: true });
  const db = drizzle(sqlite, { schema, casing: 'snake_case' });
  return { store: createStore({ sqlite, db, close: () => {} }), close: () => sqlite.close() };
}

it(`${runs} runs of ${rows} rows, ${kills} kills: upstream has the same in the end`, {
  timeout: 1_800_000,
}, async () => {
  const { upsertSweep } = await graphql<{ upsertSweep: { sweep: { name: string } } }>(
    'mutation ($config: String) { upsertSweep(input: { config: $config, projectName: "chain" }) { sweep { name } } }',
    { config: 'method: grid\nmetric: {name: loss}\nparameters: {x: {values: [1, 2]}}\nsweepd: {seed: 1}\n' },
  );
  const programs = Promise.all(Array.from({ length: runs }, (_, number) => program(upsertSweep.sweep.name, number)));
  const port = Number(new URL(originUrl).port);
  for (let killed = 0; killed < kills; killed++) {
    await new Promise((next) => setTimeout(next, random.between(50, 3_000)));
    origin.kill('SIGKILL');
    await origin.exited;
    await startOrigin(port);
  }
  await programs;
  for (;;) {
    const answer = await fetch(`${originUrl}/api/v1/forwarding`, { headers: { authorization: `Bearer ${apiKey}` } });
    const seen = (await answer.json()) as { runs_waiting: number; runs_refused: number; refused: unknown[] };
    expect(seen.refused).toEqual([]);
    if (seen.runs_waiting === 0) break;
    await new Promise((next) => setTimeout(next, 500));
  }
  const [here, there] = [look('origin'), look('upstream')];
  const [own, forwarded] = [runsSeen(here.store, 'chain', 'chaos'), runsSeen(there.store, 'chain', 'chaos')];
  expect(own).toHaveLength(runs);
  expect(own.every(({ history, files }) => history.length === rows && files.length === 5)).toBe(true);
  expect(forwarded).toEqual(own);
  expect(there.store.sqlite.prepare('select count(*) from sweeps').pluck().get()).toBe(1);
  console.log(`faults: ${JSON.stringify(proxy.counts)}`);
  here.close();
  there.close();
});
