/** Which server a command talks to, and with which key: named on the line, in the environment, or by a data directory on this machine. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, Help, type Option } from 'commander';
import { createRestClient, type RestClient } from '../../agent/rest-client.ts';
import { CommandError } from '../output/errors.ts';

export interface ServerOptions {
  server?: string;
  keyFile?: string;
  data?: string;
  json?: boolean;
}

/** Something, and where it was found, for messages. */
export interface Found {
  value: string;
  from: string;
}

const shared = ['--server', '--key-file', '--data', '--json', '--help'];

/** Adds the options that every command has that talks to a server; in its help they stand behind its own. */
export function withServerOptions(command: Command): Command {
  return command
    .option('--server <url>', 'the server (SWEEPD_URL, WANDB_BASE_URL, or that of --data)')
    .option('--key-file <file>', 'file with the API key (SWEEPD_API_KEY, WANDB_API_KEY, or that of --data)')
    .option('--data <directory>', 'data directory of a server on this machine (SWEEPD_DATA_DIR, ./data)')
    .option('--json', 'print JSON')
    .configureHelp({
      visibleOptions(shown: Command): Option[] {
        const all = Help.prototype.visibleOptions.call(this as Help, shown);
        const rank = ({ long }: Option) => shared.indexOf(long ?? '');
        return all.sort((a, b) => rank(a) - rank(b));
      },
    });
}

type Environment = Partial<Record<string, string>>;

export const dataDirectoryOf = (options: ServerOptions, environment: Environment): string =>
  options.data ?? (environment.SWEEPD_DATA_DIR || './data');

/** Where the directory's server said that it listens. */
export function recordedUrl(dataDirectory: string): string | undefined {
  try {
    return (JSON.parse(readFileSync(join(dataDirectory, 'server.json'), 'utf8')) as { url?: string }).url;
  } catch {
    return undefined;
  }
}

/** The key that the directory's server made for itself at its first start. */
export function recordedKey(dataDirectory: string): string | undefined {
  const file = join(dataDirectory, 'api-key');
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
}

export function findServer(options: ServerOptions, environment: Environment): Found | null {
  if (options.server !== undefined) return { value: options.server, from: '--server' };
  // A data directory on the line says more than a variable that may be left over in the shell.
  if (options.data === undefined) {
    for (const name of ['SWEEPD_URL', 'WANDB_BASE_URL']) {
      const value = environment[name];
      if (value && !cloud.test(value)) return { value, from: name };
    }
  }
  const directory = dataDirectoryOf(options, environment);
  const recorded = recordedUrl(directory);
  return recorded === undefined ? null : { value: recorded, from: join(directory, recordName) };
}

const recordName = 'server.json';
/** Where WANDB_BASE_URL points for who also works with the cloud: never a sweepd, and not to be sent our keys. */
const cloud = /^https?:\/\/([\w-]+\.)*wandb\.ai(\/|:|$)/i;

/** @param server which one it is for: that of the directory has its key there */
export function findKey(options: ServerOptions, environment: Environment, server: Found): Found | null {
  if (options.keyFile !== undefined) return { value: readKey(options.keyFile), from: options.keyFile };
  const { SWEEPD_API_KEY, SWEEPD_API_KEY_FILE, WANDB_API_KEY } = environment;
  const directory = dataDirectoryOf(options, environment);
  const recorded = recordedKey(directory);
  const ofDirectory = recorded === undefined ? null : { value: recorded, from: join(directory, 'api-key') };
  if (options.data !== undefined && ofDirectory !== null) return ofDirectory;
  if (SWEEPD_API_KEY) return { value: SWEEPD_API_KEY, from: 'SWEEPD_API_KEY' };
  if (SWEEPD_API_KEY_FILE) return { value: readKey(SWEEPD_API_KEY_FILE), from: 'SWEEPD_API_KEY_FILE' };
  // In a shell that also works with the cloud this one may be the cloud's.
  if (server.from.endsWith(recordName) && ofDirectory !== null) return ofDirectory;
  if (WANDB_API_KEY) return { value: WANDB_API_KEY, from: 'WANDB_API_KEY' };
  return ofDirectory;
}

function readKey(file: string): string {
  const key = readFileSync(file, 'utf8').trim();
  if (key === '') throw new CommandError(`The key file ${file} is empty.`);
  return key;
}

/** @throws CommandError where nothing says which server, or there is no key */
export function connect(options: ServerOptions, environment: Environment = process.env): RestClient {
  const server = findServer(options, environment);
  if (server === null) {
    throw new CommandError(
      'No server is named.',
      `Start one here (sweepd serve), or name one with --server URL or SWEEPD_URL. There is no record of one in ${dataDirectoryOf(options, environment)} (--data).`,
    );
  }
  if (!/^https?:\/\/[^\s/]/.test(server.value)) {
    throw new CommandError(
      `${server.from} must be a URL like http://127.0.0.1:8080 (it is ${JSON.stringify(server.value)}).`,
    );
  }
  const key = findKey(options, environment, server);
  if (key === null) {
    throw new CommandError(
      `There is no API key for ${server.value}.`,
      'Set SWEEPD_API_KEY, or give a file with --key-file. An admin makes keys with: sweepd keys create',
    );
  }
  if (/[^\x21-\x7e]/.test(key.value))
    throw new CommandError(`The key from ${key.from} holds characters that no key has.`);
  return createRestClient(server.value, key.value);
}
