/** Forwarding to a W&B server: the upstream is a second sweepd, the road between them as bad as a test wants it. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addAlert } from '../../src/service/alerts.ts';
import { forwardingStatus, pauseForwarding, resumeForwarding, retryForwarding } from '../../src/service/forwarding.ts';
import { editRun } from '../../src/service/report-run.ts';
import { updateSweep } from '../../src/service/update-sweep.ts';
import type { RunRow } from '../../src/store/schema.ts';
import { createOrigin, type Origin, runsSeen } from '../fixtures/forwarding.ts';
import { begin, gridOf, joinAgent, lossLines, post, reapNow, runNow } from '../fixtures/service.ts';
import { useWholeServer } from '../protocol/whole-server.ts';

const upstream = useWholeServer();
let origin: Origin;

beforeEach(async () => {
  origin = await createOrigin(upstream);
});
afterEach(() => origin.end());

let projects = 0;
/** A project that no other test has. */
const newProject = () => `forwarded-${++projects}`;

async function sweepRuns(project: string, count: number, config = gridOf(count)): Promise<RunRow[]> {
  const { createSweep } = await import('../../src/service/create-sweep.ts');
  const { sweep } = await createSweep(
    origin.service,
    { userName: 'ada', role: 'admin' },
    { config, project, allowViolations: true },
  );
  const runs: RunRow[] = [];
  for (let i = 0; i < count; i++) {
    const agent = await joinAgent(origin, sweep);
    runs.push(await begin(origin, await agent.take()));
  }
  return runs;
}

const seen = (project: string) => ({ here: runsSeen(origin.store, project), there: runsSeen(upstream.store, project) });

function expectEqual(project: string): void {
  const { here, there } = seen(project);
  expect(there).toEqual(here);
  expect(here.length).toBeGreaterThan(0);
}

const first = <T>(items: readonly T[]): T => {
  const [item] = items;
  if (item === undefined) throw new Error('There is none.');
  return item;
};

/** One of everything that a run may log. */
async function logAll(run: RunRow, exitCode: number | null = 0): Promise<void> {
  await post(origin, run, {
    history: { offset: 0, lines: ['{"loss":NaN,"_step":0,"big":9007199254740993}', ...lossLines(3, 2).slice(1)] },
    events: { offset: 0, lines: ['{"system.cpu":1}'] },
    log: { offset: 0, lines: ['one', 'progress 1%'] },
    summary: '{"loss":2}',
  });
  await post(origin, run, { log: { offset: 1, lines: ['progress 99%', 'line\nbreak', ''] } });
  await origin.putFile(run.id, 'media/images/a_0.png', `picture of ${run.name}`);
  if (exitCode !== null) await post(origin, run, { summary: '{"loss":2,"last":1.0}', exitCode });
}

describe('a sweep with runs', () => {
  it('arrives as it is: config, rows, console, files, summary, states', async () => {
    const project = newProject();
    const runs = await sweepRuns(project, 3);
    await editRun(origin.service, first(runs).id, { tags: ['a', 'b'], notes: 'noted', groupName: 'g' });
    await logAll(runs[0] as RunRow);
    await logAll(runs[1] as RunRow, 3);
    await logAll(runs[2] as RunRow, null);
    await origin.drain();
    expectEqual(project);
    expect(
      seen(project)
        .there.map(({ state }) => state)
        .sort(),
    ).toEqual(['failed', 'finished', 'running']);
    expect(seen(project).there.every(({ sweep }) => sweep)).toBe(true);
  });

  it('is one sweep there, which schedules nothing, without the sweepd: key', async () => {
    const project = newProject();
    const runs = await sweepRuns(project, 1, gridOf(2, 'sweepd: {seed: 4}\ndescription: mine\n'));
    await logAll(first(runs));
    await origin.drain();
    const home = upstream.store.projects.find('team', project);
    const sweeps = upstream.rows().sweeps?.filter((row) => (row as { project_id: number }).project_id === home?.id) as {
      config: string;
      description: string;
    }[];
    expect(sweeps).toHaveLength(1);
    const [sweep] = sweeps;
    expect(JSON.parse(sweep?.config ?? '')).toMatchObject({ method: 'grid', controller: { type: 'local' } });
    expect(JSON.parse(sweep?.config ?? '')).not.toHaveProperty('sweepd');
    expect(sweep?.description).toBe(`mine\n\nsweepd:${first(runs).sweepId}`);
  });

  it('is found again after a crash between making it and noting it', async () => {
    const project = newProject();
    const runs = await sweepRuns(project, 1);
    await logAll(first(runs));
    await origin.drain();
    origin.store.sqlite.exec('delete from forwarded_sweeps; delete from forwarded_runs; delete from forwarded_files');
    origin.restartForwarder();
    await origin.drain();
    expectEqual(project);
    const home = upstream.store.projects.find('team', project);
    expect(
      upstream.rows().sweeps?.filter((row) => (row as { project_id: number }).project_id === home?.id),
    ).toHaveLength(1);
  });

  it('ends there when its runs have ended, in the same state', async () => {
    const project = newProject();
    const runs = await sweepRuns(project, 2);
    await logAll(first(runs));
    const sweepId = first(runs).sweepId ?? '';
    await updateSweep(origin.service, { id: sweepId, state: 'canceled', allowViolations: false });
    await post(origin, runs[1] as RunRow, { exitCode: 255 });
    await origin.drain();
    expectEqual(project);
    expect(
      seen(project)
        .there.map(({ state }) => state)
        .sort(),
    ).toEqual(['finished', 'killed']);
    const there = origin.store.forwarding.sweep(sweepId)?.upstreamId ?? '';
    expect(upstream.store.sweeps.byId(there)?.state).toBe('canceled');
  });
});

