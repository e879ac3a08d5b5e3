/** A run on the wire. */
import { z } from 'zod';
import { runStates } from '../../domain/run.ts';
import { losslessObject } from './body.ts';
import { runId, sweepId, time } from './fields.ts';

export const Run = z
  .object({
    id: runId,
    name: z.string().meta({ description: 'The name for people.', examples: ['brisk-lark-12'] }),
    entity: z.string(),
    project: z.string(),
    sweep_id: sweepId.nullable(),
    number: z.number().nullable().meta({ description: '1, 2, 3... within its sweep.' }),
    attempt: z.number().meta({ description: '2 or more: the point was tried before by a run that was lost.' }),
    predecessor: z.string().nullable().meta({ description: 'The lost run whose point this one repeats.' }),
    superseded: z
      .boolean()
      .meta({ description: 'Its point was handed to another run: this one does not count any more.' }),
    state: z.enum(runStates),
    config: losslessObject().meta({
      description: '`{name: value}`, every number spelled as it was.',
      examples: [{ lr: 0.1, layers: 2 }],
    }),
    summary: losslessObject().meta({
      description: 'The last value of each metric, or what the program said.',
      examples: [{ loss: 0.25 }],
    }),
    best_value: z.number().nullable().meta({
      description:
        "By which the run is judged: the best value of the sweep's metric so far, or what `sweepd.objective` says.",
    }),
    rows: z.number().meta({ description: 'Rows of its history.' }),
    agent: z.string().nullable().meta({ description: 'The name of the agent that has it.' }),
    user: z.string(),
    host: z.string().nullable(),
    notes: z.string().nullable(),
    tags: z.array(z.string()),
    stop_requested_at: time('When it was told to stop.').nullable(),
    stop_reason: z.string().nullable(),
    exit_code: z.number().nullable(),
    created_at: time('When it was handed out.'),
    started_at: time('When it first reported.').nullable(),
    heartbeat_at: time('Its last sign of life.').nullable(),
    ended_at: time('When it ended.').nullable(),
    url: z.string().meta({ description: "The run's page." }),
  })
  .meta({ id: 'Run', description: 'A run.' });

export const History = z
  .object({
    rows: z.array(losslessObject()).meta({
      description:
        'In the order of their numbers; NaN and the infinities are the texts "NaN", "Infinity", "-Infinity".',
      examples: [[{ step: 0, loss: 0.9 }]],
    }),
    next_cursor: z.string().nullable(),
  })
  .meta({ id: 'History', description: "A page of a run's history." });
