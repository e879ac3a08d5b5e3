import { describe, expect, it } from 'vitest';
import { useServer } from '../fixtures/server.ts';
import { ends, useWandb } from '../fixtures/wandb.ts';

const server = useServer();
const wandb = useWandb(server, 'parallel');

describe('two agents on one grid', () => {
  it('share its eight points: each is run once, and both work', async () => {
    const path = await wandb.createSweep(
      'program: train.py\nmethod: grid\nmetric: {name: loss}\nparameters:\n  x: {values: [0, 1, 2, 3]}\n  y: {values: [0, 1]}\n',
    );
    const agents = [wandb.agent(path), wandb.agent(path)];
    for (const agent of agents) await ends(agent);

    const { state, runs } = await server.sweep(path);
    expect(state).toBe('FINISHED');
    expect(runs.map((run) => [run.state, run.lines])).toEqual(Array(8).fill(['finished', 3]));
    const points = runs.map((run) => `${run.config.x} ${run.config.y}`).sort();
    expect(points).toEqual(['0 0', '0 1', '1 0', '1 1', '2 0', '2 1', '3 0', '3 1']);
    const [entity, project, name] = path.split('/');
    const shares = await server.graphql<{
      project: { sweep: { agents: { edges: { node: { totalRuns: number } }[] } } };
    }>(
      `query ($entity: String, $project: String, $name: String!) {
        project(name: $project, entityName: $entity) { sweep(sweepName: $name) { agents { edges { node { totalRuns } } } } }
      }`,
      { entity, project, name },
    );
    const counts = shares.project.sweep.agents.edges.map(({ node }) => node.totalRuns);
    expect(counts).toHaveLength(2);
    expect(counts.every((count) => count > 0)).toBe(true);
    expect(counts.reduce((a, b) => a + b)).toBe(8);
  });
});
