import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { migrate, migrationsFolder } from './migrate.ts';
import { openStore } from './open.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sweepd-store-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const schemaOf = (sqlite: Database.Database) =>
  sqlite.prepare("select type, name, sql from sqlite_master where name not like 'sqlite_%' order by name").all();

/** The real steps and one more, as the next version would bring it. */
function nextVersion(sql: string): string {
  const steps = join(folder, 'next');
  cpSync(migrationsFolder(), steps, { recursive: true });
  const file = join(steps, 'meta', '_journal.json');
  const journal = JSON.parse(readFileSync(file, 'utf8'));
  const last = journal.entries.at(-1);
  journal.entries.push({ ...last, idx: last.idx + 1, when: last.when + 1000, tag: 'next_step' });
  writeFileSync(file, JSON.stringify(journal));
  writeFileSync(join(steps, 'next_step.sql'), sql);
  return steps;
}

describe('a data directory', () => {
  it('is made, with every table, kept from other users, durable against a power cut', () => {
    const data = join(folder, 'deep', 'data');
    const open = openStore(data);
    const tables = open.sqlite.prepare("select name from sqlite_master where type = 'table'").pluck().all();
    expect(tables).toEqual(expect.arrayContaining(['sweeps', 'suggestions', 'runs', 'leases', 'agents', 'chunks']));
    const pragma = (name: string) => open.sqlite.pragma(name, { simple: true });
    expect([pragma('journal_mode'), pragma('synchronous'), pragma('foreign_keys')]).toEqual(['wal', 2, 1]);
    open.close();
    open.close();
    expect(readdirSync(data).filter((name) => name.startsWith('sweepd.'))).toEqual(['sweepd.db']);
  });

  it('is opened again as it was left', () => {
    let open = openStore(folder);
    open.sqlite.prepare("insert into settings values ('k', 'v')").run();
    const before = schemaOf(open.sqlite);
    open.close();
    open = openStore(folder);
    expect(open.sqlite.prepare('select value from settings').pluck().get()).toBe('v');
    expect(schemaOf(open.sqlite)).toEqual(before);
    open.close();
    expect(readdirSync(folder).filter((name) => name.includes('before'))).toEqual([]);
  });
});

describe('a step to a newer schema', () => {
  it('keeps a copy of the database as it was', () => {
    const open = openStore(folder);
    open.sqlite.prepare("insert into settings values ('k', 'old')").run();
    migrate(open.sqlite, folder, nextVersion("update settings set value = 'new';"));
    expect(open.sqlite.prepare('select value from settings').pluck().get()).toBe('new');
    expect(open.sqlite.pragma('foreign_keys', { simple: true })).toBe(1);
    open.close();
    const copies = readdirSync(folder).filter((name) => name.startsWith('sweepd.before-'));
    expect(copies).toHaveLength(1);
    const copy = new Database(join(folder, copies[0] ?? ''), { readonly: true });
    expect(copy.prepare('select value from settings').pluck().get()).toBe('old');
    copy.close();
  });

  it('that fails leaves the database as it was', () => {
    const open = openStore(folder);
    const before = schemaOf(open.sqlite);
    const steps = nextVersion(
      'create table half (n integer);\n--> statement-breakpoint\ninsert into nowhere values (1);',
    );
    expect(() => migrate(open.sqlite, folder, steps)).toThrow();
    expect(schemaOf(open.sqlite)).toEqual(before);
    open.close();
    openStore(folder).close();
  });

  it('is not taken back by an older version: that refuses to start, and changes nothing', () => {
    const open = openStore(folder);
    migrate(open.sqlite, folder, nextVersion('create table later (n integer);'));
    open.close();
    expect(() => openStore(folder)).toThrow(
      expect.objectContaining({ kind: 'conflict', code: 'schema_newer', message: expect.stringContaining(folder) }),
    );
    // And it lets go of the directory.
    expect(() => openStore(folder)).toThrow(expect.objectContaining({ code: 'schema_newer' }));
    const sqlite = new Database(join(folder, 'sweepd.db'));
    expect(sqlite.prepare("select count(*) from sqlite_master where name = 'later'").pluck().get()).toBe(1);
    sqlite.close();
  });
});

describe('a second server', () => {
  /** Another process that holds the directory, as a server does. */
  async function holder() {
    const program = `
      const Database = require('better-sqlite3');
      const lock = new Database(process.argv[1] + '/server.lock');
      lock.pragma('locking_mode = EXCLUSIVE');
      lock.exec('begin exclusive; create table if not exists held (pid integer)');
      require('fs').writeFileSync(process.argv[1] + '/server.json', JSON.stringify({ pid: process.pid, host: 'h', since: 's' }));
      console.log('held');
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['-e', program, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    return child;
  }

  it('is refused with the pid of the first, and admitted when the first was killed', async () => {
    const child = await holder();
    try {
      expect(() => openStore(folder)).toThrow(
        expect.objectContaining({ code: 'data_in_use', message: expect.stringContaining(`process ${child.pid}`) }),
      );
      expect(existsSync(join(folder, 'sweepd.db'))).toBe(false);
    } finally {
      child.kill('SIGKILL');
    }
    await once(child, 'exit');
    const open = openStore(folder);
    expect(JSON.parse(readFileSync(join(folder, 'server.json'), 'utf8')).pid).toBe(process.pid);
    open.close();
  });

  it('in the same process is refused as well, until the first lets go', () => {
    const first = openStore(folder);
    expect(() => openStore(folder)).toThrow(
      expect.objectContaining({ code: 'data_in_use', message: expect.stringContaining(String(process.pid)) }),
    );
    first.close();
    openStore(folder).close();
  });
});
