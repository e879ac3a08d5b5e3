/**
 * HTTP to the upstream W&B server. Every failure is one of three kinds, since three things can be done about it: try again later, give
 * the item up with the upstream's words, or stop until somebody gives the right key.
 */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

export type UpstreamFailure =
  /** No answer, half an answer, 408, 429 or 5xx. */
  | 'unreachable'
  /** Any other 4xx, or a GraphQL error: the same request would be refused again. */
  | 'refused'
  /** 401. */
  | 'wrong_key';

export class UpstreamError extends Error {
  readonly failure: UpstreamFailure;
  /** What Retry-After asked for, milliseconds. */
  readonly retryAfterMs: number | null;
  /** 0 where there was no answer. */
  readonly status: number;
  constructor(failure: UpstreamFailure, message: string, status = 0, retryAfterMs: number | null = null) {
    super(message);
    this.name = 'UpstreamError';
    this.failure = failure;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

/** For what is only tidying up: a refusal is as good as done. */
export async function unlessRefused(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof UpstreamError) || error.failure !== 'refused') throw error;
  }
}

export interface UpstreamClient {
  /** @throws UpstreamError */
  graphql<T>(query: string, variables: Record<string, unknown>): Promise<T>;
  /** @throws UpstreamError */
  fileStream(path: StreamPath, body: string): Promise<void>;
  /** @param headers as the server gave them, "Name:Value". @throws UpstreamError; what `body` throws */
  upload(url: string, headers: readonly string[], body: Readable, sizeBytes: number): Promise<void>;
  /** Ends what is under way: its callers get `unreachable`. */
  close(): void;
}

export interface StreamPath {
  entity: string;
  project: string;
  run: string;
}

export interface ClientOptions {
  url: string;
  apiKey: string;
  /** An exchange without any progress for so long counts as lost, milliseconds. */
  patienceMs?: number;
}

interface Answer {
  status: number;
  text: string;
  retryAfterMs: number | null;
}

const mostAnswerBytes = 16 * 1024 * 1024;
const wordsKept = 500;

export function createUpstreamClient(options: ClientOptions): UpstreamClient {
  const base = options.url.replace(/\/+$/, '');
  const patienceMs = options.patienceMs ?? 60_000;
  const authorization = `Basic ${Buffer.from(`api:${options.apiKey}`).toString('base64')}`;
  const agents = {
    http: new HttpAgent({ keepAlive: true, maxSockets: 16 }),
    https: new HttpsAgent({ keepAlive: true, maxSockets: 16 }),
  };
  const closing = new AbortController();

  async function send(
    method: string,
    target: string,
    headers: Record<string, string | number>,
    body: string | Readable,
  ): Promise<Answer> {
    const url = new URL(target, `${base}/`);
    const isPlain = url.protocol === 'http:';
    const call = (isPlain ? httpRequest : httpsRequest)(url, {
      method,
      headers,
      agent: isPlain ? agents.http : agents.https,
      signal: closing.signal,
      timeout: patienceMs,
    });
    call.on('timeout', () => call.destroy(new Error(`no answer within ${patienceMs / 1000} s`)));
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      call.on('response', resolve);
      call.on('error', reject);
    });
    // A server may refuse a body before it has read it: the answer counts, not the broken pipe.
    answered.catch(() => {});
    let source: unknown;
    if (typeof body === 'string') call.end(body);
    else {
      await pipeline(body, call).catch((error: NodeJS.ErrnoException) => {
        if (error.syscall === 'open' || error.code === 'ENOENT') source = error;
      });
    }
    if (source !== undefined) throw source;
    try {
      return await readAnswer(await answered);
    } catch (error) {
      throw new UpstreamError('unreachable', (error as Error).message || 'the connection broke');
    }
  }

  const json = (text: string) => ({
    authorization,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'user-agent': 'sweepd',
  });

  return {
    async graphql<T>(query: string, variables: Record<string, unknown>): Promise<T> {
      const body = JSON.stringify({ query, variables });
      const answer = await send('POST', 'graphql', json(body), body);
      const { data, errors } = objectOf(accept(answer));
      const [first] = Array.isArray(errors) ? (errors as { message?: unknown }[]) : [];
      if (first !== undefined) throw new UpstreamError('refused', words(String(first.message)), answer.status);
      if (data === null || typeof data !== 'object') throw new UpstreamError('unreachable', 'an answer without data');
      return data as T;
    },
    async fileStream({ entity, project, run }, body) {
      const path = ['files', entity, project, run, 'file_stream'].map(encodeURIComponent).join('/');
      objectOf(accept(await send('POST', path, json(body), body)));
    },
    async upload(url, headers, body, sizeBytes) {
      const own = Object.fromEntries(headers.map((line) => splitHeader(line)));
      accept(await send('PUT', url, { ...own, 'content-length': sizeBytes }, body));
    },
    close() {
      closing.abort();
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of response) {
    bytes += (piece as Buffer).length;
    if (bytes > mostAnswerBytes) throw new Error('the answer is too large');
    pieces.push(piece as Buffer);
  }
  if (!response.complete) throw new Error('the answer was cut off');
  const text = Buffer.concat(pieces).toString();
  return { status: response.statusCode ?? 0, text, retryAfterMs: retryAfter(response.headers['retry-after']) };
}

/** @returns the text of a good answer */
function accept({ status, text, retryAfterMs }: Answer): string {
  if (status >= 200 && status < 300) return text;
  const said = `HTTP ${status}: ${words(messageIn(text))}`;
  if (status === 401) throw new UpstreamError('wrong_key', said, status);
  if (status === 408 || status === 429 || status >= 500 || status < 400) {
    throw new UpstreamError('unreachable', said, status, retryAfterMs);
  }
  throw new UpstreamError('refused', said, status);
}

/** An answer that is no JSON did not come from a W&B server: something stands in between. */
function objectOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (value !== null && typeof value === 'object') return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new UpstreamError('unreachable', 'the answer is no JSON: is this the URL of a W&B server?');
}

function messageIn(text: string): string {
  try {
    const { errors, error } = JSON.parse(text) as { errors?: { message?: string }[]; error?: unknown };
    return errors?.[0]?.message ?? (typeof error === 'string' ? error : text);
  } catch {
    return text;
  }
}

const words = (text: string) => text.replace(/\s+/g, ' ').trim().slice(0, wordsKept) || 'no reason given';

/** Seconds, or a date. */
function retryAfter(header: string | undefined): number | null {
  if (header === undefined) return null;
  const seconds = Number(header);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) && ms > 0 ? ms : null;
}

function splitHeader(line: string): [string, string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()];
}
