import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { useCli } from '../fixtures/cli.ts';
import { type Running, until } from '../fixtures/processes.ts';
import { apiKey, useServer } from '../fixtures/server.ts';

// Every command is a process of its own, and a machine that runs all tests at once has few cores for them.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });
const server = useServer();
const cli = useCli(server);

/** Writes what it was given into a file of its own, and its process group's ids into another; then does what HOLD says. */
cli.file(
  'program.mjs',
  `import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
const { SWEEPD_RUN_ID: id, HOLD, EXIT } = process.env;
const names = Object.keys(process.env).filter((name) => /^(WANDB|SWEEPD)_/.test(name));
const environment = Object.fromEntries(names.map((name) => [name, process.env[name]]));
console.log('works on ' + process.argv.slice(2).join(' '));
let inner;
if (HOLD === 'stubborn') {
  process.on('SIGTERM', () => console.log('no'));
  inner = spawn(process.execPath, ['-e', 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)'], { stdio: 'ignore' });
}
writeFileSync(id + '.json', JSON.stringify({ argv: process.argv.slice(2), environment, pids: inner ? [process.pid, inner.pid] : [process.pid] }));
const wait = setInterval(() => {
  if (HOLD && (HOLD === 'stubborn' || existsSync(HOLD))) return;
  clearInterval(wait);
  process.exitCode = Number(EXIT ?? 0);
}, 20);
`,
);

const config = (values: string, more = '') =>
  `method: grid\nproject: p\n${more}parameters: {x: {values: [${values}]}, opt: {parameters: {y: {value: 1.0}}}}\ncommand: [${JSON.stringify(process.execPath)}, program.mjs, "\${args}"]\n`;

let sweeps = 0;
const newSweep = async (text: string) =>
  (await cli.json<{ id: string }>('sweep', 'create', cli.file(`sweep-${++sweeps}.yaml`, text))).id;

interface RunJson {
  id: string;
  state: string;
  attempt: number;
  stop_reason: string | null;
  started_at: string | null;
}

async function runsOf(sweep: string): Promise<RunJson[]> {
  const headers = { authorization: `Bearer ${apiKey}` };
  const response = await fetch(`${server.url}/api/v1/sweeps/${sweep}/runs`, { headers });
  return ((await response.json()) as { items: RunJson[] }).items;
}

const statesOf = async (sweep: string) => (await runsOf(sweep)).map(({ state }) => state);

interface Given {
  argv: string[];
  environment: Record<string, string>;
  pids: number[];
}

const given = (run: string): Given | null => {
  const file = join(cli.directory, `${run}.json`);
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return text === '' ? null : JSON.parse(text);
};

/** Waits until the program of the sweep's n-th run works. */
const working = (sweep: string, n = 0) =>
  until(`the program of run ${n + 1}`, async () => {
    const run = (await runsOf(sweep))[n];
    const found = run === undefined ? null : given(run.id);
    return run === undefined || found === null ? null : { run, ...found };
  });

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // Its parent is gone, and what adopts it here may not collect it: ended is ended.
    return !/^\d+ \(.*\) Z/.test(existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, 'utf8') : '');
  } catch {
    return false;
  }
}

async function end(agent: Running): Promise<number | null> {
  const { code } = await agent.ended;
  return code;
}

