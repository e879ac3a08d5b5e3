/** Early stopping over REST and on the command line, and the page that shows what it saves. */
import { readFileSync } from 'node:fs';
import { describe, expect, it, test, vi } from 'vitest';
import { readRecording, whatIf } from '../../src/runtime/what-if.ts';
import { useCli } from '../fixtures/cli.ts';
import { leaseRun, newSweep, type RestApp, withRestApp } from '../fixtures/rest-app.ts';
import { apiKey, useServer } from '../fixtures/server.ts';

// Every command is a process of its own, and a machine that runs all tests at once has few cores for them.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const config = {
  method: 'grid',
  metric: { name: 'loss', goal: 'minimize' },
  early_terminate: { type: 'hyperband', min_iter: 1, eta: 2 },
  parameters: { x: { values: [1, 2, 3, 4] } },
};
const root = new URL('../../', import.meta.url);

describe('GET /runs/{id}/decisions', () => {
  async function logged(api: RestApp, sweep: string, ...losses: number[]) {
    const run = await leaseRun(api, sweep, `slot-${losses[0]}`);
    const rows = losses.map((loss) => ({ loss }));
    return { ...run, answer: (await api.post(`/runs/${run.id}/metrics`, { token: run.token, offset: 0, rows })).body };
  }

  test('says at which steps the run was judged, with the numbers; the reply to the metrics says that it should stop', () =>
    withRestApp(async (api) => {
      const sweep = await newSweep(api, config);
      const good = await logged(api, sweep, 0.1, 0.1);
      expect(good.answer).toEqual({ rows: 2, stop: false, reason: null });
      await logged(api, sweep, 0.2);
      const bad = await logged(api, sweep, 0.9);
      const why = '3rd of 3 at step 1, needed to be among the best 2 (loss 0.9, limit 0.2)';
      expect(bad.answer).toEqual({ rows: 1, stop: true, reason: `hyperband: ${why}` });
      expect((await api.get(`/runs/${bad.id}/decisions`)).body).toEqual({
        items: [
          {
            rule: 'hyperband',
            step: 1,
            verdict: 'stop',
            value: 0.9,
            threshold: 0.2,
            rank: 3,
            runs: 3,
            among: 2,
            text: `stopped: ${why}`,
            decided_at: expect.any(String),
          },
        ],
        next_cursor: null,
      });
      const beat = await api.post(`/runs/${bad.id}/heartbeat`, { token: bad.token });
      expect(beat.body).toMatchObject({ stop: true, reason: `hyperband: ${why}` });
      await api.post(`/runs/${bad.id}/finish`, { token: bad.token, state: 'finished' });
      expect((await api.get(`/runs/${bad.id}`)).body).toMatchObject({
        state: 'killed',
        stop_reason: `hyperband: ${why}`,
      });
    }));

  test('comes in pages', () =>
    withRestApp(async (api) => {
      const { id } = await logged(api, await newSweep(api, config), 3, 2, 1, 1);
      const first = (await api.get(`/runs/${id}/decisions?limit=2`)).body;
      const second = (await api.get(`/runs/${id}/decisions?limit=2&cursor=${first.next_cursor}`)).body;
      const steps = [first, second].map(({ items }) => items.map(({ step }: { step: number }) => step));
      expect([...steps, second.next_cursor]).toEqual([[1, 2], [4], null]);
      expect((await api.get(`/runs/${id}/decisions?cursor=wrong`)).body.code).toBe('invalid_cursor');
      expect((await api.get('/runs/nobody/decisions')).status).toBe(404);
    }));
});

