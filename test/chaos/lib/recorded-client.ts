/** An agent's side of the wire: every request goes into the history before it leaves, and is sent again until it is answered. */
import type { History, Operation } from './history.ts';
import { HttpConnection, type Reply } from './http-connection.ts';

/** Before the next try of a request that nobody answers: longer each time, as any agent would. Milliseconds. */
const retryMs = (tries: number): number => Math.min(25 * 2 ** tries, 400);

export class RecordedClient {
  readonly #who: string;
  readonly #history: History;
  readonly #connection: HttpConnection;
  #n = 0;

  constructor(who: string, history: History, port: number, authorization: string) {
    this.#who = who;
    this.#history = history;
    this.#connection = new HttpConnection(port, authorization);
  }

  /** @returns the reply; a 503 is no answer: nothing was stored, the request goes out again */
  async call(op: Operation, path: string, body: unknown): Promise<Reply> {
    for (let tries = 0; ; tries++) {
      const n = this.#n++;
      const who = this.#who;
      this.#history.add({ what: 'ask', who, n, op, path, body });
      const reply = await this.#connection.call('POST', path, body).catch(() => null);
      if (reply === null) this.#history.add({ what: 'lost', who, n });
      else this.#history.add({ what: 'reply', who, n, status: reply.status, body: reply.body });
      if (reply !== null && reply.status !== 503) return reply;
      await pause(retryMs(tries));
    }
  }

  close(): void {
    this.#connection.close();
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
