/** Looks at a data directory without changing it: is it served, is its database sound. For `sweepd doctor`. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';

export interface DatabaseCheck {
  /** A server holds the directory. */
  isServed: boolean;
  /** What SQLite finds wrong, empty where it is sound; null where nobody looked (no database yet, or one in use). */
  damage: string[] | null;
}

export function checkDatabase(dataDirectory: string): DatabaseCheck {
  if (isServed(dataDirectory)) return { isServed: true, damage: null };
  const file = join(dataDirectory, 'sweepd.db');
  if (!existsSync(file)) return { isServed: false, damage: null };
  return { isServed: false, damage: damageIn(file) };
}

/** See lock.ts: the holder has an exclusive transaction open, which keeps readers out too. */
function isServed(dataDirectory: string): boolean {
  const file = join(dataDirectory, 'server.lock');
  if (!existsSync(file)) return false;
  const lock = new Database(file, { readonly: true, timeout: 0 });
  try {
    lock.prepare('select count(*) from sqlite_master').get();
    return false;
  } catch (error) {
    return (error as { code?: string }).code?.startsWith('SQLITE_BUSY') ?? false;
  } finally {
    lock.close();
  }
}

function damageIn(file: string): string[] {
  let sqlite: Database.Database | undefined;
  try {
    sqlite = new Database(file, { readonly: true, timeout: 0 });
    const found = sqlite.pragma('integrity_check(5)') as { integrity_check: string }[];
    const orphans = sqlite.pragma('foreign_key_check') as { table: string }[];
    const messages = found.map((row) => row.integrity_check).filter((message) => message !== 'ok');
    return orphans.length === 0 ? messages : [...messages, `${orphans.length} rows refer to rows that are gone`];
  } catch (error) {
    return [(error as Error).message];
  } finally {
    sqlite?.close();
  }
}
