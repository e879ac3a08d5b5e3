/** Runs as one file: from one server to another, in whole or not at all, and forwarded without a server. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadSettings } from '../../src/runtime/config.ts';
import { forwardBundle } from '../../src/runtime/forward-bundle.ts';
import { runsSeen } from '../fixtures/forwarding.ts';
import { apiKey, useWholeServer, type WholeServer } from '../protocol/whole-server.ts';

const [from, to, upstream] = [useWholeServer(), useWholeServer(), useWholeServer()];
const folder = mkdtempSync(join(tmpdir(), 'sweepd-bundle-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let bundle: Buffer;
let sweep = '';

const bucket = 'mutation ($input: UpsertBucketInput!) { upsertBucket(input: $input) { bucket { id } } }';
const makeFiles = `mutation ($input: CreateRunFilesInput!) { createRunFiles(input: $input) { runID files { uploadUrl } } }`;

async function logRun(name: string, exitcode: number | null): Promise<void> {
  await from.graphql(bucket, {
    input: { name, modelName: 'moved', host: 'h', sweep, config: '{"x":{"value":1.0}}', tags: ['t'], notes: 'n' },
  });
  const path = `team/moved/${name}`;
  await from.fileStream(path, {
    files: {
      'wandb-history.jsonl': { offset: 0, content: ['{"loss":3,"odd":NaN,"_step":0}', '{"loss":2,"_step":1}'] },
      'wandb-events.jsonl': { offset: 0, content: ['{"system.cpu":1}'] },
      'output.log': { offset: 0, content: ['a line\nof two', '', 'é'] },
      'wandb-summary.json': { offset: 0, content: ['{"loss":2,"big":9007199254740993}'] },
    },
  });
  const { body } = await from.graphql(makeFiles, {
    input: { entityName: 'team', projectName: 'moved', runName: name, files: ['media/big.bin', 'empty'] },
  });
  const [big, empty] = body.data.createRunFiles.files;
  await fetch(big.uploadUrl, { method: 'PUT', body: Buffer.alloc(700_000, name) });
  await fetch(empty.uploadUrl, { method: 'PUT', body: '' });
  if (exitcode !== null) await from.fileStream(path, { complete: true, exitcode });
}

const read = (server: WholeServer, body: Buffer) =>
  fetch(`${server.url}/api/v1/import`, {
    method: 'POST',
    body: new Uint8Array(body),
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/gzip' },
  });

beforeAll(async () => {
  const config = 'method: grid\nmetric: {name: loss}\nparameters: {x: {values: [1.0, 2]}}\n';
  sweep = (await from.rest('POST', '/sweeps', { config, project: 'moved' })).body.id;
  await logRun('run-a', 0);
  await logRun('run-b', 3);
  await logRun('run-c', null);
  const answer = await fetch(`${from.url}/api/v1/export?sweep=${sweep}`, {
    headers: { authorization: `Bearer ${apiKey}` },
  });
  expect(answer.status).toBe(200);
  bundle = Buffer.from(await answer.arrayBuffer());
});

it('a file that breaks off leaves the runs that were whole, and no half one', async () => {
  const lines = gunzipSync(bundle).toString().trimEnd().split('\n');
  const cut = lines.slice(
    0,
    lines.findLastIndex((line) => line.includes('"kind":"bytes"')),
  );
  const answer = await read(to, gzipSync(`${cut.join('\n')}\n`));
  expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([400, 'invalid_bundle']);
  expect(runsSeen(to.store, 'moved').map(({ name }) => name)).toEqual(['run-a', 'run-b']);
  const torn = await read(to, bundle.subarray(0, bundle.length - 20));
  expect(torn.status).toBe(400);
});

it('everything is there after the whole file was read, once', async () => {
  const answer = await read(to, bundle);
  expect(await answer.json()).toMatchObject({ skipped: 2 });
  const [here, there] = [runsSeen(from.store, 'moved'), runsSeen(to.store, 'moved')];
  // Nobody works on it there.
  expect(there).toEqual(here.map((run) => (run.state === 'running' ? { ...run, state: 'crashed' } : run)));
  const { body } = await to.rest('GET', `/sweeps/${sweep}`);
  expect(body).toMatchObject({ state: 'paused', best_run: { value: 2 } });
  expect(await (await read(to, bundle)).json()).toEqual({ runs: 0, skipped: 3, sweeps: 0 });
});

it('what is no bundle is refused', async () => {
  for (const body of [Buffer.from('hello'), gzipSync('hello\n'), gzipSync('{"kind":"head","format":99}\n')]) {
    expect((await read(to, body)).status).toBe(400);
  }
});

it('is forwarded without a server', async () => {
  const file = join(folder, 'runs.sweepd.gz');
  writeFileSync(file, bundle);
  const settings = loadSettings(
    { upstream_url: upstream.url, upstream_api_key: apiKey, entity: 'team' },
    {},
    undefined,
  );
  const done = await forwardBundle(file, settings, pino({ level: 'silent' }), () => {});
  expect(done).toEqual({ runs: 3, refused: [] });
  expect(runsSeen(upstream.store, 'moved')).toEqual(runsSeen(to.store, 'moved'));
});
