import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWriter, type Writer } from './writer.ts';

let sqlite: Database.Database;
let storageErrors: Error[];
let effectErrors: unknown[];
let writer: Writer;

beforeEach(() => {
  sqlite = new Database(':memory:');
  sqlite.exec('create table facts (n integer primary key, text text)');
  storageErrors = [];
  effectErrors = [];
  writer = createWriter(sqlite, {
    onStorageError: (error) => storageErrors.push(error),
    onEffectError: (error) => effectErrors.push(error),
    maxBatch: 100,
  });
});
afterEach(() => sqlite.close());

const put = (n: number, text = '') => sqlite.prepare('insert into facts values (?, ?)').run(n, text).changes;
const stored = () =>
  sqlite
    .prepare<[], { n: number }>('select n from facts order by n')
    .all()
    .map((row) => row.n);
const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);
const outcomes = async (promises: Promise<unknown>[]) =>
  (await Promise.allSettled(promises)).map((outcome) => outcome.status);

describe('a unit', () => {
  it('is stored when its promise resolves, with what it returned', async () => {
    await expect(writer.write(() => put(1))).resolves.toBe(1);
    expect([stored(), sqlite.inTransaction]).toEqual([[1], false]);
  });

  it('that throws loses what it wrote, and nobody else does', async () => {
    const results = await outcomes(
      numbers(50).map((n) =>
        writer.write(() => {
          put(n);
          if (n % 5 === 2) throw new Error(`no ${n}`);
        }),
      ),
    );
    expect(results.filter((status) => status === 'rejected')).toHaveLength(10);
    expect(stored()).toEqual(numbers(50).filter((n) => n % 5 !== 2));
  });

  it('that throws rejects with what it threw', async () => {
    const thrown = new Error('mine');
    await expect(
      writer.write(() => {
        throw thrown;
      }),
    ).rejects.toBe(thrown);
    expect(storageErrors).toEqual([]);
  });

  it('that breaks a constraint is alone in its failure', async () => {
    const results = await outcomes([1, 2, 2, 3].map((n) => writer.write(() => put(n))));
    expect(results).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(stored()).toEqual([1, 2, 3]);
  });

  it('that returns a promise is refused and leaves nothing', async () => {
    const late = async () => {
      put(7);
      await Promise.resolve();
      throw new Error('nobody hears this');
    };
    await expect(writer.write(late)).rejects.toThrow('must be synchronous');
    await writer.write(() => put(8));
    expect(stored()).toEqual([8]);
  });

  it('does not begin before its caller has let go: nothing is written inside the call', async () => {
    const writing = writer.write(() => put(1));
    expect(stored()).toEqual([]);
    await writing;
    expect(stored()).toEqual([1]);
  });
});

describe('a batch', () => {
  it('is one transaction for all that came together', async () => {
    let open = 0;
    const seen = await Promise.all(
      numbers(100).map((n) =>
        writer.write(() => {
          put(n);
          open = Math.max(open, stored().length);
          return sqlite.inTransaction;
        }),
      ),
    );
    expect(new Set(seen)).toEqual(new Set([true]));
    expect([open, stored().length]).toEqual([100, 100]);
  });

  it('keeps the order of the calls, and larger crowds come in several', async () => {
    const order: number[] = [];
    const committedAt: number[] = [];
    await Promise.all(
      numbers(250).map((n) =>
        writer.write((unit) => {
          order.push(put(n) && n);
          unit.afterCommit(() => committedAt.push(order.length));
        }),
      ),
    );
    expect(order).toEqual(numbers(250));
    expect([...new Set(committedAt)]).toEqual([100, 200, 250]);
  });

  it('is seen by others only when it is complete', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sweepd-writer-'));
    const own = new Database(join(folder, 'a.db'));
    own.exec('pragma journal_mode = wal; create table facts (n integer)');
    const other = new Database(join(folder, 'a.db'), { readonly: true });
    const count = () => other.prepare('select count(*) from facts').pluck().get();
    const { write } = createWriter(own);
    const during: unknown[] = [];
    const after: unknown[] = [];
    await Promise.all(
      [1, 2, 3].map((n) =>
        write((unit) => {
          unit.afterCommit(() => after.push(count()));
          own.prepare('insert into facts values (?)').run(n);
          during.push(count());
        }),
      ),
    );
    expect([during, after]).toEqual([
      [0, 0, 0],
      [3, 3, 3],
    ]);
    other.close();
    own.close();
    rmSync(folder, { recursive: true });
  });
});

