/** When the disk does not take a write, or somebody else holds the data: a clear message, nothing corrupted, and on when the cause is gone. */
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createGrid, once } from './lib/scenario.ts';
import { DidNotStart, type ServerOptions, type ServerProcess, startServer } from './lib/server-process.ts';

let folder = '';
let dataDirectory = '';
const servers: ServerProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sweepd-storage-'));
  dataDirectory = join(folder, 'data');
});

afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

async function serve(options: Partial<ServerOptions> = {}): Promise<ServerProcess> {
  const server = await startServer({ dataDirectory, ...options });
  servers.push(server);
  return server;
}

type Body = Record<string, unknown>;
const ask = async (server: ServerProcess, method: string, path: string, body?: unknown) =>
  (await once(server.port, method, path, body)) as { status: number; body: Body };

async function leaseRun(server: ServerProcess, sweepId: string, requestId = 'first') {
  const { body } = await ask(server, 'POST', `/api/v1/sweeps/${sweepId}/lease`, { agent: 'a', request_id: requestId });
  return { id: (body.run as { id: string }).id, token: (body.lease as { token: string }).token };
}

function integrity(): unknown {
  const db = new Database(join(dataDirectory, 'sweepd.db'), { readonly: true });
  try {
    return db.pragma('integrity_check', { simple: true });
  } finally {
    db.close();
  }
}

test('a full disk: 503 with the reason, reads go on, and the same request is taken once there is room', async () => {
  const server = await serve({ preload: ['small-disk.mjs'], environment: { CHAOS_MAX_PAGES: '60' } });
  const sweepId = await createGrid(server.port, 4);
  const { id, token } = await leaseRun(server, sweepId);
  const rows = (offset: number) => [{ loss: offset, note: 'x'.repeat(20_000) }];
  const log = (offset: number) =>
    ask(server, 'POST', `/api/v1/runs/${id}/metrics`, { token, offset, rows: rows(offset) });
  let taken = 0;
  let refused = await log(taken);
  while (refused.status === 200 && taken < 1_000) refused = await log(++taken);
  expect(refused.status).toBe(503);
  expect(refused.body.code).toBe('storage_failed');
  expect(String(refused.body.detail)).toMatch(/disk is full/);
  expect((await ask(server, 'GET', `/api/v1/runs/${id}`)).status).toBe(200);
  expect((await ask(server, 'GET', '/healthz')).status).toBe(200);
  server.kill('SIGUSR2');
  let again = await log(taken);
  while (again.status === 503) again = await log(taken);
  expect(again).toMatchObject({ status: 200, body: { rows: taken + 1 } });
  const history = await ask(server, 'GET', `/api/v1/runs/${id}/history?limit=1000`);
  expect((history.body.rows as Body[]).map((row) => row.loss)).toEqual(Array.from({ length: taken + 1 }, (_, i) => i));
  expect((await server.stop()).code).toBe(0);
  expect(integrity()).toBe('ok');
});

test('a second server on the same data refuses to start and names the first; it may once the first is gone, however it went', async () => {
  const first = await serve();
  const sweepId = await createGrid(first.port, 4);
  const refused = await serve().catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(DidNotStart);
  expect((refused as DidNotStart).exit.code).toBe(1);
  expect((refused as DidNotStart).message).toMatch(
    new RegExp(`^sweepd: .* is served by process ${first.pid} on .*Stop that server`),
  );
  const run = await leaseRun(first, sweepId);
  await first.stop('SIGKILL');
  const second = await serve();
  expect((await ask(second, 'GET', `/api/v1/runs/${run.id}`)).status).toBe(200);
});

// Root may write what is read-only: as root the server runs as nobody instead.
const nobody = 65_534;
const userId = process.getuid?.() === 0 ? { userId: nobody } : {};

function setModes(mode: { directory: number; files: number }): void {
  for (const path of [folder, dataDirectory, ...readdirSync(dataDirectory).map((name) => join(dataDirectory, name))]) {
    if (!existsSync(path)) continue;
    if (process.getuid?.() === 0) chownSync(path, nobody, nobody);
    if (path !== folder) chmodSync(path, path === dataDirectory ? mode.directory : mode.files);
  }
}

test.each([
  ['the data directory is read-only', { directory: 0o555, files: 0o444 }, ['']],
  ['the database alone is read-only', { directory: 0o755, files: 0o644 }, ['sweepd.db']],
])('%s: the start says so, and succeeds once it is writable', async (_, modes, readOnly) => {
  const first = await serve();
  const sweepId = await createGrid(first.port, 4);
  const run = await leaseRun(first, sweepId);
  await first.stop();
  setModes(modes);
  for (const name of readOnly) if (name !== '') chmodSync(join(dataDirectory, name), 0o444);
  const refused = await serve(userId).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(DidNotStart);
  expect((refused as DidNotStart).exit.code).toBe(1);
  // One clear line, no stack.
  expect((refused as DidNotStart).message).toMatch(/^sweepd: .*cannot be written/);
  expect((refused as DidNotStart).message).not.toMatch(/\n\s+at /);
  setModes({ directory: 0o755, files: 0o644 });
  const second = await serve(userId);
  expect((await ask(second, 'GET', `/api/v1/runs/${run.id}`)).status).toBe(200);
  expect((await second.stop()).code).toBe(0);
  expect(integrity()).toBe('ok');
});
