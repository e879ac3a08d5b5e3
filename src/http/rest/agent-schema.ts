/** What an agent sends and is told. */
import { z } from 'zod';
import { runStates } from '../../domain/run.ts';
import { sweepStates } from '../../domain/sweep.ts';
import { losslessObject, numeric } from './body.ts';
import { runId, sweepId, time } from './fields.ts';

/** Longer waits would outlast what proxies allow a silent request. */
export const longestWaitS = 30;

const token = z
  .string()
  .min(1)
  .meta({
    description: "The lease's token: the right to report this run.",
    examples: ['b9f0c2d84e1a4c6f9a7b3d5e8f012345'],
  });

export const LeaseRequest = z
  .object({
    agent: z
      .string()
      .min(1)
      .max(200)
      .meta({ description: "One slot's own name; it becomes known with its first call.", examples: ['gpu-box-7:0'] }),
    request_id: z.string().min(1).max(200).nullish().meta({
      description:
        'The same id gives the same run again, however often it is sent. Without one every call is a new ask.',
    }),
    wait_s: numeric(
      z
        .number()
        .min(0)
        .meta({
          description: `Wait this long for work before answering \`run: null\`; ${longestWaitS} at most.`,
          examples: [20],
        }),
    ).optional(),
  })
  .meta({ id: 'LeaseRequest' });

export const RunLease = z.object({
  run: z.object({
    id: runId,
    sweep_id: sweepId,
    number: z.number(),
    attempt: z.number(),
    config: losslessObject().meta({
      description: '`{name: value}`: the point to try, every number spelled as in the sweep config.',
      examples: [{ lr: 0.1, layers: 2 }],
    }),
  }),
  lease: z.object({ token, expires_at: time('The lease ends then unless a call with the token comes first.') }),
});

export const Lease = z
  .union([
    RunLease,
    z.object({
      run: z.null(),
      sweep_state: z
        .enum(sweepStates)
        .meta({ description: 'finished or canceled: the agent is done. Else ask again.' }),
      retry_after_s: z.number(),
    }),
  ])
  .meta({ id: 'Lease', description: 'A run to do, or none just now.' });

export const Heartbeat = z.object({ token }).meta({ id: 'Heartbeat' });

const stop = z.boolean().meta({ description: 'End the program: it was told to stop, or the run has ended.' });
const reason = z.string().nullable().meta({ description: 'Why.' });

export const Alive = z
  .object({ stop, reason, expires_at: time('The new end of the lease.') })
  .meta({ id: 'Alive', description: 'The answer to a heartbeat.' });

export const Metrics = z
  .object({
    token,
    offset: numeric(
      z
        .number()
        .int()
        .min(0)
        .max(2 ** 31)
        .meta({ description: 'Number of the first row, from 0.', examples: [0] }),
    ),
    rows: z.array(losslessObject()).meta({
      description: 'One object a row. Bare NaN and Infinity are taken, and so are the texts.',
      examples: [[{ step: 0, loss: 0.9 }]],
    }),
  })
  .meta({ id: 'Metrics' });

export const Stored = z
  .object({
    rows: z.number().meta({ description: 'Rows that the run has now: the offset of the next one.' }),
    stop,
    reason,
  })
  .meta({ id: 'Stored', description: 'The answer to rows.' });

export const Finish = z
  .object({
    token,
    state: z.enum(['finished', 'failed']),
    summary: losslessObject()
      .nullish()
      .meta({ description: 'Added to the last value of each metric.', examples: [{ loss: 0.25 }] }),
  })
  .meta({ id: 'Finish' });

export const Finished = z
  .object({ id: runId, state: z.enum(runStates).meta({ description: 'killed where the run had been told to stop.' }) })
  .meta({ id: 'Finished', description: 'How the run ended.' });

export const Stop = z
  .object({
    reason: z
      .string()
      .max(1000)
      .nullish()
      .meta({ description: 'Shown with the run.', examples: ['diverged'] }),
  })
  .nullish()
  .meta({ id: 'Stop' });
