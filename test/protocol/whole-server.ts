/** The whole server in this process: all its rooms, a port of its own, a database on the disk that the test may look into. */
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { pino } from 'pino';
import { afterAll, beforeAll } from 'vitest';
import { loadSettings } from '../../src/runtime/config.ts';
import { type RunningServer, startServer } from '../../src/runtime/server.ts';
import * as schema from '../../src/store/schema.ts';
import { createStore, type Store } from '../../src/store/store.ts';

export const apiKey = 'whole-test-0123456789012345678901234567890123456789';
const basic = `Basic ${Buffer.from(`api:${apiKey}`).toString('base64')}`;

export interface Seen {
  status: number;
  headers: Headers;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: what it holds is what the tests are about
  body: any;
}

export interface WholeServer {
  readonly url: string;
  /** Any request with a key; what it holds may be replaced. */
  call(path: string, init?: RequestInit): Promise<Seen>;
  /** JSON to /api/v1. A text is sent as it stands. */
  rest(method: string, path: string, body?: unknown): Promise<Seen>;
  graphql(query: string, variables?: unknown): Promise<Seen>;
  /** A GraphQL body as it stands. */
  graphqlText(body: string): Promise<Seen>;
  fileStream(path: string, body: unknown): Promise<Seen>;
  /** A look into its database. */
  readonly store: Store;
  /** Every row of every table: equal before and after what must store nothing. */
  rows(): Record<string, unknown[]>;
  /** Sends the head of a request, then as much of its body as the server takes. */
  pour(path: string, headers: readonly string[], most: number): Promise<{ answer: string; sent: number }>;
}

/** A server for the tests of one file. */
export function useWholeServer(): WholeServer {
  const directory = mkdtempSync(join(tmpdir(), 'sweepd-whole-'));
  let running: RunningServer;
  let reader: Database.Database;
  let looking: Store;
  beforeAll(async () => {
    const settings = loadSettings({ data_dir: directory, port: 0, entity: 'team', api_key: apiKey }, {}, undefined);
    running = await startServer(settings, pino({ level: 'silent' }));
    reader = new Database(join(directory, 'sweepd.db'), { readonly: true });
    looking = createStore({ sqlite: reader, db: drizzle(reader, { schema, casing: 'snake_case' }), close: () => {} });
  });
  afterAll(async () => {
    reader.close();
    await running.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  async function call(path: string, init: RequestInit = {}): Promise<Seen> {
    const headers = { 'content-type': 'application/json', authorization: basic, ...init.headers };
    const answer = await fetch(`${running.url}${path}`, { ...init, headers });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, text, body: text === '' ? null : JSON.parse(text) };
  }

  const graphqlText = (body: string) => call('/graphql', { method: 'POST', body });
  return {
    get url() {
      return running.url;
    },
    call,
    rest: (method, path, body) =>
      call(`/api/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${apiKey}` },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
    graphql: (query, variables = {}) => graphqlText(JSON.stringify({ query, variables, operationName: '' })),
    graphqlText,
    fileStream: (path, body) =>
      call(`/files/${path}/file_stream`, {
        method: 'POST',
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    get store() {
      return looking;
    },
    rows: () => {
      const tables = reader.prepare<[], string>("select name from sqlite_schema where type = 'table'").pluck().all();
      return Object.fromEntries(tables.map((table) => [table, reader.prepare(`select * from "${table}"`).all()]));
    },
    pour: (path, headers, most) => pour(running.url, path, headers, most),
  };
}

const block = Buffer.alloc(2 ** 16, 'x');

/** A body that never says its end. Stops when the server ends the connection, or after `most` bytes. */
function pour(url: string, path: string, headers: readonly string[], most: number) {
  const { hostname, port } = new URL(url);
  const lengthKnown = headers.some((line) => /^content-length/i.test(line));
  const authorization = path.startsWith('/api/') ? `Bearer ${apiKey}` : basic;
  const type = 'Content-Type: application/json';
  const head = [`POST ${path} HTTP/1.1`, `Host: ${hostname}`, `Authorization: ${authorization}`, type, ...headers];
  return new Promise<{ answer: string; sent: number }>((resolve) => {
    const socket = connect(Number(port), hostname);
    let answer = '';
    let sent = 0;
    let isOver = false;
    const finish = () => {
      isOver = true;
      socket.destroy();
      resolve({ answer, sent });
    };
    const send = () => {
      while (!isOver && sent < most) {
        sent += block.length;
        const parts = lengthKnown ? [block] : [`${block.length.toString(16)}\r\n`, block, '\r\n'];
        const mayGoOn = parts.map((part) => socket.write(part)).every(Boolean);
        if (!mayGoOn) return void socket.once('drain', send);
      }
      if (!isOver) finish();
    };
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text;
    });
    socket
      .on('end', finish)
      .on('error', () => {})
      .on('close', finish);
    if (!lengthKnown) head.push('Transfer-Encoding: chunked');
    // With the length known the answer needs no byte of the body.
    socket.write(`${head.join('\r\n')}\r\n\r\n`, () => {
      if (!lengthKnown) send();
    });
  });
}
