/**
 * The server's settings: command line over environment over config file over defaults. Every setting has the same three spellings
 * (`--lease-s`, `SWEEPD_LEASE_S`, `lease_s:`); secrets may also be read from a file (`SWEEPD_API_KEY_FILE`).
 */
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { parse } from 'yaml';
import { z } from 'zod';
import { invalidInput } from '../domain/errors.ts';

const keyForm = /^(?:[\w-]+-)?[\w-]{40,}$/;

/** A list in the file, a text with commas in a variable. */
const words = z.preprocess(
  (value) =>
    typeof value === 'string'
      ? value
          .split(',')
          .map((word) => word.trim())
          .filter((word) => word !== '')
      : value,
  z.array(z.string().min(1).max(200)).max(1_000),
);

/** `{"team/vision": "acme/mirror", secret: false}` in the file, `team/vision=acme/mirror,secret=off` in a variable. */
const projectRules = z.preprocess(readRules, z.record(z.string().min(1), z.union([z.boolean(), z.string().min(1)])));

function readRules(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const pairs = value.split(',').map((pair) => pair.trim().split('='));
  const given = pairs.filter(([from]) => from !== '');
  const meaning = (to: string | undefined) => (to === 'on' ? true : to === 'off' ? false : to);
  return Object.fromEntries(given.map(([from = '', to]) => [from.trim(), meaning(to?.trim())]));
}

const settingsSchema = z.strictObject({
  host: z.string().min(1).default('127.0.0.1'),
  port: z.coerce.number().int().min(0).max(65_535).default(8080),
  data_dir: z.string().min(1).default('./data'),
  /** The entity of everything that names none. */
  entity: z
    .string()
    .regex(/^[A-Za-z0-9][\w.-]*$/, 'letters, digits, "_", "." and "-" only')
    .optional(),
  /** Seconds. */
  lease_s: z.coerce.number().min(1).max(86_400).default(90),
  api_key: z.string().regex(keyForm, 'at least 40 characters of A-Z a-z 0-9 _ -').optional(),
  /** Where the queue is shared through Redis. */
  redis_url: z.string().min(1).optional(),
  /** The W&B server that everything is forwarded to, once there is a key for it. */
  upstream_url: z.url({ protocol: /^https?$/ }).default('https://api.wandb.ai'),
  upstream_api_key: z.string().min(1).optional(),
  /** The entity there; without one the key's own. */
  upstream_entity: z.string().min(1).optional(),
  /** By project: another name there, or false. */
  upstream_projects: projectRules.default({}),
  /** Config keys whose values are not forwarded. */
  upstream_redact: words.default([]),
  /** The metrics that are forwarded; without the setting all of them. */
  upstream_metrics: words.optional(),
  public_url: z.url({ protocol: /^https?$/ }).optional(),
  log_level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
});

export type Settings = z.infer<typeof settingsSchema> & { entity: string };

const secrets = new Set(['api_key', 'redis_url', 'upstream_api_key']);

/**
 * @param flags settings from the command line, by their config-file names
 * @throws SweepdError `invalid_settings`: which setting, where it came from, what would be right
 */
export function loadSettings(
  flags: Record<string, unknown>,
  environment: NodeJS.ProcessEnv,
  configFile: string | undefined,
): Settings {
  const sources = new Map<string, string>();
  const merged: Record<string, unknown> = {};
  const take = (values: Record<string, unknown>, source: (name: string) => string) => {
    for (const [name, value] of Object.entries(values)) {
      if (value === undefined) continue;
      merged[name] = value;
      sources.set(name, source(name));
    }
  };
  if (configFile !== undefined) take(readConfigFile(configFile), (name) => `"${name}" in ${configFile}`);
  take(readEnvironment(environment), (name) => `SWEEPD_${name.toUpperCase()}`);
  take(flags, (name) => `--${name.replaceAll('_', '-').replace('data-dir', 'data')}`);
  const result = settingsSchema.safeParse(merged);
  if (!result.success) {
    const lines = result.error.issues.map((issue) => {
      if (issue.code === 'unrecognized_keys') {
        return `${configFile ?? 'the settings'}: unknown setting ${issue.keys.join(', ')}. Known: ${Object.keys(settingsSchema.shape).join(', ')}.`;
      }
      const name = String(issue.path[0] ?? '');
      const given = secrets.has(name) ? '' : ` (given: ${JSON.stringify(merged[name])})`;
      return `${sources.get(name) ?? name}: ${issue.message}${given}`;
    });
    throw invalidInput('invalid_settings', lines.join('\n'));
  }
  return { ...result.data, entity: result.data.entity ?? defaultEntity() };
}

function readConfigFile(file: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw invalidInput('invalid_settings', `The config file ${file} cannot be read: ${(error as Error).message}`);
  }
  try {
    const values: unknown = parse(text);
    if (values === null || values === undefined) return {};
    if (typeof values === 'object' && !Array.isArray(values)) return values as Record<string, unknown>;
  } catch (error) {
    throw invalidInput('invalid_settings', `${file}: ${(error as Error).message}`);
  }
  throw invalidInput('invalid_settings', `${file}: a config file holds "name: value" lines.`);
}

function readEnvironment(environment: NodeJS.ProcessEnv): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const name of Object.keys(settingsSchema.shape)) {
    const variable = `SWEEPD_${name.toUpperCase()}`;
    const file = environment[`${variable}_FILE`];
    if (environment[variable]) values[name] = environment[variable];
    else if (file && secrets.has(name)) {
      try {
        values[name] = readFileSync(file, 'utf8').trim();
      } catch (error) {
        throw invalidInput('invalid_settings', `${variable}_FILE: ${(error as Error).message}`);
      }
    }
  }
  return values;
}

/** The machine's user, as far as it is a name that paths can carry. */
function defaultEntity(): string {
  try {
    const name = userInfo().username.replace(/[^\w.-]/g, '');
    return name === '' ? 'local' : name;
  } catch {
    return 'local';
  }
}