describe('the command line', () => {
  const server = useServer();
  const cli = useCli(server);

  const call = async (path: string, body: object) => {
    const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
    const response = await fetch(`${server.url}/api/v1${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    return (await response.json()) as { id: string; run: { id: string }; lease: { token: string } };
  };

  async function sweepWith(...curves: number[][]) {
    const { early_terminate: _, ...plain } = config;
    const { id } = await call('/sweeps', { config: plain });
    const runs: string[] = [];
    for (const [i, curve] of curves.entries()) {
      const { run, lease } = await call(`/sweeps/${id}/lease`, { agent: `slot-${i}` });
      const [name, token] = [run.id, lease.token];
      await call(`/runs/${name}/metrics`, { token, offset: 0, rows: curve.map((loss) => ({ loss })) });
      await call(`/runs/${name}/finish`, { token, state: 'finished' });
      runs.push(name);
    }
    return { id, runs };
  }

  it('simulate --replay says what another rule would have saved, on the server or from a file', async () => {
    const { id, runs } = await sweepWith([3, 1, 1, 1], [4, 2, 2, 2], [9, 9, 9, 9]);
    const rules = [
      '--early-terminate',
      'hyperband:min_iter=2,eta=2',
      '--early-terminate',
      '{type: median, min_runs: 9}',
    ];
    const online = await cli.run(['simulate', '--replay', id, ...rules, '--save', 'recorded.json']);
    expect([online.code, online.stderr]).toEqual([0, '3 runs are in recorded.json.\n']);
    expect(online.stdout).toContain(`12 steps. The best value is 1, by run ${runs[0]}.`);
    expect(online.stdout).toMatch(/^hyperband:min_iter=2,eta=2 +1 of 3 +17 % .* kept$/m);
    expect(online.stdout).toMatch(/^\{type: median, min_runs: 9\} +0 of 3 +0 % +0 % +1 +kept$/m);
    const offline = await cli.run(['simulate', '--replay', 'recorded.json', ...rules], { env: { SWEEPD_URL: '' } });
    expect(offline.stdout).toBe(online.stdout);
  });

  it('simulate --replay says what is wrong with a rule, or missing', async () => {
    cli.file('one.json', '{"metric": {"name": "loss", "goal": "minimize"}, "runs": []}');
    const told = async (...args: string[]) => {
      const { code, stderr } = await cli.run(['simulate', ...args]);
      expect(code).toBe(2);
      return stderr;
    };
    expect(await told('--replay', 'one.json')).toContain('--early-terminate hyperband:min_iter=5');
    expect(await told('--replay', 'one.json', '--early-terminate', 'medain')).toContain('Did you mean "median"?');
    expect(await told('--replay', 'one.json', '--early-terminate', 'hyperband')).toContain('write "min_iter: 3"');
    expect(await told()).toContain('a sweep with --replay');
  });

  it('explain says why, or that nothing judged the run', async () => {
    const { runs } = await sweepWith([1]);
    const { stdout } = await cli.run(['explain', runs[0] ?? '']);
    expect(stdout).toBe(`Run ${runs[0]} is finished.\n\nPoint 1 of the grid.\n\nNo stop rule has judged it.\n`);
    expect((await cli.run(['explain', 'nobody'])).code).toBe(1);
  });
});

describe('docs/early-stopping.md', () => {
  const page = readFileSync(new URL('docs/early-stopping.md', root), 'utf8');
  const rows = [...page.matchAll(/^\| (random search|shuffled grid), 24 runs \| `([^`]+)` \| (.*) \|$/gm)];

  it.each(rows.map(([, sweep = '', rule = '', cells = '']) => [sweep, rule, cells]))(
    'has what a replay says: %s, %s',
    (sweep, rule, cells) => {
      const file = sweep === 'random search' ? 'cartpole-random' : 'cartpole-grid';
      const result = whatIf(readRecording(readFileSync(new URL(`docs/data/${file}.json`, root), 'utf8')), rule);
      const percent = ({ had, would }: { had: number; would: number }) =>
        `${Math.round((100 * (had - would)) / had)} %`;
      const stopped = result.runs.filter(({ stoppedBy }) => stoppedBy !== null).length;
      const start = [`${stopped} of 24`, percent(result.rows), percent(result.seconds)].join(' | ');
      expect(cells.startsWith(start)).toBe(true);
      expect(cells.endsWith('| kept')).toBe(result.best?.survives);
      // The page says so of every row.
      expect(result.bestLeft ?? 0).toBeGreaterThan(0.99 * (result.best?.value ?? 0));
    },
  );

  it('has all rows', () => {
    expect(rows).toHaveLength(12);
  });
});
