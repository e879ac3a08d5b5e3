/**
 * The file that W&B's client finds a run's parameters in (WANDB_SWEEP_PARAM_PATH), and the rest of the environment that W&B's agent
 * gives a program, so that `wandb.init()` joins the run that the agent was handed.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isObject, type JsonObject, type JsonValue, WholeFloat } from '../domain/json.ts';
import { floatRepr } from './python-text.ts';

export interface RunPlace {
  entity: string;
  project: string;
  sweepId: string;
  runId: string;
  /** The lease's token. */
  token: string;
  serverUrl: string;
  apiKey: string;
}

export interface RunFiles {
  /** The directory that holds `wandb/`. */
  base: string;
  yaml: string;
  json: string;
}

export function runFiles(environment: NodeJS.ProcessEnv, cwd: string, sweepId: string, runId: string): RunFiles {
  const base = environment.WANDB_DIR || cwd;
  const file = (ending: string) => join(base, 'wandb', `sweep-${sweepId}`, `config-${runId}.${ending}`);
  return { base, yaml: file('yaml'), json: file('json') };
}

export function writeParameterFile(file: string, parameters: JsonObject): void {
  mkdirSync(dirname(file), { recursive: true });
  const entries = Object.entries(parameters).map(([name, value]) => `${scalar(name)}:\n  value:${block(value, 2)}\n`);
  writeFileSync(file, `wandb_version: 1\n\n${entries.join('')}`);
}

/** The agent's own environment and what tells the program which run it is, both for W&B's client and for plain REST. */
export function childEnvironment(parent: NodeJS.ProcessEnv, place: RunPlace, files: RunFiles): NodeJS.ProcessEnv {
  // WANDB_SERVICE would connect the program to another program's logger.
  const { WANDB_SERVICE: _service, ...rest } = parent;
  return {
    ...rest,
    WANDB_BASE_URL: place.serverUrl,
    WANDB_API_KEY: place.apiKey,
    WANDB_ENTITY: place.entity,
    WANDB_PROJECT: place.project,
    WANDB_SWEEP_ID: place.sweepId,
    WANDB_RUN_ID: place.runId,
    WANDB_DIR: files.base,
    WANDB_SWEEP_PARAM_PATH: files.yaml,
    SWEEPD_URL: place.serverUrl,
    SWEEPD_API_KEY: place.apiKey,
    SWEEPD_SWEEP_ID: place.sweepId,
    SWEEPD_RUN_ID: place.runId,
    SWEEPD_TOKEN: place.token,
  };
}

/** A value behind its key or dash, in block style; YAML 1.1 as PyYAML reads it. */
function block(value: JsonValue, indent: number): string {
  const pad = ' '.repeat(indent);
  if (Array.isArray(value)) {
    if (value.length === 0) return ' []';
    return value.map((item) => `\n${pad}-${block(item, indent + 2)}`).join('');
  }
  if (isObject(value)) {
    const entries = Object.entries(value);
    if (entries.length === 0) return ' {}';
    return entries.map(([key, item]) => `\n${pad}  ${scalar(key)}:${block(item, indent + 2)}`).join('');
  }
  return ` ${scalar(value)}`;
}

function scalar(value: null | boolean | number | bigint | string | WholeFloat): string {
  if (typeof value === 'string') return text(value);
  if (value instanceof WholeFloat) return float(value.value);
  if (typeof value === 'number' && !Number.isInteger(value)) return float(value);
  return String(value);
}

/** Without a point before the exponent PyYAML would read text. */
function float(value: number): string {
  if (Number.isNaN(value)) return '.nan';
  if (!Number.isFinite(value)) return value < 0 ? '-.inf' : '.inf';
  return floatRepr(value).replace(/^(-?\d+)e/, '$1.0e');
}

const plainText = /^[A-Za-z_][\w./-]*$/;
const reservedWord = /^(?:y|n|yes|no|on|off|true|false|null)$/i;
/** What PyYAML refuses in a file, or takes for the end of a line, unless it is escaped. */
const escaped = /[\u007F-\u009F\u2028\u2029\uFEFF\uFFFE\uFFFF]/g;

function text(value: string): string {
  if (plainText.test(value) && !reservedWord.test(value)) return value;
  return JSON.stringify(value).replace(
    escaped,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
