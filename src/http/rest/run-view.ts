/** A run's row as the API shows it. */
import type { z } from 'zod';
import { isObject, type JsonObject, jsonObject, parseJson } from '../../domain/json.ts';
import type { ProjectRow, RunRow } from '../../store/views/views.ts';
import { path } from '../pages/layout.ts';
import type { HttpRoom } from '../room.ts';
import { iso, isoOrNull } from './fields.ts';
import type { Run } from './run-schema.ts';

export function runView(room: HttpRoom, run: RunRow, project: ProjectRow, baseUrl: string): z.output<typeof Run> {
  const agent = run.agentId === null ? undefined : room.views.agent(run.agentId);
  const predecessor = run.predecessorId === null ? undefined : room.views.runById(run.predecessorId);
  return {
    id: run.name,
    name: run.displayName,
    entity: project.entity,
    project: project.name,
    sweep_id: run.sweepId,
    number: run.number,
    attempt: run.attempt,
    predecessor: predecessor?.name ?? null,
    superseded: run.supersededAt !== null,
    state: run.state,
    config: unwrapped(objectIn(run.config)),
    summary: objectIn(run.summary),
    best_value: run.bestValue,
    rows: run.historyLines,
    agent: agent?.name ?? null,
    user: run.userName,
    host: run.host,
    notes: run.notes,
    tags: JSON.parse(run.tags) as string[],
    stop_requested_at: isoOrNull(run.stopRequestedAt),
    stop_reason: run.stopReason,
    exit_code: run.exitCode,
    created_at: iso(run.createdAt),
    started_at: isoOrNull(run.begunAt),
    heartbeat_at: isoOrNull(run.heartbeatAt),
    ended_at: isoOrNull(run.endedAt),
    url: `${baseUrl}${path(project.entity, project.name, 'runs', run.name)}`,
  };
}

/** Text that a program wrote; an empty object where it is something else. */
export function objectIn(text: string): JsonObject {
  try {
    const value = parseJson(text);
    return isObject(value) ? value : jsonObject();
  } catch {
    return jsonObject();
  }
}

/** `{name: {value}}` as `{name: value}`, without what W&B's client notes about itself. */
function unwrapped(config: JsonObject): JsonObject {
  const values = Object.entries(config).filter(([name]) => name !== '_wandb');
  return jsonObject(
    values.map(([name, entry]) => [name, isObject(entry) && entry.value !== undefined ? entry.value : entry]),
  );
}
