/** What `sweepd doctor` looks at in a server: does it answer, is it ready, does it know the key, do the clocks agree. */
import { createRestClient, RestError } from '../agent/rest-client.ts';
import { version } from '../runtime/version.ts';
import { type Found, findKey, findServer, type ServerOptions } from './client/connect.ts';
import { type Finding, finding } from './doctor-machine.ts';

const answerMs = 5_000;
/** The Date header has whole seconds. */
const noticedS = 3;
/** What W&B's client takes for a key. */
const keyLength = 40;

export async function checkServer(options: ServerOptions): Promise<Finding[]> {
  const server = findServer(options, process.env);
  if (server === null) {
    const advice = 'sweepd serve starts one here; name another with --server or SWEEPD_URL.';
    return [finding('server', 'skip', 'no server is named', advice)];
  }
  const reached = await checkReached(server);
  if (reached.level === 'fail') return [reached];
  return [reached, ...(await checkReady(server)), ...(await checkKey(options, server)), ...checkVariables(server)];
}

const get = (server: Found, path: string) =>
  fetch(server.value.replace(/\/+$/, '') + path, { signal: AbortSignal.timeout(answerMs) });

async function checkReached(server: Found): Promise<Finding> {
  const name = `${server.value} (from ${server.from})`;
  try {
    const response = await get(server, '/healthz');
    const body = (await response.json()) as { status?: string; version?: string };
    if (body.status !== 'ok') throw new SyntaxError('no health');
    const other = body.version === version ? '' : `, this command is ${version}`;
    return finding('server', other === '' ? 'ok' : 'warn', `${name} is sweepd ${body.version}${other}`, null);
  } catch (error) {
    if (error instanceof SyntaxError) {
      return finding('server', 'fail', `${name} answers, but not as a sweepd server`, 'Check the URL.');
    }
    const { message, cause } = error as Error & { cause?: Error };
    const stale = server.from.endsWith('server.json') ? ' That file may be of a server that has ended.' : '';
    const advice = `Start it (sweepd serve), or name another with --server.${stale}`;
    return finding('server', 'fail', `${name} does not answer: ${cause?.message || message}`, advice);
  }
}

async function checkReady(server: Found): Promise<Finding[]> {
  const begin = Date.now();
  const response = await get(server, '/readyz');
  const apartS = (Date.parse(response.headers.get('date') ?? '') - (begin + Date.now()) / 2) / 1000;
  const body = (await response.json()) as Record<string, string>;
  const { status: _status, ...parts } = body;
  const problems = Object.entries(parts).map(([part, message]) => `${part}: ${message}`);
  const ready = response.ok
    ? finding('ready', 'ok', 'the server takes work')
    : finding(
        'ready',
        'fail',
        `the server is not ready: ${problems.join('; ')}`,
        'Look at its log, the disk, and Redis if it uses one.',
      );
  const isOff = Math.abs(apartS) > noticedS;
  const clock = isOff
    ? finding(
        'clock',
        'warn',
        `this machine's clock is ${Math.round(Math.abs(apartS))} s ${apartS > 0 ? 'behind' : 'ahead of'} the server's`,
        'Leases do not mind, but times of runs will not match. Turn on time synchronisation (chrony, systemd-timesyncd).',
      )
    : finding('clock', 'ok', "agrees with the server's");
  return [ready, clock];
}

async function checkKey(options: ServerOptions, server: Found): Promise<Finding[]> {
  const key = findKey(options, process.env, server);
  if (key === null) {
    const advice = 'Set SWEEPD_API_KEY, or give a file with --key-file. An admin makes keys with: sweepd keys create';
    return [finding('key', 'fail', 'there is none', advice)];
  }
  try {
    await createRestClient(server.value, key.value).request('GET', '/sweeps?limit=1');
    return [finding('key', 'ok', `valid (from ${key.from})`)];
  } catch (error) {
    const advice =
      error instanceof RestError && error.status === 401
        ? 'Use a key of this server. An admin makes one with: sweepd keys create'
        : null;
    return [finding('key', 'fail', `from ${key.from}: ${(error as Error).message}`, advice)];
  }
}

/** What W&B's client would see in this shell. */
function checkVariables(server: Found): Finding[] {
  const { WANDB_BASE_URL, WANDB_API_KEY } = process.env;
  const set = 'eval "$(sweepd env)"';
  if (!WANDB_BASE_URL && !WANDB_API_KEY) {
    return [finding('shell', 'skip', 'WANDB_BASE_URL is not set: wandb in this shell goes to the cloud', set)];
  }
  if (WANDB_BASE_URL?.replace(/\/+$/, '') !== server.value.replace(/\/+$/, '')) {
    return [finding('shell', 'warn', `WANDB_BASE_URL is ${WANDB_BASE_URL ?? 'not set'}, not ${server.value}`, set)];
  }
  if ((WANDB_API_KEY ?? '').length < keyLength) {
    return [finding('shell', 'warn', 'WANDB_API_KEY is missing or too short for the wandb client', set)];
  }
  return [finding('shell', 'ok', 'WANDB_BASE_URL and WANDB_API_KEY point to this server')];
}
