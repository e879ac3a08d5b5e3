/** The rules about who may import whom are checked, and the check reads something: a cruiser that reads no module reports success too. */
import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const copies: string[] = [];
afterAll(() => {
  for (const copy of copies) rmSync(copy, { recursive: true, force: true });
});

interface Summary {
  error: number;
  totalCruised: number;
  violations: { from: string; to: string; rule: { name: string; severity: string } }[];
}

/** As `npm run check:rooms` runs it, with the output of the given type. */
function depcruise(tree: string, ...options: string[]) {
  const program = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const args = [program, 'src', 'workers', '--config', 'config/dependency-rules.cjs', ...options];
  return spawnSync(process.execPath, args, { cwd: tree, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 });
}

function summaryOf(tree: string): Summary {
  const { stdout, stderr } = depcruise(tree, '--output-type', 'json');
  if (!stdout.startsWith('{')) throw new Error(`dependency-cruiser failed: ${stderr}`);
  return JSON.parse(stdout).summary;
}

/** The tree with a line more in some of its files. */
function treeWith(lines: readonly (readonly [rule: string, file: string, line: string])[]): string {
  const copy = mkdtempSync(join(tmpdir(), 'sweepd-rooms-'));
  copies.push(copy);
  for (const part of ['src', 'workers', 'config', 'package.json', 'tsconfig.json']) {
    cpSync(join(root, part), join(copy, part), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  for (const [, file, line] of lines) appendFileSync(join(copy, file), `\n${line}\n`);
  return copy;
}

const violationsOf = ({ violations }: Summary) => violations.map(({ from, rule }) => [rule.name, from]);

describe('the rooms of src/', () => {
  it('keep to the rules', { timeout: 60_000 }, () => {
    const summary = summaryOf(root);
    expect(violationsOf(summary)).toEqual([]);
    expect(summary.totalCruised).toBeGreaterThan(50);
  });

  it('are seen to break them: the check names rule and file, and fails', { timeout: 60_000 }, () => {
    const planted = [
      ['domain-imports', 'src/domain/run.ts', "import type { Db } from '../store/open.ts';\nexport type Planted = Db;"],
      ['pure-rooms-have-no-io', 'src/space/point.ts', "import 'node:fs';"],
      ['service-imports', 'src/service/search.ts', "import '../wandb/ids.ts';"],
      ['wandb-imports', 'src/wandb/ids.ts', "export { createStore } from '../store/store.ts';"],
    ] as const;
    const tree = treeWith(planted);
    expect(violationsOf(summaryOf(tree))).toEqual(expect.arrayContaining(planted.map(([rule, file]) => [rule, file])));
    const check = depcruise(tree);
    expect(check.status).not.toBe(0);
    expect(check.stdout + check.stderr).toContain('service-imports');
  });
});