describe('a run', () => {
  it('that is lost here is crashed there, and comes back when it does', async () => {
    const project = newProject();
    const run = first(await sweepRuns(project, 1));
    await logAll(run, null);
    origin.clock.advance(100);
    await reapNow(origin);
    expect(runNow(origin, run).state).toBe('crashed');
    await origin.drain();
    expect(first(seen(project).there).state).toBe('crashed');
    await post(origin, run, { history: { offset: 3, lines: ['{"loss":1,"_step":3}'] } });
    await origin.drain();
    expectEqual(project);
    expect(first(seen(project).there).state).toBe('running');
  });

  it('that is resumed after its end goes on there', async () => {
    const project = newProject();
    const run = first(await sweepRuns(project, 1));
    await logAll(run);
    await origin.drain();
    await begin(origin, run, true);
    await post(origin, run, { history: { offset: 3, lines: ['{"loss":1,"_step":3}'] } });
    await origin.drain();
    expect(first(seen(project).there)).toMatchObject({ state: 'running' });
    await post(origin, run, { exitCode: 1 });
    await origin.drain();
    expectEqual(project);
    expect(first(seen(project).there)).toMatchObject({ state: 'failed' });
  });

  it('that begins anew under its id replaces what it had there', async () => {
    const project = newProject();
    const run = first(await sweepRuns(project, 1));
    await logAll(run);
    await origin.drain();
    await begin(origin, run, false);
    await post(origin, run, { history: { offset: 0, lines: lossLines(9) }, summary: '{"loss":9}' });
    await post(origin, run, { exitCode: 0 });
    await origin.drain();
    expectEqual(project);
    expect(first(seen(project).there).history).toEqual(lossLines(9));
  });

  it('whose fields change later changes there, and stays ended', async () => {
    const project = newProject();
    const run = first(await sweepRuns(project, 1));
    await logAll(run);
    await origin.drain();
    await editRun(origin.service, run.id, { tags: ['late'], summary: '{"loss":0}' });
    await origin.drain();
    expectEqual(project);
    expect(first(seen(project).there)).toMatchObject({ tags: '["late"]', state: 'finished', summary: '{"loss":0}' });
  });

  it('has its alerts told once', async () => {
    const project = newProject();
    const run = first(await sweepRuns(project, 1));
    await addAlert(origin.service, run.id, { title: 'loss', text: 'is NaN', level: 'WARN' });
    await logAll(run);
    await origin.drain();
    await editRun(origin.service, run.id, { notes: 'again' });
    await origin.drain();
    const told = upstream.rows().alerts as { title: string }[];
    expect(told.filter(({ title }) => title === 'loss')).toHaveLength(1);
  });
});

