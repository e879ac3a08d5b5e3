/**
 * One server a data directory. The lock is an exclusive transaction on a small SQLite file of its own: the operating system
 * drops it when the process ends, however it ends, so there is no stale lock to clean up.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { conflict, invalidInput } from '../domain/errors.ts';

const code = (error: unknown) => (error as { code?: string }).code ?? '';

/** Adds to the holder's record where its server listens, for `sweepd env` on the same machine. */
export function recordUrl(dataDirectory: string, url: string): void {
  const record = { pid: process.pid, host: hostname(), since: new Date().toISOString(), url };
  writeFileSync(join(dataDirectory, 'server.json'), JSON.stringify(record));
}

/** @returns a function that gives the directory free. @throws SweepdError `data_in_use`, naming who holds it */
export function lockDataDirectory(dataDirectory: string): () => void {
  const holderFile = join(dataDirectory, 'server.json');
  let lock: Database.Database | undefined;
  try {
    lock = new Database(join(dataDirectory, 'server.lock'), { timeout: 0 });
    lock.pragma('locking_mode = EXCLUSIVE');
    lock.exec('begin exclusive; create table if not exists held (pid integer)');
  } catch (error) {
    lock?.close();
    if (code(error).startsWith('SQLITE_BUSY')) {
      throw conflict('data_in_use', `The data directory ${dataDirectory} is served by ${describeHolder(holderFile)}.`);
    }
    if (/READONLY|CANTOPEN|PERM/.test(code(error))) {
      throw invalidInput(
        'data_not_writable',
        `The data directory ${dataDirectory} cannot be written: ${(error as Error).message}. Give this user write access, or choose another with --data.`,
      );
    }
    throw error;
  }
  writeFileSync(holderFile, JSON.stringify({ pid: process.pid, host: hostname(), since: new Date().toISOString() }));
  const held = lock;
  return () => {
    if (!held.open) return;
    if (held.inTransaction) held.exec('rollback');
    held.close();
  };
}

function describeHolder(holderFile: string): string {
  try {
    const holder = JSON.parse(readFileSync(holderFile, 'utf8')) as { pid: number; host: string; since: string };
    return `process ${holder.pid} on ${holder.host} since ${holder.since}. Stop that server first, or use another directory (--data)`;
  } catch {
    return 'another sweepd process. Stop that server first, or use another directory (--data)';
  }
}
