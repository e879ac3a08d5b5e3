/** Projects come into being when something names them. */
import type { ProjectRow } from '../store/schema.ts';
import type { Service } from './context.ts';

export function ensureProject(service: Service, entity: string | null, name: string | null): Promise<ProjectRow> {
  const { store, settings, clock } = service;
  return store.writer.write(() =>
    store.projects.ensure(entity || settings.entity, name || 'uncategorized', clock.now()),
  );
}
