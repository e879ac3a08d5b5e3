/** The server's answers as the commands read them; `config`, `summary` and rows keep the spelling of their numbers. */
import type { RestClient } from '../../agent/rest-client.ts';
import { isObject, type JsonObject, jsonObject } from '../../domain/json.ts';

export interface SweepView {
  id: string;
  entity: string;
  project: string;
  name: string | null;
  state: string;
  state_reason: string | null;
  method: string;
  metric: { name: string; goal: 'minimize' | 'maximize' } | null;
  config: JsonObject;
  run_cap: number | null;
  run_count_expected: number | null;
  run_count: number;
  user: string;
  created_at: string;
  ended_at: string | null;
  url: string;
}

export interface SweepDetail extends SweepView {
  config_text: string;
  run_states: Record<string, number>;
  best_run: { id: string; value: number } | null;
}

export interface RunView {
  id: string;
  name: string;
  entity: string;
  project: string;
  sweep_id: string | null;
  number: number | null;
  attempt: number;
  predecessor: string | null;
  superseded: boolean;
  state: string;
  config: JsonObject;
  summary: JsonObject;
  best_value: number | null;
  rows: number;
  agent: string | null;
  user: string;
  host: string | null;
  stop_reason: string | null;
  exit_code: number | null;
  created_at: string;
  started_at: string | null;
  ended_at: string | null;
  url: string;
}

/** An answer as its type; what it is made of stays the lossless tree, for `--json`. */
export const viewOf = <T>(body: JsonObject): T => body as unknown as T;

/** `ENTITY/PROJECT/ID` as W&B's commands print it, or the id alone. */
export const idOf = (path: string): string => path.replace(/\/+$/, '').split('/').at(-1) ?? path;

/** A run by its id, or by `ENTITY/PROJECT/ID` where several projects have one of that id. */
export function runAt(path: string, project: string | undefined): { path: string; project: string | undefined } {
  const parts = path.split('/');
  const named = parts.length > 2 ? parts.slice(0, 2).join('/') : undefined;
  return { path: at('runs', idOf(path)), project: project ?? named };
}

export const at = (...parts: string[]): string => parts.map((part) => `/${encodeURIComponent(part)}`).join('');

export function query(parameters: Record<string, string | number | undefined>): string {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined);
  const text = new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)])).toString();
  return text === '' ? '' : `?${text}`;
}

/**
 * The pages of a list behind each other, `most` items at most.
 * @param key `items`, or `rows` for a history
 */
export async function readAll(
  client: RestClient,
  path: string,
  parameters: Record<string, string | number | undefined>,
  { most = Number.POSITIVE_INFINITY, page = 500, key = 'items' } = {},
): Promise<JsonObject[]> {
  const found: JsonObject[] = [];
  let cursor: string | undefined;
  do {
    const limit = Math.min(page, most - found.length);
    const { body } = await client.request('GET', `${path}${query({ ...parameters, limit, cursor })}`);
    const items = body[key];
    found.push(...(Array.isArray(items) ? items : []).map((item) => (isObject(item) ? item : jsonObject())));
    cursor = typeof body.next_cursor === 'string' ? body.next_cursor : undefined;
  } while (cursor !== undefined && found.length < most);
  return found;
}
