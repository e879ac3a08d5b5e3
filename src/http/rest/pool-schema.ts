/** Pools, shares and the queue on the wire. */
import { z } from 'zod';
import { shareKinds } from '../../domain/share.ts';
import { LeaseRequest, RunLease } from './agent-schema.ts';
import { numeric } from './body.ts';
import { runId, sweepId, time } from './fields.ts';

export const poolName = z
  .string()
  .min(1)
  .max(200)
  .meta({ description: 'The name of a pool: `default` for the sweeps that name none.', examples: ['gpu'] });

export const PoolPath = z.object({ pool: poolName });

export const PoolLeaseRequest = LeaseRequest.extend({
  tags: z
    .array(z.string().min(1).max(200))
    .max(100)
    .default([])
    .meta({
      description: 'What the agent has. A sweep that asks for tags goes to agents with all of them.',
      examples: [['a100', '24gb']],
    }),
}).meta({ id: 'PoolLeaseRequest' });

export const PoolLease = z
  .union([
    RunLease,
    z.object({
      run: z.null(),
      waiting: z
        .array(z.object({ sweep_id: sweepId, why: z.string() }))
        .meta({ description: 'The running sweeps of the pool, and why none of them gives this agent a run now.' }),
      retry_after_s: z.number(),
    }),
  ])
  .meta({ id: 'PoolLease', description: 'A run of whatever sweep is next, or none just now.' });

const kind = z.enum(shareKinds).meta({ description: 'user: who created the sweeps; team: their entity.' });
const name = z
  .string()
  .min(1)
  .max(200)
  .meta({ description: "The user's name, or the entity.", examples: ['ada'] });

export const SharePath = z.object({ kind, name });

const weight = z
  .number()
  .gt(0)
  .max(1e6)
  .meta({ description: 'Twice the weight, twice the leases. 1 where nothing is set.', examples: [3] });
const maxParallel = z
  .number()
  .int()
  .min(1)
  .nullable()
  .meta({ description: 'Runs at a time in all pools together; null: no limit.', examples: [8] });

export const SetShare = z
  .object({ weight: numeric(weight).optional(), max_parallel: numeric(maxParallel).optional() })
  .meta({ id: 'SetShare', description: 'What is left out stays as it is.' });

export const Share = z
  .object({
    kind,
    name,
    weight,
    max_parallel: maxParallel,
    running: z.number().meta({ description: 'Runs just now.' }),
  })
  .meta({ id: 'Share', description: 'What a user or a team may have of the agents.' });

const Holder = z.object({
  run_id: runId,
  sweep_id: sweepId,
  user: z.string().meta({ description: 'Whose sweep it is.' }),
  agent: z.string(),
  since: time('When the run was handed out.'),
  expires_at: time('When the lease ends unless the agent is heard of.'),
});

const Queued = z.object({
  sweep_id: sweepId,
  name: z.string().nullable(),
  team: z.string(),
  user: z.string(),
  priority: z.number(),
  tags: z.array(z.string()).meta({ description: 'What an agent of the pool must have.' }),
  ready: z.number().meta({ description: 'Points made and waiting; the search makes more as they are taken.' }),
  running: z.number(),
  why: z.string().nullable().meta({ description: 'Why it gets nothing just now; null: it is in the order.' }),
});

export const Pool = z
  .object({
    name: poolName,
    agents: z.number().meta({ description: 'Slots of agents of this pool that were heard of within a lease period.' }),
    next: z.array(Queued).meta({
      description:
        'Its running sweeps: those that could be served in the order in which they would be, then the others.',
    }),
    holders: z.array(Holder).meta({ description: 'Who holds what, oldest first.' }),
  })
  .meta({ id: 'Pool', description: 'A pool as it is now.' });

export const QueueView = z
  .object({
    engine: z.enum(['embedded', 'bullmq']),
    problem: z.string().nullable().meta({ description: 'What keeps the queue from working.' }),
    workers: z.number().nullable().meta({
      description: 'Workers on other machines that compute for model-based searches; null where no Redis is set.',
    }),
    pools: z.array(Pool),
  })
  .meta({ id: 'Queue', description: 'What is next, who holds what, and why something waits.' });
