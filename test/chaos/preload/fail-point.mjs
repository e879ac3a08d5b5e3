// Kills its own process at the n-th commit since the start, at the two moments that matter: right before it, when nothing may have
// been acknowledged, and right after it, when everything is on the disk and no reply has left.
import { onPrepare } from './patch-sqlite.mjs';

const [moment, nth] = (process.env.CHAOS_FAIL_POINT ?? '').split(':');
let commits = 0;

onPrepare((sql, statement) => {
  if (sql !== 'commit') return undefined;
  return {
    run: () => {
      const now = ++commits === Number(nth);
      if (now && moment === 'before_commit') process.kill(process.pid, 'SIGKILL');
      const result = statement.run();
      if (now && moment === 'after_commit') process.kill(process.pid, 'SIGKILL');
      return result;
    },
  };
});