describe('an effect', () => {
  it('comes after the commit, in order', async () => {
    const seen: unknown[] = [];
    await Promise.all(
      [1, 2].map((n) =>
        writer.write((unit) => {
          unit.afterCommit(() => seen.push([n, sqlite.inTransaction, stored()]));
          put(n);
        }),
      ),
    );
    expect(seen).toEqual([
      [1, false, [1, 2]],
      [2, false, [1, 2]],
    ]);
  });

  it('vanishes with the unit that asked for it', async () => {
    const seen: number[] = [];
    const unit = (n: number, fails: boolean) =>
      writer.write((context) => {
        context.afterCommit(() => seen.push(n));
        if (fails) throw new Error('no');
      });
    await outcomes([unit(1, false), unit(2, true), unit(3, false)]);
    expect(seen).toEqual([1, 3]);
  });

  it('that throws is reported, and harms neither its unit nor the other effects', async () => {
    const seen: number[] = [];
    const broken = new Error('effect');
    await writer.write((unit) => {
      unit.afterCommit(() => {
        throw broken;
      });
      unit.afterCommit(() => seen.push(1));
      put(1);
    });
    expect([effectErrors, seen, stored()]).toEqual([[broken], [1], [1]]);
  });

  it('may write again', async () => {
    const second = await new Promise<number>((resolve) => {
      void writer.write((unit) => unit.afterCommit(() => void writer.write(() => put(2)).then(resolve)));
    });
    expect([second, stored()]).toEqual([1, [2]]);
  });
});

describe('a full disk', () => {
  const pages = () => sqlite.pragma('page_count', { simple: true }) as number;
  const large = 'x'.repeat(200_000);

  it('rejects what did not fit as a reason to try again, and later writes succeed', async () => {
    sqlite.pragma(`max_page_count = ${pages() + 2}`);
    const effects: number[] = [];
    const results = await outcomes([
      writer.write((unit) => {
        unit.afterCommit(() => effects.push(1));
        put(1);
      }),
      writer.write((unit) => {
        unit.afterCommit(() => effects.push(2));
        put(2, large);
      }),
      writer.write(() => put(3)),
    ]);
    // Whatever was resolved is stored, whatever was rejected is not.
    expect(results[1]).toBe('rejected');
    expect(stored()).toEqual([1, 2, 3].filter((n) => results[n - 1] === 'fulfilled'));
    expect(effects).toEqual(results[0] === 'fulfilled' ? [1] : []);
    expect(storageErrors[0]).toMatchObject({ code: 'SQLITE_FULL' });
    await expect(writer.write(() => put(4, large))).rejects.toMatchObject({
      kind: 'overloaded',
      code: 'storage_failed',
      message: expect.stringContaining('the disk is full'),
    });
    sqlite.pragma('max_page_count = 100000');
    await writer.write(() => put(5, large));
    expect([stored().includes(5), sqlite.inTransaction]).toEqual([true, false]);
  });

  it('that ends the whole transaction rejects every unit of the batch', async () => {
    const effects: number[] = [];
    const unit = (n: number) =>
      writer.write((context) => {
        context.afterCommit(() => effects.push(n));
        put(n);
        // What SQLite does itself after some errors of the storage.
        if (n === 2) {
          sqlite.exec('rollback');
          throw Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR_WRITE' });
        }
      });
    const settled = await Promise.allSettled([unit(1), unit(2), unit(3)]);
    for (const outcome of settled) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { kind: 'overloaded', code: 'storage_failed' } });
    }
    expect([stored(), effects]).toEqual([[], []]);
    await writer.write(() => put(9));
    expect(stored()).toEqual([9]);
  });

  it('at the commit rejects every unit of the batch', async () => {
    sqlite.exec('pragma foreign_keys = on; create table child (n references facts(n) deferrable initially deferred)');
    const results = await outcomes([
      writer.write(() => put(1)),
      writer.write(() => sqlite.exec('insert into child values (99)')),
    ]);
    expect([results, stored(), sqlite.inTransaction]).toEqual([['rejected', 'rejected'], [], false]);
    expect(await outcomes([writer.write(() => put(2))])).toEqual(['fulfilled']);
  });
});

describe('closing', () => {
  it('stores what is queued and refuses what comes later', async () => {
    const queued = numbers(250).map((n) => writer.write(() => put(n)));
    writer.close();
    expect(stored()).toHaveLength(250);
    await expect(Promise.all(queued)).resolves.toHaveLength(250);
    await expect(writer.write(() => put(999))).rejects.toMatchObject({ kind: 'overloaded', code: 'closing' });
  });

  it('stores what the effects of the last batch write', async () => {
    let second: Promise<unknown> | undefined;
    void writer.write((unit) =>
      unit.afterCommit(() => {
        second = writer.write(() => put(2));
      }),
    );
    writer.close();
    await second;
    expect(stored()).toEqual([2]);
  });
});
