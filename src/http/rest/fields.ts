/** The fields that many requests and answers share. */
import { z } from 'zod';
import { invalidInput, notFound } from '../../domain/errors.ts';
import type { ProjectRow } from '../../store/views/views.ts';
import type { HttpRoom } from '../room.ts';

export const time = (description: string) =>
  z.string().meta({
    description: `${description} ISO 8601, UTC.`,
    format: 'date-time',
    examples: ['2026-03-01T12:00:00.000Z'],
  });

export const iso = (ms: number): string => new Date(ms).toISOString();
export const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms));

export const sweepId = z
  .string()
  .min(1)
  .meta({ description: "The sweep's id.", examples: ['k3x9q2ab'] });
export const runId = z
  .string()
  .min(1)
  .meta({ description: "The run's id, as W&B's client knows it.", examples: ['p7d2m4wz'] });

export const SweepPath = z.object({ id: sweepId });
export const RunPath = z.object({ id: runId });

const projectPath = z
  .string()
  .min(1)
  .meta({
    description: 'A project: `entity/name`, or its name alone for the default entity.',
    examples: ['team/mnist'],
  });

export const projectFilter = { project: projectPath.optional() };

/** @throws SweepdError `project_not_found` */
export function projectAt(room: HttpRoom, path: string | undefined): ProjectRow | undefined {
  if (path === undefined) return undefined;
  const slash = path.indexOf('/');
  const entity = slash < 0 ? room.service.settings.entity : path.slice(0, slash);
  const project = room.views.project(entity, path.slice(slash + 1));
  if (project === undefined) throw notFound('project', path);
  return project;
}

/** `?state=running,pending`: one state or several. */
export const stateFilter = (states: readonly string[]) => ({
  state: z
    .string()
    .optional()
    .meta({
      description: `Only those in one of these states, separated by commas: ${states.join(', ')}.`,
      examples: [states[1]],
    }),
});

/** @throws SweepdError `invalid_request` */
export function statesIn<State extends string>(
  given: string | undefined,
  known: readonly State[],
): State[] | undefined {
  return given?.split(',').map((word) => {
    const state = known.find((one) => one === word.trim());
    if (state !== undefined) return state;
    const message = `There is no state "${word}": write ${known.join(', ')}.`;
    throw invalidInput('invalid_request', message, [{ path: 'state', message }]);
  });
}

export const paging = (standard: number, most: number) => ({
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(most)
    .default(standard)
    .meta({ description: `Items of a page at most (1 to ${most}).` }),
  cursor: z.string().optional().meta({ description: '`next_cursor` of the page before; left out for the first page.' }),
});

export const listOf = <T extends z.ZodType>(item: T, description: string) =>
  z
    .object({
      items: z.array(item),
      next_cursor: z.string().nullable().meta({ description: 'Where the next page begins; null on the last one.' }),
    })
    .meta({ description });
