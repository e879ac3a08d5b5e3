import { describe, expect, it } from 'vitest';
import { until } from '../fixtures/processes.ts';
import { type SweepSeen, useServer } from '../fixtures/server.ts';
import { useWandb } from '../fixtures/wandb.ts';

const server = useServer();
const wandb = useWandb(server, 'restart');

const steps = 15;
const points = 12;

const rowsOf = ({ runs }: SweepSeen) => runs.reduce((sum, run) => sum + run.lines, 0);
const endedOf = ({ runs }: SweepSeen) => runs.filter((run) => run.state === 'finished').length;

/** What the kills wait for, in turn: a hand-out just made, rows just acknowledged, a run just ended. */
const signs = [(sweep: SweepSeen) => sweep.runs.length, rowsOf, endedOf];

describe('a server that is killed ten times while two agents work a grid of twelve', () => {
  it('loses no row and no point, and repeats none', { timeout: 600_000 }, async () => {
    const path = await wandb.createSweep(
      `program: train.py\nmethod: grid\nmetric: {name: loss}\nparameters:\n  x: {values: [${Array.from({ length: points }, (_, i) => i).join(', ')}]}\n`,
    );
    const env = { STEPS: String(steps), STEP_S: '0.1' };
    const agents = [wandb.agent(path, { env }), wandb.agent(path, { env })];
    /** After each run the client's agent logs in again, and gives up where nobody answers for ten seconds: a user starts another. */
    const look = async () => {
      const gone = agents.map((agent) => agent.hasEnded());
      const sweep = await server.sweep(path);
      for (const [i, agent] of agents.entries()) {
        if (!gone[i] || sweep.state !== 'RUNNING') continue;
        const { code } = await agent.ended;
        if (code === 0) throw new Error(`An agent was sent home too early:\n${agent.output()}`);
        agents[i] = wandb.agent(path, { env });
      }
      return sweep;
    };
    for (let kill = 0; kill < 10; kill++) {
      const sign = signs[kill % signs.length] ?? rowsOf;
      const before = sign(await server.sweep(path));
      const seen = await until(`progress before kill ${kill + 1}`, async () => {
        const now = await look();
        return sign(now) > before || now.state === 'FINISHED' ? now : null;
      });
      expect(seen.state).toBe('RUNNING');
      await server.kill();
      await server.start();
      // What was acknowledged before is there after.
      const after = await server.sweep(path);
      expect(after.runs.length).toBeGreaterThanOrEqual(seen.runs.length);
      expect(rowsOf(after)).toBeGreaterThanOrEqual(rowsOf(seen));
      expect(endedOf(after)).toBeGreaterThanOrEqual(endedOf(seen));
    }
    await until('the sweep is finished', async () => ((await look()).state === 'FINISHED' ? true : null), 240);
    for (const agent of agents) await agent.ended;

    const sweep = await wandb.readSweep(path);
    expect(sweep.state).toBe('FINISHED');
    expect(sweep.runs.map((run) => run.state)).toEqual(Array(points).fill('finished'));
    const found = sweep.runs.map((run) => Number(run.config.x)).sort((a, b) => a - b);
    expect(found).toEqual(Array.from({ length: points }, (_, i) => i));
    for (const { config, rows } of sweep.runs) {
      const base = (Number(config.x) - 1) ** 2 + 4;
      expect(rows).toEqual(
        Array.from({ length: steps }, (_, i) => ({ _step: i, step_number: i, loss: base + 1 / (i + 1) })),
      );
    }
    expect((await server.stop()).code).toBe(0);
  });
});
