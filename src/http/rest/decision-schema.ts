/** What a stop rule decided about a run, on the wire. */
import { z } from 'zod';
import { verdicts } from '../../domain/stop.ts';
import { time } from './fields.ts';

export const Decision = z
  .object({
    rule: z.string().meta({
      description:
        '`hyperband`, `median`, `divergence`, `time_limit` or `silence`; with a number from the second of a kind.',
      examples: ['hyperband'],
    }),
    step: z
      .number()
      .nullable()
      .meta({
        description:
          'Where it was judged: the finite values of the metric that the run had logged (W&B: a band). Null for rules that do not count them.',
        examples: [27],
      }),
    verdict: z.enum(verdicts).meta({
      description: '`passed`: it would have been stopped there, but was further, told to stop or over by then.',
    }),
    value: z.number().nullable().meta({ description: "The run's value; seconds, for rules about time." }),
    threshold: z.number().nullable().meta({ description: 'The value that it needed; seconds, for rules about time.' }),
    rank: z
      .number()
      .nullable()
      .meta({ description: '1 for the best of those who came as far.', examples: [4] }),
    runs: z
      .number()
      .nullable()
      .meta({ description: 'How many runs came as far, this one included.', examples: [11] }),
    among: z
      .number()
      .nullable()
      .meta({ description: 'How many of them go on, apart from ties.', examples: [4] }),
    text: z.string().meta({
      description: 'All of it in words.',
      examples: ['kept: 4th of 11 at step 27, needed to be among the best 4 (loss 0.31, limit 0.31)'],
    }),
    decided_at: time('When it was judged there last.'),
  })
  .meta({ id: 'Decision', description: 'What a stop rule decided about a run, also to keep it.' });
