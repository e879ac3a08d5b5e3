/** A sweep on the wire. */
import { z } from 'zod';
import { runStates } from '../../domain/run.ts';
import { sweepStates } from '../../domain/sweep.ts';
import { configText, losslessObject } from './body.ts';
import { sweepId, time } from './fields.ts';

const exampleConfig = {
  method: 'grid',
  metric: { name: 'loss', goal: 'minimize' },
  parameters: { lr: { values: [0.1, 0.01] }, layers: { values: [1, 2] } },
};

export const Sweep = z
  .object({
    id: sweepId,
    entity: z.string(),
    project: z.string(),
    name: z.string().nullable().meta({ description: 'The name for people, where the config has one.' }),
    description: z.string().nullable(),
    state: z.enum(sweepStates),
    state_reason: z.string().nullable().meta({ description: 'Why, where it is not the doing of a person.' }),
    method: z.string().meta({ examples: ['grid'] }),
    metric: z.object({ name: z.string(), goal: z.enum(['minimize', 'maximize']) }).nullable(),
    config: losslessObject().meta({
      description: 'The config, every number spelled as it was given.',
      examples: [exampleConfig],
    }),
    run_cap: z.number().nullable(),
    run_count_expected: z.number().nullable().meta({
      description:
        "Points that the search will hand out in all: a grid's size or run_cap; null for a search without an end.",
    }),
    run_count: z.number().meta({ description: 'Runs made so far, repeated attempts included.' }),
    user: z.string(),
    created_at: time('When it was created.'),
    updated_at: time('When it last changed.'),
    ended_at: time('When it ended.').nullable(),
    url: z.string().meta({ description: "The sweep's page." }),
  })
  .meta({ id: 'Sweep', description: 'A sweep.' });

export const ChangedSweep = Sweep.extend({
  warnings: z.array(z.object({ path: z.string(), message: z.string() })).meta({
    description: 'What was accepted but may not be what was meant; with `force` also what would have been refused.',
  }),
}).meta({ id: 'ChangedSweep', description: 'A sweep after a change, with what is to be said about its config.' });

export const SweepDetail = Sweep.extend({
  config_text: z.string().meta({ description: 'The config as it was sent, YAML or JSON, comments and all.' }),
  run_states: z
    .object(
      Object.fromEntries(runStates.map((state) => [state, z.number()])) as Record<
        (typeof runStates)[number],
        z.ZodNumber
      >,
    )
    .meta({ description: 'How many of its runs are in each state.' }),
  best_run: z
    .object({ id: z.string(), value: z.number() })
    .nullable()
    .meta({ description: "The run with the best value of the sweep's metric so far." }),
}).meta({ id: 'SweepDetail', description: 'A sweep and how it goes.' });

const force = z
  .boolean()
  .optional()
  .meta({ description: "Accept what W&B's schema complains about (its server would create the sweep)." });

export const CreateSweep = z
  .object({
    config: configText().meta({
      description: 'The sweep config: YAML text, JSON text, or an object.',
      examples: [exampleConfig],
    }),
    entity: z.string().min(1).nullish().meta({ description: "Default: the config's, then the server's." }),
    project: z.string().min(1).nullish().meta({ description: "Default: the config's, then `uncategorized`." }),
    force,
  })
  .meta({ id: 'CreateSweep' });

export const ChangeSweep = z
  .object({
    state: z.enum(['running', 'paused', 'finished', 'canceled']).optional().meta({
      description: 'finished lets running runs end; canceled stops them. Any of them may become running again.',
    }),
    config: configText().optional().meta({
      description: 'A whole new config. Method, parameters, metric name and goal only while there is no run.',
    }),
    name: z.string().optional(),
    description: z.string().optional(),
    force,
  })
  .meta({ id: 'ChangeSweep' });
