/**
 * The append-only record of what agents asked and were answered: a line before each request leaves, a line before anything is done
 * with its reply. Lines go out with O_APPEND in one write, so processes may share the file and a killed one leaves whole lines.
 */
import { appendFileSync, closeSync, openSync, readFileSync, writeSync } from 'node:fs';

export type Operation = 'lease' | 'heartbeat' | 'metrics' | 'finish' | 'wandb_agent' | 'wandb_run' | 'wandb_stream';

export interface Ask {
  what: 'ask';
  who: string;
  /** Counts the requests of one process; the reply carries the same number. */
  n: number;
  op: Operation;
  path: string;
  body: unknown;
}

export interface Answer {
  what: 'reply';
  who: string;
  n: number;
  status: number;
  body: unknown;
}

export interface Lost {
  what: 'lost';
  who: string;
  n: number;
}

export interface Fault {
  what: 'fault';
  who: 'nemesis';
  name: string;
}

export type Entry = Ask | Answer | Lost | Fault;

export class History {
  readonly #file: number;
  constructor(path: string) {
    this.#file = openSync(path, 'a', 0o600);
  }
  add(entry: Entry): void {
    writeSync(this.#file, `${JSON.stringify(entry)}\n`);
  }
  close(): void {
    closeSync(this.#file);
  }
}

export const addFault = (path: string, name: string): void =>
  appendFileSync(path, `${JSON.stringify({ what: 'fault', who: 'nemesis', name } satisfies Fault)}\n`);

export function readHistory(path: string): Entry[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Entry);
}

export interface Exchange {
  who: string;
  op: Operation;
  path: string;
  request: Record<string, unknown>;
  status: number;
  reply: Record<string, unknown>;
}

/** What was answered, in the order of the answers. */
export function exchangesOf(entries: readonly Entry[]): Exchange[] {
  const asked = new Map<string, Ask>();
  const exchanges: Exchange[] = [];
  for (const entry of entries) {
    if (entry.what === 'ask') asked.set(`${entry.who} ${entry.n}`, entry);
    if (entry.what !== 'reply') continue;
    const ask = asked.get(`${entry.who} ${entry.n}`);
    if (ask === undefined) throw new Error(`The history has a reply to ${entry.who} without its request.`);
    const { who, op, path } = ask;
    const request = (ask.body ?? {}) as Record<string, unknown>;
    exchanges.push({
      who,
      op,
      path,
      request,
      status: entry.status,
      reply: (entry.body ?? {}) as Record<string, unknown>,
    });
  }
  return exchanges;
}
