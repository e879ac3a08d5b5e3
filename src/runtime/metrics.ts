/** The numbers of /metrics, in a registry of this server's own. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { ForwardCounts } from '../service/forwarding.ts';
import type { Views } from '../store/views/views.ts';
import type { ForwarderHealth } from '../wandb/upstream/forwarder.ts';

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

/** How far forwarding is behind, for a server that has an upstream. */
export function addForwardingGauges(
  { registry }: Metrics,
  counts: () => ForwardCounts,
  isPaused: () => boolean,
  health: () => ForwarderHealth,
): void {
  new Gauge({
    name: 'sweepd_forwarding_runs',
    help: 'Runs of which something is not upstream yet (waiting), and those that the upstream server refused',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      const { waiting, refused } = counts();
      this.labels('waiting').set(waiting);
      this.labels('refused').set(refused);
    },
  });
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name: `sweepd_forwarding_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(value());
      },
    });
  gauge('stopped', '1 while paused, or waiting after an error', () =>
    isPaused() || health().waiting !== null ? 1 : 0,
  );
  gauge(
    'last_success_timestamp_seconds',
    'When the upstream server last took something; 0: not since the start',
    () => (health().lastSuccessAt ?? 0) / 1000,
  );
}