describe('sweepd agent', () => {
  it('runs a grid in two slots to its end', async () => {
    const sweep = await newSweep(config('true, 3e-5, 1.0, null'));
    const agent = cli.start(['agent', sweep, '--slots', '2', '--name', 'box']);
    expect(await end(agent)).toBe(0);
    const runs = await runsOf(sweep);
    expect(runs.map(({ state }) => state)).toEqual(Array(4).fill('finished'));
    const words = runs.map(({ id }) => given(id)?.argv);
    const expected = ['True', '3e-05', '1.0', 'None'].map((x) => ["--opt={'y': 1.0}", `--x=${x}`]);
    expect(words).toEqual(expect.arrayContaining(expected));
    expect(agent.stdout()).toMatch(/^\[[01]\] works on --opt=\{'y': 1\.0\} --x=3e-05$/m);
    expect(agent.output()).toMatch(/Run \w{8} finished after/);
    expect(agent.output()).toMatch(/Agent ended after 4 runs: the sweep is finished\n$/);

    const [first] = runs;
    const { environment } = given(first?.id ?? '') ?? {};
    expect(environment).toMatchObject({
      WANDB_BASE_URL: server.url,
      WANDB_API_KEY: apiKey,
      WANDB_ENTITY: 'team',
      WANDB_PROJECT: 'p',
      WANDB_SWEEP_ID: sweep,
      WANDB_RUN_ID: first?.id,
      WANDB_DIR: cli.directory,
      WANDB_SWEEP_PARAM_PATH: join(cli.directory, 'wandb', `sweep-${sweep}`, `config-${first?.id}.yaml`),
      SWEEPD_URL: server.url,
      SWEEPD_API_KEY: apiKey,
      SWEEPD_RUN_ID: first?.id,
      SWEEPD_TOKEN: expect.stringMatching(/^\w{32}$/),
    });
    expect(readdirSync(join(cli.directory, 'wandb', `sweep-${sweep}`))).toHaveLength(4);
  });

  it('ends after --count runs; --json tells each step on stdout, the program speaks on stderr', async () => {
    const sweep = await newSweep(config('1, 2, 3'));
    const { code, stdout, stderr } = await cli.run(['agent', sweep, '--count', '2', '--name', 'box', '--json']);
    expect(code).toBe(0);
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const kinds = ['agent_started', 'run_started', 'run_ended', 'run_started', 'run_ended', 'agent_ended'];
    expect(events.map(({ event }) => event)).toEqual(kinds);
    const [run] = await runsOf(sweep);
    expect(events[1]).toMatchObject({ slot: 0, run: run?.id, number: 1, attempt: 1, config: { x: 1 } });
    expect(stdout).toContain('"opt":{"y":1.0}');
    expect(events[2]).toMatchObject({ run: run?.id, outcome: 'finished', exit_code: 0, signal: null, reason: null });
    expect(events[5]).toMatchObject({ failed: false, runs: 2, failed_runs: 0 });
    expect(stderr).toBe("works on --opt={'y': 1.0} --x=1\nworks on --opt={'y': 1.0} --x=2\n");
    expect(await statesOf(sweep)).toEqual(['finished', 'finished']);
  });

  it('a stopped run: SIGTERM to its process group, SIGKILL to what stays', async () => {
    const sweep = await newSweep(config('1'));
    const agent = cli.start(['agent', sweep, '--kill-delay', '0.5'], { HOLD: 'stubborn' });
    const { run, pids } = await working(sweep);
    expect(pids.map(isAlive)).toEqual([true, true]);
    await cli.run(['runs', 'stop', run.id, '--reason', 'enough']);
    expect(await end(agent)).toBe(0);
    expect(pids.map(isAlive)).toEqual([false, false]);
    expect(agent.output()).toMatch(/is to stop: enough\nno\n/);
    expect(agent.output()).toMatch(/stopped by SIGKILL after/);
    expect((await runsOf(sweep))[0]).toMatchObject({ state: 'killed', stop_reason: 'enough' });
  });

  it('a deleted run: its program ends, the next one begins', async () => {
    const sweep = await newSweep(config('1, 2'));
    const hold = cli.file(`hold-${sweep}`, '');
    const agent = cli.start(['agent', sweep, '--count', '2'], { HOLD: hold });
    const { run, pids } = await working(sweep);
    await cli.run(['runs', 'rm', run.id, '--yes']);
    await until('the end of its program', () => (pids.some(isAlive) ? null : true));
    await working(sweep);
    agent.signal('SIGTERM');
    await end(agent);
    expect(agent.output()).toMatch(new RegExp(`Run ${run.id} lost`));
  });

  it('Ctrl-C once: the program comes to its end, no other begins', async () => {
    const sweep = await newSweep(config('1, 2'));
    const hold = cli.file(`hold-${sweep}`, '');
    const agent = cli.start(['agent', sweep], { HOLD: join(cli.directory, hold), EXIT: '0' });
    await working(sweep);
    agent.signal('SIGINT');
    await until('its answer', () => (agent.output().includes('Takes no more runs') ? true : null));
    expect(agent.hasEnded()).toBe(false);
    cli.remove(hold);
    expect(await end(agent)).toBe(0);
    expect(await statesOf(sweep)).toEqual(['finished']);
  });

  it('Ctrl-C twice: the program is ended, and its point is not lost', async () => {
    const sweep = await newSweep(config('1'));
    const agent = cli.start(['agent', sweep, '--kill-delay', '0.5'], { HOLD: 'stubborn' });
    const { pids } = await working(sweep);
    agent.signal('SIGINT');
    await until('its first answer', () => (agent.output().includes('Takes no more runs') ? true : null));
    agent.signal('SIGINT');
    expect(await end(agent)).toBe(0);
    expect(pids.map(isAlive)).toEqual([false, false]);
    expect(agent.output()).toContain('its point is run again');
    // Not reported: the lease ends, and whoever asks then gets the point.
    expect((await runsOf(sweep))[0]?.state).toMatch(/pending|running/);
  });

  it('a server that is away: the program goes on, and is reported when it is back', async () => {
    const sweep = await newSweep(config('1, 2'));
    const hold = cli.file(`hold-${sweep}`, '');
    const agent = cli.start(['agent', sweep], { HOLD: join(cli.directory, hold) });
    const { pids } = await working(sweep);
    await server.kill();
    cli.remove(hold);
    await until('the end of the program', () => (pids.some(isAlive) ? null : true));
    await until('word of it', () => (agent.output().includes('does not answer') ? true : null));
    await server.start();
    expect(await end(agent)).toBe(0);
    expect(await statesOf(sweep)).toEqual(['finished', 'finished']);
  });

  it('a program that cannot work: three failures, then the agent gives up', async () => {
    const sweep = await newSweep(config('1, 2, 3, 4, 5'));
    const { code, stderr } = await cli.run(['agent', sweep], { env: { EXIT: '3' } });
    expect(code).toBe(1);
    expect(stderr).toMatch(/failed with exit code 3 after/);
    expect(stderr).toMatch(/Agent ended after 3 runs \(3 failed\): 3 runs failed within the first minute/);
    expect(await statesOf(sweep)).toEqual(['failed', 'failed', 'failed']);
  });

  it.each([
    ['a program that is not there', 'program: nope.py', ['interpreter', 'program'], /There is no nope.py in/],
    ['a config without a program', '', ['program'], /names no program/],
  ])('%s: says so before it takes a run', async (_name, program, command, message) => {
    const sweep = await newSweep(
      `method: grid\nparameters: {x: {values: [1]}}\n${program}\ncommand: ${JSON.stringify(command.map((name) => `\${${name}}`))}\n`,
    );
    const { code, stderr } = await cli.run(['agent', sweep]);
    expect([code, stderr]).toEqual([1, expect.stringMatching(message)]);
    expect(await runsOf(sweep)).toEqual([]);
  });

  it('a paused sweep is waited for, a finished one is not', async () => {
    const sweep = await newSweep(config('1'));
    await cli.run(['sweep', 'pause', sweep]);
    const agent = cli.start(['agent', sweep]);
    await until('the agent', () => (agent.output().includes('works on sweep') ? true : null));
    await cli.run(['sweep', 'resume', sweep]);
    expect(await end(agent)).toBe(0);
    expect(await statesOf(sweep)).toEqual(['finished']);
    const late = await cli.run(['agent', sweep]);
    expect([late.code, late.stderr]).toEqual([0, expect.stringContaining('after 0 runs: the sweep is finished')]);
  });

  it('no such sweep: says what to do', async () => {
    const { code, stderr } = await cli.run(['agent', 'nothing1']);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/There is no sweep "nothing1"\.\nsweepd sweep ls/)]);
  });
});
