import { describe, expect, it, vi } from 'vitest';
import { useCli } from '../fixtures/cli.ts';
import { apiKey, useServer } from '../fixtures/server.ts';

// Every command is a process of its own, and a machine that runs all tests at once has few cores for them.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });
const server = useServer();
const cli = useCli(server);

const grid = 'method: grid\nproject: p\nmetric: {name: loss}\nparameters:\n  lr: {values: [0.1, 3e-5, 1.0]}\n';

interface SweepJson {
  id: string;
  state: string;
}

const newSweep = async (text = grid, ...options: string[]) =>
  (await cli.json<SweepJson>('sweep', 'create', cli.file('sweep.yaml', text), ...options)).id;

async function call(path: string, body: unknown): Promise<Record<string, { id: string; token: string }>> {
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
  const response = await fetch(`${server.url}/api/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  expect(response.status).toBe(200);
  return (await response.json()) as Record<string, { id: string; token: string }>;
}

/** A run with two rows. */
async function newRun(sweep: string, values: readonly unknown[] = [1, 0.25], keys = {}): Promise<string> {
  const { run, lease } = await call(`/sweeps/${sweep}/lease`, { agent: 'a' });
  const { token } = lease ?? {};
  const rows = values.map((loss, step) => ({ step, loss, ...keys }));
  await call(`/runs/${run?.id}/metrics`, { token, offset: 0, rows });
  await call(`/runs/${run?.id}/finish`, { token, state: 'finished' });
  return run?.id ?? '';
}

describe('sweep', () => {
  it('create prints the id, the page and how to run it', async () => {
    const { code, stdout, stderr } = await cli.run(['sweep', 'create', cli.file('sweep.yaml', grid)]);
    expect([code, stderr]).toEqual([0, '']);
    const id = /^Sweep {3}(\w{8})$/m.exec(stdout)?.[1];
    expect(stdout.split('\n').slice(1, 5)).toEqual([
      'Search  grid, 3 points',
      `Page    ${server.url}/team/p/sweeps/${id}`,
      `Agent   sweepd agent ${id}`,
      `or      wandb agent team/p/${id}`,
    ]);
  });

  it('create says what is wrong with its line, stores nothing, and takes a violation with --force', async () => {
    const file = cli.file('bad.yaml', 'method: grid\nparameters:\n  lr: {min: 3, max: 1}\nunknown: 1\n');
    const before = (await cli.json<{ items: unknown[] }>('sweep', 'ls')).items.length;
    const { code, stdout, stderr } = await cli.run(['sweep', 'create', file]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^bad\.yaml:3:8: error: .*min 3 is not less than max 1/);
    expect(stderr).toContain('  3 |   lr: {min: 3, max: 1}\n    |        ^');
    expect(stderr).toMatch(/bad\.yaml:4:1: violation: /);
    expect(stderr).toContain('sweepd: bad.yaml is refused: 1 error, 1 violation.');
    expect((await cli.json<{ items: unknown[] }>('sweep', 'ls')).items).toHaveLength(before);

    const odd = cli.file('odd.yaml', `${grid}unknown: 1\n`);
    const refused = await cli.run(['sweep', 'create', odd]);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('--force')]);
    const forced = await cli.run(['sweep', 'create', odd, '--force']);
    expect([forced.code, forced.stderr]).toEqual([0, expect.stringMatching(/^odd\.yaml:6:1: violation: /)]);
  });

  it('reads stdin, and puts the sweep where it is told', async () => {
    const args = ['sweep', 'create', '-', '--project', 'q', '--entity', 'e', '--json'];
    const { stdout } = await cli.run(args, { stdin: grid });
    expect(JSON.parse(stdout)).toMatchObject({ entity: 'e', project: 'q', state: 'running', run_count_expected: 3 });
  });

  it('pause, resume, stop and cancel, by id or path, several at once', async () => {
    const [one, two] = [await newSweep(), await newSweep()];
    const { stdout } = await cli.run(['sweep', 'pause', one, `team/p/${two}`]);
    expect(stdout).toBe(`Sweep ${one} is paused.\nSweep ${two} is paused.\n`);
    for (const [verb, state] of [
      ['resume', 'running'],
      ['stop', 'finished'],
      ['resume', 'running'],
      ['cancel', 'canceled'],
    ] as const) {
      expect((await cli.json<SweepJson>('sweep', verb, one)).state).toBe(state);
    }
    const { items } = await cli.json<{ items: SweepJson[] }>('sweep', 'ls', '--state', 'canceled');
    expect(items.map(({ id }) => id)).toContain(one);
    expect(items.map(({ id }) => id)).not.toContain(two);
  });

  it('edit replaces the config; show --config gives it back as it was sent', async () => {
    const id = await newSweep();
    const changed = `# mine\n${grid}run_cap: 2\n`;
    const edited = await cli.run(['sweep', 'edit', id, cli.file('new.yaml', changed)]);
    expect(edited).toMatchObject({ code: 0, stdout: `Sweep ${id} has the config of new.yaml.\n` });
    expect((await cli.run(['sweep', 'show', id, '--config'])).stdout).toBe(changed);
    await newRun(id);
    const refused = await cli.run(['sweep', 'edit', id, cli.file('other.yaml', grid.replace('1.0', '2.0'))]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/^sweepd: .*has runs/);
  });

  it('show has counts and the best run', async () => {
    const id = await newSweep();
    await newRun(id, [1, 0.5]);
    const best = await newRun(id, [1, 0.25]);
    const { stdout } = await cli.run(['sweep', 'show', id]);
    expect(stdout).toMatch(/^State +running$/m);
    expect(stdout).toMatch(/^Runs +2\/3\n {2}finished +2$/m);
    expect(stdout).toMatch(new RegExp(`^Best +0.25 by run ${best}: lr=3e-5$`, 'm'));
    expect(await cli.json('sweep', 'show', id)).toMatchObject({ id, best_run: { id: best, value: 0.25 } });
  });

  it('rm asks for --yes where there is no terminal', async () => {
    const id = await newSweep();
    const refused = await cli.run(['sweep', 'rm', id]);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('--yes')]);
    expect((await cli.run(['sweep', 'rm', id, '--yes'])).code).toBe(0);
    const gone = await cli.run(['sweep', 'show', id]);
    expect(gone).toMatchObject({ code: 1, stdout: '' });
    expect(gone.stderr).toContain(`There is no sweep "${id}".\nsweepd sweep ls`);
  });
});

