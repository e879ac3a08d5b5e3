/**
 * One keep-alive HTTP connection on a bare socket: it costs a client little CPU, and says exactly when a reply was lost. One request
 * at a time.
 */
import { connect, type Socket } from 'node:net';
import { firstMessage } from './http-message.ts';

export interface Reply {
  status: number;
  /** Parsed JSON; undefined for an empty body. */
  body: unknown;
}

/** The connection ended before the reply: whether the server did what it was asked is unknown. */
export class ReplyLost extends Error {}

interface Waiting {
  resolve: (reply: Reply) => void;
  reject: (error: Error) => void;
}

export class HttpConnection {
  readonly #port: number;
  readonly #authorization: string;
  readonly #timeoutMs: number;
  #socket: Socket | undefined;
  #received: Buffer = Buffer.alloc(0);
  #waiting: Waiting | undefined;

  /** @param timeoutMs a reply that takes longer counts as lost */
  constructor(port: number, authorization: string, timeoutMs = 20_000) {
    this.#port = port;
    this.#authorization = authorization;
    this.#timeoutMs = timeoutMs;
  }

  /** @throws ReplyLost */
  call(method: string, path: string, body?: unknown): Promise<Reply> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      const text = body === undefined ? '' : JSON.stringify(body);
      const type = body === undefined ? '' : 'content-type: application/json\r\n';
      this.#open().write(
        `${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: ${this.#authorization}\r\n${type}content-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
      );
    });
  }

  close(): void {
    this.#socket?.destroy();
  }

  #open(): Socket {
    if (this.#socket !== undefined) return this.#socket;
    const socket = connect(this.#port, '127.0.0.1');
    socket.setNoDelay(true);
    socket.setTimeout(this.#timeoutMs, () => socket.destroy());
    socket.on('data', (piece) => this.#receive(piece));
    socket.on('error', () => {});
    socket.on('close', () => {
      if (this.#socket === socket) this.#socket = undefined;
      this.#received = Buffer.alloc(0);
      this.#settle((waiting) => waiting.reject(new ReplyLost('The connection ended before the reply.')));
    });
    this.#socket = socket;
    return socket;
  }

  #receive(piece: Buffer): void {
    this.#received = this.#received.length === 0 ? piece : Buffer.concat([this.#received, piece]);
    const message = firstMessage(this.#received);
    if (message === null) return;
    this.#received = message.rest;
    const status = Number(message.firstLine.split(' ')[1]);
    const text = message.body.toString();
    this.#settle((waiting) => waiting.resolve({ status, body: text === '' ? undefined : parseOrText(text) }));
  }

  #settle(how: (waiting: Waiting) => void): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined) how(waiting);
  }
}

function parseOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

export const bearer = (key: string): string => `Bearer ${key}`;
export const basic = (key: string): string => `Basic ${Buffer.from(`api:${key}`).toString('base64')}`;
