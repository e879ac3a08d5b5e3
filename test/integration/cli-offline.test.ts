import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { useCli } from '../fixtures/cli.ts';

vi.setConfig({ testTimeout: 120_000 });
const cli = useCli(null);
const good =
  'method: random\nrun_cap: 5\nparameters:\n  lr: {distribution: log_uniform_values, min: 1e-5, max: 0.1}\n  n: {value: 3}\n';

describe('config check', () => {
  it('says what it understood', async () => {
    const { code, stdout } = await cli.run(['config', 'check', cli.file('good.yaml', good)]);
    expect([code, stdout]).toEqual([0, 'ok good.yaml: random, 2 parameters, run_cap 5\n']);
    const one = cli.file('one.yaml', 'method: grid\nparameters: {n: {values: [1]}}\n');
    expect((await cli.run(['config', 'check', one])).stdout).toBe('ok one.yaml: grid, 1 parameter, 1 point\n');
  });

  it('names all mistakes at once, each with line, column, the line itself and what would be right', async () => {
    const text =
      'method: gird\nmetric: {name: loss, goal: minimise}\nparameters:\n  lr: {min: 2, max: 1}\n  n: {values: [1]}\nbudget: 3\n';
    const { code, stdout, stderr } = await cli.run(['config', 'check', cli.file('bad.yaml', text)]);
    expect([code, stdout]).toEqual([1, '']);
    const heads = stderr.split('\n').filter((line) => line.startsWith('bad.yaml:'));
    expect(heads).toEqual([
      expect.stringMatching(/^bad\.yaml:1:1: error: .*"gird".*grid/),
      expect.stringMatching(/^bad\.yaml:2:22: error: .*minimize/),
      expect.stringMatching(/^bad\.yaml:4:8: error: .*min 2 is not less than max 1/),
      expect.stringMatching(/^bad\.yaml:6:1: violation: .*budget/),
    ]);
    expect(stderr).toContain('  2 | metric: {name: loss, goal: minimise}\n    |                      ^');
    expect(stderr).toMatch(/sweepd: bad\.yaml is refused: 3 errors, 1 violation\.\n$/);
  });

  it('--json has the three lists, the types and the size', async () => {
    const grid = 'method: grid\nparameters: {a: {values: [1, 2]}, b: {min: 1, max: 3}}\n';
    expect(await cli.json('config', 'check', cli.file('grid.yaml', grid))).toEqual({
      file: 'grid.yaml',
      valid: true,
      errors: [],
      violations: [],
      warnings: [],
      types: { a: 'categorical', b: 'int_uniform' },
      size: 6,
    });
    const { code, stdout } = await cli.run(['config', 'check', '-', '--json'], { stdin: `${grid}x: 1\n` });
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ file: 'stdin', valid: false, violations: [{ path: 'x', line: 3 }] });
  });
});

describe('simulate', () => {
  it('prints types, size and points; numbers keep their spelling in JSON', async () => {
    const file = cli.file('grid.yaml', 'method: grid\nparameters: {a: {values: [1, 1.5, 2.0]}, b: {values: [x]}}\n');
    const { code, stdout, stderr } = await cli.run(['simulate', file, '--runs', '9']);
    expect(code).toBe(0);
    expect(stdout).toBe(`grid.yaml: method grid, 3 points

PARAMETER  TYPE         VALUES
a          categorical  1, 1.5, 2.0
b          categorical  x

#    a  b
1    1  x
2  1.5  x
3  2.0  x
`);
    expect(stderr).toContain('the search ends here');
    const json = await cli.run(['simulate', file, '--runs', '3', '--json']);
    expect(json.stdout).toBe(
      '{"method":"grid","size":3,"types":{"a":"categorical","b":"categorical"},"suggestions":[{"a":1,"b":"x"},{"a":1.5,"b":"x"},{"a":2.0,"b":"x"}],"exhausted":false,"note":null}\n',
    );
  });

  it('the same seed gives the same draws, another gives others', async () => {
    const file = cli.file('good.yaml', good);
    const draws = async (seed: string) =>
      (await cli.json<{ suggestions: unknown }>('simulate', file, '--runs', '3', '--seed', seed)).suggestions;
    expect(await draws('7')).toEqual(await draws('7'));
    expect(await draws('7')).not.toEqual(await draws('8'));
  });

  it('refuses what would be refused', async () => {
    const { code, stderr } = await cli.run(['simulate', cli.file('bad.yaml', 'method: grid\n')]);
    expect([code, stderr]).toEqual([1, expect.stringContaining('"parameters" is missing')]);
  });
});

