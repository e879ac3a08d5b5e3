// Where set-up found the programs that scripts and tests start: .cache/tools.json.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { inCache } from './lib/paths.mjs';

const FILE = inCache('tools.json');
const NAMES = ['python', 'wandb', 'redisServer', 'chromium'];

/** The path of each tool; null where set-up did not look for it, or where it is gone since. */
export function readTools() {
  const stored = readStored();
  const isThere = (path) => typeof path === 'string' && existsSync(path);
  return Object.fromEntries(NAMES.map((name) => [name, isThere(stored[name]) ? stored[name] : null]));
}

/** Adds to what is known: a set-up without --redis keeps the Redis that another one found. */
export function writeTools(found) {
  const before = readTools();
  const after = { ...before, ...found };
  if (JSON.stringify(before) === JSON.stringify(after) && existsSync(FILE)) return;
  mkdirSync(inCache(), { recursive: true });
  writeFileSync(`${FILE}.new`, `${JSON.stringify(after, null, 2)}\n`);
  renameSync(`${FILE}.new`, FILE);
}

function readStored() {
  try {
    return JSON.parse(readFileSync(FILE, 'utf8'));
  } catch {
    return {};
  }
}
