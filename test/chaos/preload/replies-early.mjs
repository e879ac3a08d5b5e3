// The negative control: a server whose replies leave before the commit. `commit` returns at once and happens 25 ms later, so a
// kill in between loses what was acknowledged; a checker that does not notice is worth nothing.
import { onPrepare } from './patch-sqlite.mjs';

const lateMs = 25;

onPrepare((sql, statement, database) => {
  if (sql === 'begin immediate') return { run: () => (database.inTransaction ? undefined : statement.run()) };
  if (sql !== 'commit') return undefined;
  let isLate = false;
  return {
    run: () => {
      if (isLate) return;
      isLate = true;
      setTimeout(() => {
        isLate = false;
        if (database.open && database.inTransaction) statement.run();
      }, lateMs);
    },
  };
});
