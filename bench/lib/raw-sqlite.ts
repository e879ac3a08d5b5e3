/** The floor: the same two steps as bare better-sqlite3 transactions on one table, no network, one process. */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { type Contender, measureAlone } from './measurement.ts';

export function rawSqliteContender(parent: string): Contender {
  return {
    name: 'better-sqlite3, one table',
    measure: async (seconds) => {
      const directory = mkdtempSync(join(parent, 'raw-'));
      const db = new Database(join(directory, 'raw.db'));
      try {
        return measureAlone(seconds, prepareCycle(db));
      } finally {
        db.close();
        rmSync(directory, { recursive: true, force: true });
      }
    },
  };
}

function prepareCycle(db: Database.Database): () => void {
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.exec(`create table runs (id integer primary key, state text, parameters text, agent text, deadline integer, value real);
    create index runs_ready on runs (id) where state = 'ready'`);
  const add = db.prepare("insert into runs (state, parameters) values ('ready', ?)");
  const lease = db.prepare(
    "update runs set state = 'taken', agent = ?, deadline = ? where id = (select id from runs where state = 'ready' order by id limit 1) returning id, parameters",
  );
  const finish = db.prepare("update runs set state = 'finished', value = ? where id = ? and state = 'taken'");
  const parameters = JSON.stringify({ lr: 0.001, dropout: 0.3, weight_decay: 0.01, layers: 4, optimizer: 'adam' });
  const leaseOne = db.transaction((): number => {
    let run = lease.get('agent', Date.now() + 90_000) as { id: number } | undefined;
    if (run === undefined) {
      for (let i = 0; i < 8; i++) add.run(parameters);
      run = lease.get('agent', Date.now() + 90_000) as { id: number };
    }
    return run.id;
  });
  const finishOne = db.transaction((id: number) => void finish.run(0.5, id));
  return () => finishOne(leaseOne());
}