describe('runs', () => {
  it('ls shows the parameters that differ, the best first where asked', async () => {
    const id = await newSweep();
    const runs = [await newRun(id, [0.5]), await newRun(id, [0.25]), await newRun(id, [1])];
    const { stdout } = await cli.run(['runs', 'ls', id, '--sort', 'best', '--limit', '2']);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.trim().split(/ {2,}/).slice(0, 5));
    expect(lines).toEqual([
      ['#', 'RUN', 'STATE', 'loss', 'lr'],
      ['2', runs[1], 'finished', '0.25', '3e-5'],
      ['1', runs[0], 'finished', '0.5', '0.1'],
    ]);
    const { items } = await cli.json<{ items: { id: string; config: { lr: number } }[] }>('runs', 'ls', id);
    expect(items.map((run) => run.id)).toEqual(runs.toReversed());
    const whole = await cli.run(['runs', 'ls', id, '--json']);
    expect(whole.stdout).toContain('"config":{"lr":1.0}');
  });

  it('show, history, stop, rm', async () => {
    const run = await newRun(await newSweep(), [1, 'NaN', 0.25], { note: 'a,"b"' });
    expect((await cli.run(['runs', 'show', `team/p/${run}`])).stdout).toMatch(/^Parameters\n {2}lr {2}0.1$/m);
    expect((await cli.run(['runs', 'history', run, '--keys', 'step,loss'])).stdout).toBe(
      'step  loss\n   0     1\n   1   NaN\n   2  0.25\n',
    );
    // Without a `_step` of W&B's client rows are told apart by their number.
    expect((await cli.run(['runs', 'history', run, '--limit', '2'])).stdout).toBe(
      '#  step  loss  note\n0     0     1  a,"b"\n1     1   NaN  a,"b"\n',
    );
    expect((await cli.run(['runs', 'history', run, '--csv'])).stdout).toBe(
      'step,loss,note\n0,1,"a,""b"""\n1,NaN,"a,""b"""\n2,0.25,"a,""b"""\n',
    );
    const { rows } = await cli.json<{ rows: unknown[] }>('runs', 'history', run, '--limit', '1');
    expect(rows).toEqual([{ step: 0, loss: 1, note: 'a,"b"' }]);
    expect((await cli.run(['runs', 'stop', run])).stdout).toBe(`Run ${run} is finished.\n`);
    expect(await cli.json('runs', 'rm', run, '--yes')).toEqual({ deleted: run });
    expect((await cli.run(['runs', 'show', run])).stderr).toContain('There is no run');
  });

  it('shows what a program wrote without letting it steer the terminal', async () => {
    const run = await newRun(await newSweep(), [1], { 'evil\x1b[2J': '\x1b]0;title\x07\u009b1m' });
    for (const args of [
      ['show', run],
      ['history', run],
      ['show', run, '--json'],
      ['history', run, '--json'],
    ]) {
      const { stdout } = await cli.run(['runs', ...args]);
      expect(stdout).toContain('title');
      expect(stdout.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    }
  });
});
