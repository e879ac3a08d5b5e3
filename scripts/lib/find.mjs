// Looks for programs the way a shell does, without starting one.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, readdirSync, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Every place on PATH that has one of these names, in the order of the names. */
export function allOnPath(names) {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).filter(isExecutable);
}

export const onPath = (...names) => allOnPath(names)[0];

/** A program named by an environment variable: a path, or a name on PATH. */
export function resolveProgram(value) {
  return value.includes('/') ? resolve(value) : (onPath(value) ?? value);
}

/** The folders `<parent>/<start>*`, the highest version number first. */
export function foldersStarting(parent, start) {
  try {
    const names = readdirSync(parent).filter((name) => name.startsWith(start));
    return names.sort((a, b) => b.localeCompare(a, 'en', { numeric: true })).map((name) => join(parent, name));
  } catch {
    return [];
  }
}

/** What a short command prints, or undefined when it fails, hangs or does not exist. */
export function ask(command, args, options = {}) {
  const result = spawnSync(command, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 20_000,
    ...options,
  });
  return result.status === 0 ? result.stdout.trim() : undefined;
}