describe('an upstream in trouble', () => {
  it.each([3, 4, 5])('of every kind at once changes nothing in the end (seed %i)', async (seed) => {
    await origin.end();
    origin = await createOrigin(upstream, seed, 150);
    const project = newProject();
    origin.proxy.rate = 0.3;
    const runs = await sweepRuns(project, 6);
    for (const [i, run] of runs.entries()) {
      await logAll(run, null);
      await origin.step();
      await logAll(run, i % 2);
    }
    for (let kills = 0; kills < 10; kills++) {
      const step = origin.step();
      if (kills % 2 === 0) await new Promise(setImmediate);
      origin.restartForwarder();
      await step;
    }
    await origin.drain();
    expect(forwardingStatus(origin.service).refusedRuns.map(({ reason }) => reason)).toEqual([]);
    expectEqual(project);
    const home = upstream.store.projects.find('team', project);
    expect(
      upstream.rows().sweeps?.filter((row) => (row as { project_id: number }).project_id === home?.id),
    ).toHaveLength(1);
    expect(Object.values(origin.proxy.counts).filter((count) => count > 0).length).toBeGreaterThan(5);
  });

  it('for a day costs a request a minute or fewer, and then everything arrives', async () => {
    const project = newProject();
    const runs = await sweepRuns(project, 20);
    for (const run of runs) await logAll(run);
    origin.proxy.isDown = true;
    const before = origin.proxy.counts.refused;
    for (let s = 0; s < 24 * 3_600; s += 15) {
      await origin.forwarder.step();
      expect(origin.forwarder.health().waiting?.reason).toBeDefined();
      origin.clock.advance(15);
    }
    // The waits are between half a minute and a minute long.
    expect(origin.proxy.counts.refused - before).toBeLessThanOrEqual(24 * 60 * 2);
    origin.proxy.isDown = false;
    await origin.drain(200);
    expectEqual(project);
  });

  it('that asks for a pause gets it', async () => {
    const project = newProject();
    const run = first(await sweepRuns(project, 1));
    await logAll(run);
    let asked = 0;
    origin.proxy.rule = () => {
      asked++;
      return { status: 429, body: '{}', headers: { 'retry-after': '600' } };
    };
    await origin.step();
    for (let s = 0; s < 590; s += 10) {
      origin.clock.advance(10);
      await origin.forwarder.step();
    }
    expect(asked).toBe(1);
    origin.proxy.rule = null;
    await origin.drain();
    expectEqual(project);
  });

  it('refuses a run with words that are shown, and the others go on', async () => {
    const project = newProject();
    const runs = await sweepRuns(project, 3);
    for (const run of runs) await logAll(run);
    const bad = runs[1] as RunRow;
    origin.proxy.rule = (_, path) =>
      path.includes(`/${bad.name}/file_stream`) ? { status: 413, body: '{"error":"run is too big"}' } : null;
    await origin.drain();
    const status = forwardingStatus(origin.service);
    expect(status).toMatchObject({ waiting: 0, refused: 1 });
    expect(status.refusedRuns[0]).toMatchObject({ reason: 'HTTP 413: run is too big', run: { name: bad.name } });
    expect(seen(project).there.filter(({ state }) => state === 'finished')).toHaveLength(2);
    origin.proxy.rule = null;
    expect(await retryForwarding(origin.service, bad.id)).toBe(1);
    await origin.drain();
    expectEqual(project);
  });

  it('with another key pauses everything, and a good key ends the pause', async () => {
    const project = newProject();
    const run = first(await sweepRuns(project, 1));
    await logAll(run);
    origin.restartForwarder({ apiKey: 'wrong-0123456789012345678901234567890123456789' });
    await origin.step();
    const { paused } = forwardingStatus(origin.service);
    expect(paused?.reason).toMatch(/does not accept the key/);
    expect(paused?.reason).not.toContain('wrong-0123');
    origin.clock.advance(3_600);
    await origin.step();
    expect(seen(project).there).toEqual([]);
    const { apiKey } = await import('../protocol/whole-server.ts');
    origin.restartForwarder({ apiKey });
    await origin.drain();
    expectEqual(project);
  });

  it('is left alone while forwarding is paused by hand', async () => {
    const project = newProject();
    const run = first(await sweepRuns(project, 1));
    await pauseForwarding(origin.service, 'maintenance');
    await logAll(run);
    for (let i = 0; i < 5; i++) await origin.step();
    expect(seen(project).there).toEqual([]);
    await resumeForwarding(origin.service);
    await origin.drain();
    expectEqual(project);
  });
});

describe('the settings', () => {
  it('keep projects here, or give them another name there', async () => {
    const [secret, mapped] = [newProject(), newProject()];
    const there = newProject();
    origin.restartForwarder({
      projects: [
        { from: secret, to: false },
        { from: `team/${mapped}`, to: `other/${there}` },
      ],
    });
    await logAll(first(await sweepRuns(secret, 1)));
    await logAll(first(await sweepRuns(mapped, 1)));
    await origin.drain();
    expect(upstream.store.projects.find('team', secret)).toBeUndefined();
    const home = upstream.store.projects.find('other', there);
    expect(home).toBeDefined();
    expect(upstream.rows().runs?.filter((row) => (row as { project_id: number }).project_id === home?.id)).toHaveLength(
      1,
    );
  });

  it('keep the values of config keys and metrics that are not on the list here', async () => {
    const project = newProject();
    origin.restartForwarder({ redact: ['x', '*token*'], metrics: ['loss'] });
    const run = first(await sweepRuns(project, 1));
    await editRun(origin.service, run.id, {
      config: '{"x":{"value":41},"api_token":{"value":"s3cret"},"lr":{"value":0.5}}',
    });
    await post(origin, run, {
      history: { offset: 0, lines: ['{"loss":1,"private":{"path":"media/images/private.png"},"_step":0}'] },
      summary: '{"loss":1,"private":7}',
    });
    for (const name of ['config.yaml', 'wandb-summary.json', 'media/images/private.png', 'model.pt']) {
      await origin.putFile(run.id, name, 'x');
    }
    await post(origin, run, { exitCode: 0 });
    await origin.drain();
    const there = first(seen(project).there);
    expect(JSON.parse(there.config as string)).toEqual({
      x: { value: '[redacted]' },
      api_token: { value: '[redacted]' },
      lr: { value: 0.5 },
    });
    expect(there.history).toEqual(['{"loss":1,"_step":0}']);
    expect(there.summary).toBe('{"loss":1}');
    expect(there.files.map(({ name }) => name)).toEqual(['model.pt']);
    const sweep = upstream.store.sweeps.byId(origin.store.forwarding.sweep(run.sweepId ?? '')?.upstreamId ?? '');
    expect(JSON.parse(sweep?.config ?? '').parameters).toEqual({ x: { value: '[redacted]' } });
  });
});
