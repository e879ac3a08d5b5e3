/** Forwarding on the wire. */
import { z } from 'zod';
import { runId, time } from './fields.ts';

const RefusedRun = z
  .object({
    run: runId,
    project: z.string().meta({ description: 'Its project here, `entity/name`.' }),
    reason: z.string().meta({ description: "The upstream's words." }),
    refused_at: time('When it was refused.').nullable(),
  })
  .meta({ id: 'RefusedRun', description: 'A run that the upstream would not have.' });

export const Forwarding = z
  .object({
    state: z.enum(['off', 'running', 'waiting', 'paused']).meta({
      description:
        'off: no key for an upstream is set. waiting: the upstream cannot be reached, it is tried again by itself. paused: by hand, or since the key is wrong.',
    }),
    upstream: z.string().nullable().meta({ description: 'The server that everything is forwarded to.' }),
    reason: z.string().nullable().meta({ description: 'Why nothing is sent at present.' }),
    until: time('When it is tried again.').nullable(),
    last_success_at: time('When the upstream last took something, since the start of this server.').nullable(),
    runs_waiting: z.int().meta({ description: 'Runs with something to send.' }),
    runs_refused: z.int().meta({ description: 'Runs that the upstream would not have.' }),
    refused: z.array(RefusedRun).meta({ description: 'The last 100 of them.' }),
  })
  .meta({ id: 'Forwarding', description: 'Where forwarding to the upstream W&B server stands.' });

export const PauseForwarding = z
  .object({
    reason: z.string().max(500).default('paused by hand').meta({ description: 'Shown while it lasts.' }),
  })
  .meta({ id: 'PauseForwarding' });

export const RetryForwarding = z
  .object({
    run: runId.optional().meta({ description: 'One run; left out: all that were refused.' }),
    project: z.string().optional().meta({ description: 'Where several projects have a run of that name.' }),
  })
  .meta({ id: 'RetryForwarding' });

export const Retried = z
  .object({ retried: z.int().meta({ description: 'How many runs are tried again.' }) })
  .meta({ id: 'Retried', description: 'What is tried again.' });
