/**
 * A bad network between agents and server: whole HTTP requests are lost on the way there, their replies on the way back, replies are
 * cut in the middle, requests arrive twice. It stays while the server behind it comes and goes.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { firstMessage } from './http-message.ts';
import type { Random } from './random.ts';

/** Chances of each fault; the rest passes. */
export interface FaultRates {
  dropRequest: number;
  dropReply: number;
  cutReply: number;
  duplicate: number;
}

export const noFaults: FaultRates = { dropRequest: 0, dropReply: 0, cutReply: 0, duplicate: 0 };

export interface BadNetwork {
  port: number;
  /** Where the server listens now. */
  target: number;
  /** How often each thing happened. */
  counts: Record<keyof FaultRates | 'passed', number>;
  /** Becomes true after `count` more replies of the server have come by. */
  replies(count: number): Promise<void>;
  close(): void;
}

export async function startProxy(random: Random, rates: FaultRates): Promise<BadNetwork> {
  const counts = { dropRequest: 0, dropReply: 0, cutReply: 0, duplicate: 0, passed: 0 };
  const sockets = new Set<Socket>();
  let waiting: { left: number; resolve: () => void } | undefined;
  const proxy: BadNetwork = {
    port: 0,
    target: 0,
    counts,
    replies: (count) =>
      new Promise((resolve) => {
        waiting = { left: count, resolve };
      }),
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };

  function onReply(): void {
    if (waiting === undefined || --waiting.left > 0) return;
    waiting.resolve();
    waiting = undefined;
  }

  function chooseFault(): keyof FaultRates | 'passed' {
    let at = random.next();
    for (const fault of ['dropRequest', 'dropReply', 'cutReply', 'duplicate'] as const) {
      if (at < rates[fault]) return fault;
      at -= rates[fault];
    }
    return 'passed';
  }

  async function serve(client: Socket): Promise<void> {
    const upstream = { current: undefined as Socket | undefined };
    client.on('close', () => upstream.current?.destroy());
    for await (const request of messages(client)) {
      const fault = chooseFault();
      counts[fault]++;
      if (fault === 'dropRequest') break;
      upstream.current ??= open(proxy.target, sockets);
      let reply = await exchange(upstream.current, request);
      if (reply !== null) onReply();
      // The second arrival's answer is the one that gets through: it must be as good as the first.
      if (reply !== null && fault === 'duplicate') reply = await exchange(upstream.current, request);
      if (reply === null || fault === 'dropReply') break;
      if (fault === 'cutReply') {
        client.end(reply.subarray(0, random.between(1, reply.length - 1)));
        break;
      }
      client.write(reply);
    }
    client.destroySoon();
    upstream.current?.destroy();
  }

  const server: Server = createServer({ noDelay: true }, (client) => {
    sockets.add(client);
    client.on('error', () => {});
    client.on('close', () => sockets.delete(client));
    serve(client).catch(() => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  proxy.port = (server.address() as { port: number }).port;
  return proxy;
}

function open(port: number, sockets: Set<Socket>): Socket {
  const socket = connect(port, '127.0.0.1');
  socket.setNoDelay(true);
  socket.on('error', () => {});
  socket.on('close', () => sockets.delete(socket));
  sockets.add(socket);
  return socket;
}

async function* messages(client: Socket): AsyncGenerator<Buffer> {
  let received: Buffer = Buffer.alloc(0);
  for await (const piece of client) {
    received = Buffer.concat([received, piece as Buffer]);
    for (let message = firstMessage(received); message !== null; message = firstMessage(received)) {
      received = message.rest;
      yield message.bytes;
    }
  }
}

/** @returns the reply, or null where the server's side ended first */
function exchange(upstream: Socket, request: Buffer): Promise<Buffer | null> {
  return new Promise((resolve) => {
    let received: Buffer = Buffer.alloc(0);
    const done = (reply: Buffer | null) => {
      upstream.off('data', onData);
      upstream.off('close', onClose);
      resolve(reply);
    };
    const onData = (piece: Buffer) => {
      received = Buffer.concat([received, piece]);
      const message = firstMessage(received);
      if (message !== null) done(message.bytes);
    };
    const onClose = () => done(null);
    if (upstream.destroyed) return resolve(null);
    upstream.on('data', onData);
    upstream.on('close', onClose);
    upstream.write(request);
  });
}
