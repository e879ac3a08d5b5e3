/** Pools with real agents: processes that serve whatever is next, and the command that shows it. */
import { describe, expect, it, vi } from 'vitest';
import { useCli } from '../fixtures/cli.ts';
import { until } from '../fixtures/processes.ts';
import { apiKey, useServer } from '../fixtures/server.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });
const server = useServer();
const cli = useCli(server);

cli.file(
  'train.mjs',
  `import { existsSync } from 'node:fs';
const wait = setInterval(() => {
  if (process.env.HOLD && !existsSync(process.env.HOLD)) return;
  clearInterval(wait);
}, 20);
`,
);

const config = (pool: string, points: number, more = '') =>
  `method: grid\nproject: p\nsweepd: {pool: ${pool}${more}}\nparameters: {x: {values: [${Array.from({ length: points }, (_, i) => i).join(', ')}]}}\ncommand: [${JSON.stringify(process.execPath)}, train.mjs]\n`;

const elsewhere =
  'method: grid\nproject: p\nprogram: elsewhere.py\nsweepd: {pool: lacking}\nparameters: {x: {values: [1, 2, 3, 4, 5]}}\n';

/** A sweep of a user with a key of their own. */
async function sweepOf(user: string, pool: string, points: number, more = ''): Promise<string> {
  const { key } = await cli.json<{ key: string }>('keys', 'create', '--user', user);
  const response = await fetch(`${server.url}/api/v1/sweeps`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ config: config(pool, points, more) }),
  });
  return ((await response.json()) as { id: string }).id;
}

interface Run {
  state: string;
}

async function runsOf(sweep: string): Promise<Run[]> {
  const headers = { authorization: `Bearer ${apiKey}` };
  const response = await fetch(`${server.url}/api/v1/sweeps/${sweep}/runs`, { headers });
  return ((await response.json()) as { items: Run[] }).items;
}

describe('agents of a pool', () => {
  it('serve the sweeps of two users in turn, and end after a while without work', async () => {
    const ada = await sweepOf('ada', 'fair', 30);
    const bob = await sweepOf('bob', 'fair', 6);
    const { code, stderr } = await cli.run(['agent', '--pool', 'fair', '--slots', '2', '--count', '12']);
    expect([code, stderr]).toEqual([0, expect.stringContaining('works on pool fair, 2 slots')]);
    const finished = async (sweep: string) => (await runsOf(sweep)).filter(({ state }) => state === 'finished').length;
    expect([await finished(ada), await finished(bob)]).toEqual([6, 6]);
    const idle = await cli.run(['agent', '--pool', 'nobody', '--idle', '0']);
    expect([idle.code, idle.stderr]).toEqual([0, expect.stringContaining('no work for 0 s')]);
  });

  it('are shown with what they hold, and what waits for what', async () => {
    const sweep = await sweepOf('cleo', 'shown', 5, ', max_parallel: 1');
    const tagged = await sweepOf('dan', 'shown', 5, ', tags: [a100]');
    const agent = cli.start(['agent', '--pool', 'shown', '--name', 'box', '--count', '1'], { HOLD: 'go-on' });
    await until('a run', async () => ((await runsOf(sweep)).length > 0 ? true : null));
    const { stdout } = await cli.run(['queue', '--pool', 'shown']);
    expect(stdout).toMatch(/^Pool shown: 1 slot of its agents$/m);
    expect(stdout).toMatch(new RegExp(`1  ${tagged}  team/dan +0 +0 +0  a100`));
    expect(stdout).toMatch(new RegExp(`-  ${sweep}  team/cleo .*max_parallel: 1 run of the sweep at a time`));
    expect(stdout).toMatch(new RegExp(`${sweep}  cleo  box `));
    cli.file('go-on', '');
    expect((await agent.ended).code).toBe(0);
  });

  it('say so where they lack a program, and use up no point', async () => {
    const { id } = await cli.json<{ id: string }>('sweep', 'create', cli.file('elsewhere.yaml', elsewhere));
    const { code, stderr } = await cli.run(['agent', '--pool', 'lacking', '--slots', '2', '--count', '5']);
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/its point is run again once its lease has ended[\s\S]*There is no elsewhere\.py in /),
    ]);
    // Not ended: once nobody has reported it for a lease period, its point is ready again.
    const states = new Set((await runsOf(id)).map(({ state }) => state));
    expect(states).toEqual(new Set(['pending']));
  });

  it('have shares that an admin sets', async () => {
    const set = await cli.run(['queue', 'share', 'user', 'ada', '--weight', '3', '--max-parallel', '8']);
    expect(set.stdout).toMatch(/user {2}ada +3 +8 +0/);
    const { items } = await cli.json<{ items: unknown[] }>('queue', 'shares');
    expect(items).toEqual([{ kind: 'user', name: 'ada', weight: 3, max_parallel: 8, running: 0 }]);
    expect((await cli.run(['queue', 'share', 'user', 'ada', '--reset'])).code).toBe(0);
    expect((await cli.run(['queue', 'shares'])).stderr).toContain('Nothing is set');
  });

  it.each([
    [['agent'], 'What should the agent serve?'],
    [['agent', 'abc', '--pool', 'gpu'], 'leave one of them out'],
    [['agent', 'abc', '--tags', 'a100'], '--tags goes with --pool'],
    [['queue', 'share', 'machine', 'x', '--weight', '1'], 'A share is of a user or a team'],
    [['queue', 'share', 'user', 'x'], 'Give --weight, --max-parallel, or --reset'],
    [['queue', 'share', 'user', 'x', '--weight', '0'], '--weight must be a number above 0'],
  ])('sweepd %s: says what is wrong', async (args, message) => {
    const { code, stderr } = await cli.run(args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });
});
