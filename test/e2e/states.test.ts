import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { until } from '../fixtures/processes.ts';
import { useServer } from '../fixtures/server.ts';
import { ends, useWandb } from '../fixtures/wandb.ts';

const server = useServer();
const wandb = useWandb(server, 'states');

const config =
  'program: hold.py\nmethod: grid\nmetric: {name: loss}\nparameters:\n  x: {values: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]}\n';

/** Runs of this sweep last until `release`, or until somebody ends them. */
async function heldSweep() {
  const hold = join(wandb.directory(), 'hold');
  const keep = () => writeFileSync(hold, '');
  keep();
  const path = await wandb.createSweep(config);
  const seen = (what: string, is: (sweep: Awaited<ReturnType<typeof server.sweep>>) => boolean) =>
    until(what, async () => {
      const sweep = await server.sweep(path);
      return is(sweep) ? sweep : null;
    });
  return {
    path,
    agent: (...args: string[]) => wandb.agent(path, { args, env: { HOLD: hold } }),
    ask: async (option: string) => (await wandb.cli('sweep', option, path)).code,
    keep,
    release: () => rmSync(hold),
    seen,
    begun: (count: number) => seen(`run ${count} reports`, ({ runs }) => (runs[count - 1]?.lines ?? 0) > 0),
  };
}

describe('wandb sweep', () => {
  it('--pause lets the run finish and gives no other, --resume goes on, --stop ends after the run', async () => {
    const sweep = await heldSweep();
    const agent = sweep.agent();
    await sweep.begun(1);
    expect(await sweep.ask('--pause')).toBe(0);
    sweep.release();
    await sweep.seen('the run is finished', ({ runs }) => runs[0]?.state === 'finished');
    // The agent asks after its child ended, and once more.
    for (let i = 0; i < 2; i++) await server.nextCall(sweep.path);
    expect(await server.sweep(sweep.path)).toMatchObject({ state: 'PAUSED', runs: [{ state: 'finished' }] });
    expect(agent.hasEnded()).toBe(false);

    sweep.keep();
    expect(await sweep.ask('--resume')).toBe(0);
    await sweep.begun(2);
    expect(await sweep.ask('--stop')).toBe(0);
    sweep.release();
    await ends(agent);
    const { state, runs } = await server.sweep(sweep.path);
    expect([state, runs.map((run) => run.state)]).toEqual(['FINISHED', ['finished', 'finished']]);
    expect((await wandb.cli('sweep', '--pause', sweep.path)).code).toBe(1);
  });

  it('--cancel ends the running program and its agent; the run is killed and keeps its rows', async () => {
    const sweep = await heldSweep();
    const agent = sweep.agent();
    await sweep.begun(1);
    expect(await sweep.ask('--cancel')).toBe(0);
    await ends(agent);
    const { state, runs } = await sweep.seen('the run has ended', (one) => one.runs[0]?.state !== 'running');
    expect(state).toBe('CANCELED');
    expect(runs).toHaveLength(1);
    expect(runs[0]).toMatchObject({ state: 'killed', config: { x: 0 } });
    expect(runs[0]?.lines).toBeGreaterThan(0);
  });

  it('says so where there is no such sweep, and where its config is wrong; nothing is left', async () => {
    const unknown = await wandb.cli('sweep', '--pause', 'team/states/nosuchid');
    expect([unknown.code, unknown.text]).toEqual([1, expect.stringContaining('nosuchid')]);
    await expect(wandb.createSweep('method: grid\nparameters: {x: {min: 0.0, max: 1.0}}\n')).rejects.toThrow(/grid/);
    await expect(wandb.createSweep('method: grid\nparameters: {x: {min: 0.0, max: 1.0}}\n')).rejects.toThrow(/x/);
    const { project } = await server.graphql<{ project: { totalSweeps: number } }>(
      '{ project(name: "states", entityName: "team") { totalSweeps } }',
    );
    expect(project.totalSweeps).toBe(2);
  });
});
