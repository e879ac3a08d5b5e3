/** A project with ten thousand runs, read as W&B's public API reads it. */
import { expect, it } from 'vitest';
import { reportRun } from '../../src/service/report-run.ts';
import { actor } from '../fixtures/service.ts';
import { withWandbApp } from '../fixtures/wandb-app.ts';

const count = 10_000;
const page = `query ($filters: JSONString, $order: String, $after: String) {
  project(name: "many") { runCount(filters: $filters)
    runs(filters: $filters, order: $order, first: 50, after: $after) {
      edges { node { name config summaryMetrics } cursor } pageInfo { endCursor hasNextPage } } } }`;

it(
  'is paged, filtered and sorted with a bounded part of it in memory',
  () =>
    withWandbApp(async ({ test, graphql }) => {
      // 20 kB a run: 200 MB of configs in all.
      const padding = 'x'.repeat(20_000);
      for (let i = 0; i < count; i += 500) {
        await Promise.all(
          Array.from({ length: 500 }, (_, k) =>
            reportRun(test.service, actor, {
              project: 'many',
              name: `run-${i + k}`,
              fields: {
                host: 'h',
                config: `{"x":{"value":${i + k}},"padding":{"value":"${padding}"}}`,
                summary: `{"loss":${(i + k) % 777}}`,
              },
              begins: true,
              resumes: false,
            }),
          ),
        );
      }
      let highest = 0;
      const ask = async (variables: object) => {
        const { project } = await graphql(page, { ...variables });
        highest = Math.max(highest, process.memoryUsage().heapUsed);
        return project;
      };
      global.gc?.();
      const before = process.memoryUsage().heapUsed;
      const first = await ask({ order: '+created_at' });
      expect(first.runCount).toBe(count);
      expect(first.runs.edges).toHaveLength(50);
      expect(first.runs.edges[0].node.name).toBe('run-0');
      const second = await ask({ order: '+created_at', after: first.runs.pageInfo.endCursor });
      expect(second.runs.edges[0].node.name).toBe('run-50');
      const best = await ask({ order: '-summary_metrics.loss' });
      expect(JSON.parse(best.runs.edges[0].node.summaryMetrics).loss).toBe(776);
      const found = await ask({ filters: '{"config.x.value":{"$gte":9990}}', order: '-config.x' });
      expect(found.runCount).toBe(10);
      expect(found.runs.edges[0].node.name).toBe('run-9999');
      expect((highest - before) / 2 ** 20).toBeLessThan(150);
    }),
  120_000,
);
