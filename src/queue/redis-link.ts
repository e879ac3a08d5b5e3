/**
 * The one connection to Redis that this server's own commands use. It never queues a command while Redis is away and never waits for
 * an answer beyond half a second; a probe a second says whether Redis takes writes, and what is wrong where it does not.
 */
import { Redis } from 'ioredis';
import { invalidInput } from '../domain/errors.ts';

/** Milliseconds. */
const commandTimeoutMs = 500;
const probeEveryMs = 1_000;
/** A setting of the server is looked at this often; it is asked in words that some hosted servers do not know. */
const policyEveryMs = 10_000;

export interface RedisLink {
  client: Redis;
  /** Redis takes writes in time. */
  isUp(): boolean;
  /** What is wrong, in words without secrets; null: nothing. */
  problem(): string | null;
  /** A command failed: nothing is asked until a probe succeeds. */
  failed(error: unknown): void;
  close(): Promise<void>;
}

export interface LinkEvents {
  /** Redis takes writes, for the first time or again. */
  onUp(): void;
  onDown(): void;
  log: { info(about: object, text: string): void; warn(about: object, text: string): void };
}

/** `host:port` of a Redis URL: all of it that may be shown. @throws SweepdError `invalid_settings` */
export function placeOf(url: string): string {
  const given = URL.canParse(url) ? new URL(url) : null;
  if (given === null || !/^rediss?:$/.test(given.protocol) || given.hostname === '') {
    throw invalidInput(
      'invalid_settings',
      'SWEEPD_REDIS_URL: not the URL of a Redis. Write redis://HOST:6379, or redis://:PASSWORD@HOST:6379/0.',
    );
  }
  return `${given.hostname}:${given.port || 6379}`;
}

export function openRedisLink(url: string, events: LinkEvents): RedisLink {
  const place = placeOf(url);
  const client = new Redis(url, {
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    // BullMQ refuses anything else. What bounds a command is its time.
    maxRetriesPerRequest: null,
    commandTimeout: commandTimeoutMs,
    connectTimeout: 2_000,
    retryStrategy: (times) => Math.min(100 * times, 1_000),
  });
  let up = false;
  let problem: string | null = `Redis at ${place} has not answered yet`;
  let policy: string | null = null;
  let policyAt = Number.NEGATIVE_INFINITY;
  let closed = false;
  client.on('error', (error: unknown) => down(error));
  client.on('close', () => {
    if (up) down(new Error('the connection was closed'));
  });
  client.on('ready', () => void probe());

  function down(error: unknown): void {
    if (closed) return;
    // While nobody is connected every command fails like this, whatever the cause is that was told.
    if (up || !isVague(error)) say(describe(place, error));
    if (!up) return;
    up = false;
    events.onDown();
  }

  function say(text: string | null): void {
    if (text === problem) return;
    problem = text;
    if (text === null) events.log.info({ redis: place }, 'Redis works: the queue is shared through it');
    else events.log.warn({ redis: place }, `${text}; points are handed out from the database meanwhile`);
  }

  let probing = false;
  async function probe(): Promise<void> {
    if (probing || closed) return;
    probing = true;
    try {
      await client.set('sweepd:probe', String(process.pid), 'PX', 60_000);
      await lookAtPolicy();
      // Evicting is no reason to do without: what is lost is offered again. But it is a mistake, and told as one.
      say(policy);
      if (!up && !closed) {
        up = true;
        events.onUp();
      }
    } catch (error) {
      down(error);
    } finally {
      probing = false;
    }
  }

  async function lookAtPolicy(): Promise<void> {
    if (performance.now() - policyAt < policyEveryMs) return;
    policyAt = performance.now();
    const [, value = 'noeviction'] = await (client.config('GET', 'maxmemory-policy') as Promise<string[]>).catch(
      () => [],
    );
    policy =
      value === 'noeviction'
        ? null
        : `Redis at ${place} has maxmemory-policy ${value} and may drop queued points: set it to noeviction`;
  }

  const timer = setInterval(() => void probe(), probeEveryMs);
  timer.unref();
  return {
    client,
    isUp: () => up,
    problem: () => problem,
    failed: (error) => {
      if (isOfConnection(error)) down(error);
    },
    async close() {
      closed = true;
      clearInterval(timer);
      client.disconnect();
    },
  };
}

const isVague = (error: unknown): boolean =>
  /isn't writeable|is closed|was closed|flushed/i.test((error as Error).message);

/** Redis did not answer, or refuses writes or us: against an error that one command made. */
function isOfConnection(error: unknown): boolean {
  const { message = '', code = '' } = error as { message?: string; code?: string };
  return (
    /timed out|isn't writeable|Connection is closed|was closed|flushed/i.test(message) ||
    /^(OOM|READONLY|NOAUTH|WRONGPASS|MISCONF|LOADING|NOPERM|MASTERDOWN|BUSY)/.test(message) ||
    /^E[A-Z]+$/.test(code)
  );
}

function describe(place: string, error: unknown): string {
  const { message = '' } = error as { message?: string };
  const [word = ''] = /^[A-Z]+(?= )/.exec(message) ?? [];
  const known: Record<string, string> = {
    OOM: 'is full (maxmemory): give it more memory',
    READONLY: 'is a read-only replica: name the primary in SWEEPD_REDIS_URL',
    NOAUTH: 'wants a password: write it into SWEEPD_REDIS_URL (redis://:PASSWORD@HOST)',
    WRONGPASS: 'refuses the user or password of SWEEPD_REDIS_URL',
    NOPERM: 'does not let this user write: give it rights on the keys bull:* and sweepd:*',
    MISCONF: 'cannot write to its disk and takes no writes: see its own log',
    LOADING: 'is still loading its data',
  };
  const what = known[word];
  if (what !== undefined) return `Redis at ${place} ${what}`;
  if (/invalid password|without any password/i.test(message)) return `Redis at ${place} ${known.WRONGPASS}`;
  if (/timed out/i.test(message)) return `Redis at ${place} does not answer within ${commandTimeoutMs} ms`;
  return `Redis at ${place} cannot be reached`;
}
