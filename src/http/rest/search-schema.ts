/** What a model-based search says of itself. */
import { z } from 'zod';
import { losslessObject } from './body.ts';
import { runId, sweepId, time } from './fields.ts';

export const Explanation = z
  .object({
    run: runId,
    sweep_id: sweepId.nullable(),
    method: z.string().nullable().meta({
      description:
        'Where the point came from: grid, random, model, quasi_random (the start of a model-based search, or a stand-in), prior, local; null for a run that no suggestion made.',
    }),
    text: z.string().meta({ description: 'In words.' }),
    explanation: losslessObject().nullable().meta({
      description:
        'The numbers of a model-based search: predicted mean and its 68% interval in units of the metric, deviation, acquisition, exploring and exploiting share, length scale of each parameter, noise, transform, fallback and its reason, seed, engine.',
    }),
  })
  .meta({ id: 'Explanation', description: 'Why this point was suggested.' });

const share = z.number().min(0);

export const Importance = z
  .object({
    parameters: z
      .array(
        z.object({
          name: z.string(),
          total: share.meta({
            description: 'Share of the variation that is lost where it is fixed, with its interactions.',
          }),
          low: share,
          high: share.meta({ description: 'low to high: the 90% interval of `total`.' }),
          main: share.meta({ description: 'Share that it explains by itself.' }),
        }),
      )
      .meta({ description: 'The most important first.' }),
    results: z.number().meta({ description: 'Runs that it is read from.' }),
    noise: z.number().nullable().meta({ description: 'Share of the variation that is noise.' }),
    reason: z.string().nullable().meta({ description: 'Why there is nothing to say.' }),
  })
  .meta({ id: 'Importance', description: 'How much each parameter matters, by a model of all runs.' });

export const Refinement = z
  .object({
    config: losslessObject().meta({ description: 'The config of the next sweep; create it with POST /sweeps.' }),
    changes: z.array(z.object({ name: z.string(), before: z.string(), after: z.string(), reason: z.string() })),
    best: z.number().meta({ description: 'Runs that it was drawn around.' }),
  })
  .meta({ id: 'Refinement', description: 'A narrower sweep around the best runs, which knows the runs of this one.' });

export const FitRecord = z
  .object({
    number: z.number(),
    basis: z.number().meta({ description: 'Entries of the results list that it saw.' }),
    made: z.number(),
    width: z.number(),
    count: z.number(),
    pending: z.array(losslessObject()),
    points: z.array(losslessObject()).meta({ description: 'What it suggested.' }),
    model: losslessObject().nullable().meta({ description: "The model's state afterwards." }),
    failure: z.string().nullable(),
    engine: z.string(),
    took_ms: z.number(),
    created_at: time('When it ended.'),
  })
  .meta({ id: 'FitRecord', description: 'One computation of the search, with all that decided it.' });

export const SearchRecord = z
  .object({
    sweep_id: sweepId,
    seed: z.string().meta({ description: 'Decimal: it may exceed 2^53.' }),
    config: z.string(),
    prior: z.array(losslessObject()),
    results: z.array(
      z.object({
        run: z.number(),
        point: losslessObject(),
        value: z.number().nullable(),
        state: z.string(),
        stopped: z.boolean(),
      }),
    ),
  })
  .meta({
    id: 'SearchRecord',
    description: 'What the search learned, in order of arrival. State `deleted` takes an entry back.',
  });