describe('engine', () => {
  it('answers line by line, in order, whatever the line; exit code 0', async () => {
    const lines = [
      '{"config": {"method": "grid", "parameters": {"a": {"values": [1.0, 2]}}}, "runs": [], "n": 3}',
      'no json',
      '{"config": {"method": "no"}, "runs": []}',
    ];
    const { code, stdout } = await cli.run(['engine', 'next', '--jsonl'], { stdin: `${lines.join('\n')}\n` });
    expect(code).toBe(0);
    const answers = stdout.trimEnd().split('\n');
    expect(answers[0]).toBe(
      '{"suggestions":[{"config":{"a":{"value":1.0}},"info":{"method":"grid"}},{"config":{"a":{"value":2}},"info":{"method":"grid"}}],"exhausted":true}',
    );
    expect(answers.slice(1).map((line) => Object.keys(JSON.parse(line)))).toEqual([['error'], ['error']]);
  });

  it('an op that does not exist is wrong usage', async () => {
    expect(await cli.run(['engine', 'nothing'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Ops: validate'),
    });
  });
});

describe('usage', () => {
  it.each([
    [['sweep', 'create']],
    [['sweep', 'ls', '--limit', 'many']],
    [['runs', 'ls', '--sort', 'best']],
    [['nonsense']],
    [['simulate', 'x.yaml', '--seed', '1.5']],
    [['agent', 'x', '--slots', '0']],
  ])('%o: exit code 2', async (args) => {
    const { code, stdout, stderr } = await cli.run(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr.length).toBeGreaterThan(20);
  });

  it('every command has a help text with an example', async () => {
    const names = (text: string) =>
      [...(/^Commands:\n((?: {2}.*\n)+)/m.exec(text)?.[1] ?? '').matchAll(/^ {2}(\w+)/gm)].map(
        (match) => match[1] ?? '',
      );
    const top = await cli.run(['--help']);
    expect(top.code).toBe(0);
    for (const name of names(top.stdout).filter((one) => one !== 'help')) {
      const { code, stdout } = await cli.run([name, '--help']);
      const inner = names(stdout).filter((one) => one !== 'help');
      expect([name, code]).toEqual([name, 0]);
      const texts = await Promise.all(inner.map(async (one) => (await cli.run([name, one, '--help'])).stdout));
      for (const text of inner.length > 0 ? texts : [stdout]) expect(text).toMatch(/^Examples?:\n {2}.*sweepd /m);
    }
  });

  it('no server named, no such file: says what to do', async () => {
    const unnamed = await cli.run(['sweep', 'ls']);
    expect([unnamed.code, unnamed.stderr]).toEqual([1, expect.stringContaining('sweepd serve')]);
    const missing = await cli.run(['config', 'check', 'nope.yaml']);
    expect([missing.code, missing.stderr]).toEqual([1, 'sweepd: There is no file nope.yaml.\n']);
  });
});

describe('doctor without a server', () => {
  it('sees a damaged database', async () => {
    const data = mkdtempSync(join(cli.directory, 'data-'));
    mkdirSync(data, { recursive: true });
    writeFileSync(
      join(data, 'sweepd.db'),
      'this is no database at all, but longer than a header of a hundred bytes '.repeat(3),
    );
    const { code, stdout } = await cli.run(['doctor', '--data', data]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^FAIL {2}database +damaged: .*\n +-> /m);
    rmSync(data, { recursive: true });
  });
});
