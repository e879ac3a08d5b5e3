/** A sweep's row as the API shows it. */
import type { z } from 'zod';
import { runStates } from '../../domain/run.ts';
import { configOf } from '../../service/sweep-config.ts';
import type { RestLists } from '../../store/views/rest-lists.ts';
import type { SweepRow } from '../../store/views/views.ts';
import { path } from '../pages/layout.ts';
import type { HttpRoom } from '../room.ts';
import { iso, isoOrNull } from './fields.ts';
import type { Sweep, SweepDetail } from './sweep-schema.ts';

/** @param baseUrl what the server's pages begin with */
export function sweepView(room: HttpRoom, sweep: SweepRow, baseUrl: string): z.output<typeof Sweep> {
  const project = room.views.projectById(sweep.projectId);
  const { entity, name } = { entity: project?.entity ?? '', name: project?.name ?? '' };
  const { metricName, metricGoal } = sweep;
  return {
    id: sweep.id,
    entity,
    project: name,
    name: sweep.displayName,
    description: sweep.description,
    state: sweep.state,
    state_reason: sweep.stateReason,
    method: sweep.method,
    metric: metricName === null ? null : { name: metricName, goal: metricGoal ?? 'minimize' },
    config: configOf(sweep).document,
    run_cap: sweep.runCap,
    run_count_expected: expectedRuns(sweep),
    run_count: sweep.runsMade,
    user: sweep.userName,
    created_at: iso(sweep.createdAt),
    updated_at: iso(sweep.updatedAt),
    ended_at: isoOrNull(sweep.endedAt),
    url: `${baseUrl}${path(entity, name, 'sweeps', sweep.id)}`,
  };
}

function expectedRuns({ size, runCap }: SweepRow): number | null {
  if (size === null) return runCap;
  return runCap === null ? Number(size) : Math.min(Number(size), runCap);
}

export function sweepDetailView(
  room: HttpRoom,
  lists: RestLists,
  sweep: SweepRow,
  baseUrl: string,
): z.output<typeof SweepDetail> {
  const counts = new Map(lists.runStates(sweep.id).map(({ state, count }) => [state, count]));
  const best = sweep.metricName === null ? undefined : lists.bestRun(sweep);
  return {
    ...sweepView(room, sweep, baseUrl),
    config_text: sweep.config,
    run_states: Object.fromEntries(runStates.map((state) => [state, counts.get(state) ?? 0])) as Record<
      (typeof runStates)[number],
      number
    >,
    best_run: best === undefined ? null : { id: best.name, value: best.value },
  };
}
