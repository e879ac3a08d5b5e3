/** A small client of the server's REST API, for the agent and the commands. Numbers keep their spelling both ways. */
import type { Problem } from '../domain/errors.ts';
import { isObject, type JsonObject, type JsonValue, jsonObject, parseJson, plain, writeJson } from '../domain/json.ts';

/** The server's refusal, or that none answered. */
export class RestError extends Error {
  /** null: nobody answered. */
  readonly status: number | null;
  /** The server's stable code; `unreachable` and `not_sweepd` are our own. */
  readonly code: string;
  readonly problems: readonly Problem[];
  constructor(status: number | null, code: string, message: string, problems: readonly Problem[] = []) {
    super(message);
    this.name = 'RestError';
    this.status = status;
    this.code = code;
    this.problems = problems;
  }
}

/** Whether the same request may succeed later without anybody doing anything. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof RestError)) return false;
  return error.status === null || error.status === 408 || error.status === 429 || error.status >= 500;
}

export interface RestAnswer {
  body: JsonObject;
  /** The server's clock, milliseconds to the second; null where it did not say. */
  serverTime: number | null;
}

export interface RestClient {
  readonly url: string;
  readonly apiKey: string;
  /**
   * @param path below /api/v1
   * @throws RestError
   */
  request(method: string, path: string, body?: JsonObject, options?: RequestOptions): Promise<RestAnswer>;
}

export interface RequestOptions {
  timeoutMs?: number;
  signal?: AbortSignal | undefined;
}

const usualTimeoutMs = 30_000;

export function createRestClient(url: string, apiKey: string): RestClient {
  const base = url.replace(/\/+$/, '');
  return {
    url: base,
    apiKey,
    async request(method, path, body, { timeoutMs = usualTimeoutMs, signal } = {}) {
      const timeout = AbortSignal.timeout(timeoutMs);
      const headers = { authorization: `Bearer ${apiKey}`, accept: 'application/json' };
      let response: Response;
      let text: string;
      try {
        response = await fetch(`${base}/api/v1${path}`, {
          method,
          headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
          signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
          ...(body === undefined ? {} : { body: writeJson(body) }),
        });
        text = await response.text();
      } catch (error) {
        if (signal?.aborted) throw error;
        throw new RestError(null, 'unreachable', `${base} does not answer: ${reasonOf(error)}.`);
      }
      if (!response.ok) throw refusal(base, response, text);
      const date = Date.parse(response.headers.get('date') ?? '');
      return { body: bodyOf(base, text), serverTime: Number.isNaN(date) ? null : date };
    },
  };
}

/** `fetch` wraps what happened, sometimes twice. */
function reasonOf(error: unknown): string {
  const { cause, name, message } = error as Error & { cause?: Error & { code?: string; errors?: Error[] } };
  if (name === 'TimeoutError') return 'it took too long';
  return cause?.message || cause?.errors?.[0]?.message || cause?.code || message;
}

function bodyOf(base: string, text: string): JsonObject {
  if (text === '') return jsonObject();
  const value = readJson(text);
  if (isObject(value)) return value;
  throw new RestError(200, 'not_sweepd', `${base} answers, but not as a sweepd server does.`);
}

function readJson(text: string): JsonValue | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

function refusal(base: string, response: Response, text: string): RestError {
  const value = readJson(text);
  const { status } = response;
  if (isObject(value) && typeof value.code === 'string') {
    const { code, detail, problems } = plain(value) as { code: string; detail?: string; problems?: Problem[] };
    return new RestError(status, code, detail ?? code, problems ?? []);
  }
  const message = `${base} answers ${status} ${response.statusText}, and not as a sweepd server does.`;
  return new RestError(status, 'not_sweepd', message);
}
