/**
 * Brings the database to this version's schema: all pending steps of migrations/ in one transaction, after keeping a copy of the
 * database as it was. A database that a newer sweepd wrote is refused: its rows may mean what this code does not know.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type Database from 'better-sqlite3';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { migrate as runMigrations } from 'drizzle-orm/better-sqlite3/migrator';
import { conflict } from '../domain/errors.ts';

interface Journal {
  entries: { idx: number; when: number; tag: string }[];
}

/** migrations/ lies at the package's root, beside src/ in a checkout and beside dist/ in a package. */
export function migrationsFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'migrations', 'meta', '_journal.json'))) {
    const above = dirname(folder);
    if (above === folder) throw new Error('The package is incomplete: migrations/ is missing.');
    folder = above;
  }
  return join(folder, 'migrations');
}

/** @throws SweepdError `schema_newer` */
export function migrate(sqlite: Database.Database, dataDirectory: string, folder = migrationsFolder()): void {
  const journal = JSON.parse(readFileSync(join(folder, 'meta', '_journal.json'), 'utf8')) as Journal;
  const newest = journal.entries.at(-1);
  const applied = lastApplied(sqlite);
  if (newest === undefined || applied === newest.when) return;
  if (applied > newest.when) {
    throw conflict(
      'schema_newer',
      `The database in ${dataDirectory} was written by a newer sweepd. Start that version, or restore a backup made by this one.`,
    );
  }
  if (applied > 0) keepCopy(sqlite, dataDirectory, newest.idx);
  // Foreign keys stay off while tables may be rebuilt; the check afterwards finds what a rebuild broke.
  sqlite.pragma('foreign_keys = OFF');
  runMigrations(drizzle(sqlite), { migrationsFolder: folder });
  const broken = sqlite.pragma('foreign_key_check') as unknown[];
  if (broken.length > 0) throw new Error(`The migration left ${broken.length} broken references.`);
  sqlite.pragma('foreign_keys = ON');
}

function lastApplied(sqlite: Database.Database): number {
  const table = sqlite.prepare("select 1 from sqlite_master where name = '__drizzle_migrations'").get();
  if (table === undefined) return 0;
  const row = sqlite.prepare('select max(created_at) as at from __drizzle_migrations').get() as { at: number | null };
  return row.at ?? 0;
}

function keepCopy(sqlite: Database.Database, dataDirectory: string, step: number): void {
  const copy = join(dataDirectory, `sweepd.before-${String(step).padStart(4, '0')}.db`);
  if (!existsSync(copy)) sqlite.prepare('vacuum into ?').run(copy);
}
