/** docs/protocol.md against the newest client that is installed: every operation of its package and of its core is listed, rightly. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type DocumentNode, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { readTools } from '../../scripts/tools.mjs';
import { schema } from '../../src/wandb/graphql.ts';
import { isUnknown, protocolTable } from '../fixtures/protocol-table.ts';

const python = process.env.SWEEPD_PYTHON ?? readTools().python;
if (!python) throw new Error('There is no Python with wandb yet: npm run pretest, or set SWEEPD_PYTHON.');
const script = fileURLToPath(new URL('../fixtures/client-operations.py', import.meta.url));
const printed = spawnSync(python, [script], { encoding: 'utf8', maxBuffer: 64 * 2 ** 20 });
if (printed.status !== 0) throw new Error(printed.stderr);
const { operations } = JSON.parse(printed.stdout) as { operations: Record<string, string[]> };
const table = protocolTable();

/** Some documents are put together at run time, and are none before. */
function documentOf(text: string): DocumentNode | null {
  try {
    return parse(text);
  } catch {
    return null;
  }
}

/** What stands for a part that is filled in later breaks a document in one of these ways. */
const unfinished = /fragment|is never used|_\w+_QUERY_/i;

describe('docs/protocol.md', () => {
  it('lists every operation of the client, and no other', () => {
    expect(Object.keys(operations).length).toBeGreaterThan(130);
    expect([...table.keys()].sort()).toEqual(Object.keys(operations).sort());
  });

  it.each([...table].map(([name, listed]) => [name, listed.status, listed] as const))('%s is %s', (name, _, listed) => {
    const documents = (operations[name] ?? []).map(documentOf).filter((document) => document !== null);
    const problems = documents.map((document) =>
      validate(schema, document)
        .map((error) => error.message)
        .filter((message) => !unfinished.test(message)),
    );
    if (isUnknown(listed)) expect(problems.every((list) => list.length > 0)).toBe(true);
    else if (problems.length > 0)
      expect(
        problems.some((list) => list.length === 0),
        problems.flat().join('\n'),
      ).toBe(true);
  });
});
