/** The schema's root fields: what each query finds and what each mutation does. */
import { SweepdError } from '../domain/errors.ts';
import { ensureProject } from '../service/projects.ts';
import type { WandbRequest } from './context.ts';
import { entityNode, projectNode, userNode } from './nodes.ts';
import { artifactMutations } from './root-artifacts.ts';
import { runMutations } from './root-runs.ts';
import { sweepMutations } from './root-sweeps.ts';

type ProjectArguments = { name?: string | null; entityName?: string | null };

function findProject(args: ProjectArguments, request: WandbRequest) {
  const { views, service } = request;
  const project = views.project(args.entityName || service.settings.entity, args.name || 'uncategorized');
  return project === undefined ? null : projectNode(request, project);
}

export const rootValue = {
  viewer: (_: unknown, request: WandbRequest) => userNode(request, request.actor.userName),
  // No feature is announced: each would ask for more than an older server has.
  serverInfo: () => ({
    cliVersionInfo: { max_cli_version: '99.0.0', min_cli_version: '0.16.0' },
    latestLocalVersionInfo: { outOfDate: false, latestVersionString: '0.1.0', versionOnThisInstanceString: '0.1.0' },
    features: [],
  }),
  project: findProject,
  model: findProject,
  models: ({ entityName }: ProjectArguments, request: WandbRequest) => ({
    edges: request.views
      .projects(entityName || request.service.settings.entity)
      .map((project) => ({ node: projectNode(request, project) })),
    pageInfo: { hasNextPage: false, endCursor: null },
  }),
  entity: ({ name }: { name?: string | null }, request: WandbRequest) => ({
    ...entityNode(name || request.service.settings.entity),
    project: (args: { name?: string | null }) =>
      findProject({ entityName: name ?? null, name: args.name ?? null }, request),
  }),
  organization: null,
  users: { edges: [] },
  artifact: null,
  clientIDMapping: null,
  node: null,
  artifactCollection: null,
  ...sweepMutations,
  ...runMutations,
  ...artifactMutations,
  upsertModel: async ({ input }: { input: ProjectArguments }, request: WandbRequest) => {
    const project = await ensureProject(request.service, input.entityName ?? null, input.name ?? null);
    const node = projectNode(request, project);
    return { project: node, model: node, inserted: true };
  },
  upsertView: () => {
    throw new SweepdError(
      'invalid_input',
      'views_not_supported',
      'Saved views and reports are not supported by this server.',
    );
  },
};
