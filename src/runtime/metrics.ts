/** The numbers of /metrics, in a registry of this server's own. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Views } from '../store/views/views.ts';

export type Metrics = ReturnType<typeof createMetrics>;

export function createMetrics(version: string) {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'sweepd_' });
  new Gauge({
    name: 'sweepd_build_info',
    help: 'Constant 1, by version',
    labelNames: ['version'],
    registers: [registry],
  })
    .labels(version)
    .set(1);
  return {
    registry,
    requests: new Histogram({
      name: 'sweepd_http_request_duration_seconds',
      help: 'Time to answer, by route and status',
      labelNames: ['route', 'status'],
      buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
      registers: [registry],
    }),
    unknownOperations: new Counter({
      name: 'sweepd_wandb_unknown_operations_total',
      help: 'GraphQL operations that this server does not have',
      registers: [registry],
    }),
    endedByReaper: new Counter({
      name: 'sweepd_runs_given_up_total',
      help: 'Runs ended because nobody reported them alive',
      registers: [registry],
    }),
  };
}

export function addGauges(metrics: Metrics, views: Views, now: () => number, leaseMs: number): void {
  const { registry } = metrics;
  new Gauge({
    name: 'sweepd_agents_alive',
    help: 'Agents heard of within a lease period',
    registers: [registry],
    collect() {
      this.set(views.liveAgents(now() - leaseMs));
    },
  });
  new Gauge({
    name: 'sweepd_sweeps',
    help: 'Sweeps by state',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      this.reset();
      for (const sweep of views.sweeps()) this.labels(sweep.state).inc();
    },
  });
}
