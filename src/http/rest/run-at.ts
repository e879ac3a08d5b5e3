/** A run by the name in a path. */
import { conflict, notFound } from '../../domain/errors.ts';
import type { ProjectRow, RunRow } from '../../store/views/views.ts';
import { projectAt } from './fields.ts';
import type { RestRoom } from './scope.ts';

/** @throws SweepdError `run_not_found`, `project_not_found`, `ambiguous_run` where several projects have a run of this name */
export function runAt(
  room: RestRoom,
  name: string,
  projectPath: string | undefined,
): { run: RunRow; project: ProjectRow } {
  const project = projectAt(room, projectPath);
  const found = room.lists.named(name).filter((one) => project === undefined || one.project.id === project.id);
  const [first, second] = found;
  if (first === undefined) throw notFound('run', name);
  if (second !== undefined) {
    const projects = found.map((one) => `${one.project.entity}/${one.project.name}`).join(', ');
    throw conflict('ambiguous_run', `Several projects have a run "${name}" (${projects}): add ?project=entity/name.`);
  }
  return first;
}
