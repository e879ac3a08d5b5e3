import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { start } from '../lib/children.mjs';
import { inCache, inRoot, root } from '../lib/paths.mjs';

/** Runs vitest with one of the configs and counts from its JSON report, since its exit code cannot tell "no tests". */
export async function runVitest(name, config, extraArgs) {
  const report = inCache('test', `${name}.json`);
  mkdirSync(inCache('test'), { recursive: true });
  rmSync(report, { force: true });
  const args = ['run', '-c', config, '--root', '.', '--reporter=default', '--reporter=json'];
  const command = [inRoot('node_modules/vitest/vitest.mjs'), ...args, `--outputFile.json=${report}`, ...extraArgs];
  const { code } = await start(process.execPath, command, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
    .finished;
  return judge(code, readReport(report));
}

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function judge(code, report) {
  if (!report) return { ok: false, passed: 0, failed: 1, skipped: 0, note: 'vitest left no report' };
  const passed = report.numPassedTests;
  // A file that does not even load has no tests to fail: it counts as one.
  const unloaded = report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0);
  const failed = report.numFailedTests + unloaded.length;
  const skipped = report.numPendingTests + report.numTodoTests;
  if (failed > 0) return { ok: false, passed, failed, skipped };
  if (passed === 0) return { ok: false, passed, failed: 1, skipped, note: 'no test ran' };
  if (code !== 0) return { ok: false, passed, failed: 1, skipped, note: `vitest ended with ${code} (see above)` };
  return { ok: true, passed, failed, skipped };
}
