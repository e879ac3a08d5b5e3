/** Mutations on runs and their files. */
import { invalidInput, notFound } from '../domain/errors.ts';
import { runStates } from '../domain/run.ts';
import { deleteFile } from '../service/files.ts';
import { editRun, type RunFields, reportRun } from '../service/report-run.ts';
import { deleteRun, setRunState, stopRun } from '../service/stop-run.ts';
import type { RunRow } from '../store/views/views.ts';
import type { WandbRequest } from './context.ts';
import { fileIdOf, runIdOf, runStorageId } from './ids.ts';
import { projectNode, runNode, uploadUrl } from './nodes.ts';
import { runFilter } from './run-filter.ts';
import { readTolerant } from './tolerant-json.ts';

interface UpsertBucketInput {
  id?: string | null;
  name?: string | null;
  groupName?: string | null;
  modelName?: string | null;
  entityName?: string | null;
  description?: string | null;
  displayName?: string | null;
  notes?: string | null;
  config?: string | null;
  commit?: string | null;
  host?: string | null;
  jobProgram?: string | null;
  jobRepo?: string | null;
  jobType?: string | null;
  sweep?: string | null;
  tags?: string[] | null;
  summaryMetrics?: string | null;
}

const fieldsOf = (input: UpsertBucketInput): RunFields => ({
  displayName: input.displayName ?? null,
  notes: input.notes ?? input.description ?? null,
  config: input.config ?? null,
  summary: input.summaryMetrics ?? null,
  tags: input.tags ?? null,
  groupName: input.groupName ?? null,
  jobType: input.jobType ?? null,
  host: input.host ?? null,
  gitCommit: input.commit ?? null,
  gitRemote: input.jobRepo ?? null,
  program: input.jobProgram ?? null,
});

export const runMutations = {
  upsertBucket: async ({ input }: { input: UpsertBucketInput }, request: WandbRequest) => {
    const { service, actor, views } = request;
    const known = input.id ? views.runById(runIdOf(input.id) ?? -1) : undefined;
    const begins = Boolean(input.host);
    if (known !== undefined && !begins) {
      const run = await editRun(service, known.id, fieldsOf(input));
      return { bucket: shown(request, run ?? known), inserted: false, serverSettings: { serverMessages: [] } };
    }
    const project = known === undefined ? undefined : views.projectById(known.projectId);
    const { run, inserted } = await reportRun(service, actor, {
      entity: project?.entity ?? input.entityName ?? null,
      project: project?.name ?? input.modelName ?? null,
      name: known?.name ?? input.name ?? service.ids.short(),
      sweepId: input.sweep ?? null,
      fields: fieldsOf(input),
      begins,
      resumes: Boolean(input.id),
    });
    return { bucket: shown(request, run), inserted, serverSettings: { serverMessages: [] } };
  },

  deleteRun: async ({ input }: { input: { id: string } }, request: WandbRequest) => {
    await deleteRun(request.service, knownRun(request, input.id).id);
    return { clientMutationId: null };
  },

  stopRun: async ({ input }: { input: { id: string } }, request: WandbRequest) => {
    await stopRun(request.service, knownRun(request, input.id).id, `stopped by ${request.actor.userName}`);
    return { success: true };
  },

  updateRunState: async ({ input }: { input: { id: string; state: string } }, request: WandbRequest) => {
    const state = runStates.find((word) => word === input.state.toLowerCase());
    if (state === undefined) throw invalidInput('invalid_state', `"${input.state}" is no state of a run.`);
    return { success: await setRunState(request.service, knownRun(request, input.id).id, state) };
  },

  updateRuns: async (
    {
      input,
    }: {
      input: {
        projectName?: string | null;
        entityName?: string | null;
        filters?: string | null;
        addTags?: string[] | null;
        removeTags?: string[] | null;
      };
    },
    request: WandbRequest,
  ) => {
    const { views, service } = request;
    const project = views.project(input.entityName || service.settings.entity, input.projectName ?? '');
    if (project === undefined) throw notFound('project', input.projectName ?? '');
    for (const run of views.runs({ projectId: project.id }).filter(runFilter(input.filters))) {
      const tags = new Set([...((readTolerant(run.tags) as string[] | undefined) ?? []), ...(input.addTags ?? [])]);
      for (const tag of input.removeTags ?? []) tags.delete(tag);
      await editRun(service, run.id, { tags: [...tags] });
    }
    return { success: true };
  },

  rewindRun: () => {
    throw invalidInput('rewind_not_supported', 'Rewinding a run is not supported by this server.');
  },

  createRunFiles: (
    { input }: { input: { entityName: string; projectName: string; runName: string; files: string[] } },
    request: WandbRequest,
  ) => {
    const { views, service } = request;
    const project = views.project(input.entityName || service.settings.entity, input.projectName);
    const run = project === undefined ? undefined : views.run(project.id, input.runName);
    if (run === undefined) throw notFound('run', input.runName);
    return {
      runID: runStorageId(run.id),
      uploadHeaders: [],
      files: input.files.map((name) => ({ id: name, name, uploadUrl: uploadUrl(request, run.id, name) })),
    };
  },

  markRunFilesUploaded: () => ({ success: true }),

  deleteFiles: async ({ input }: { input: { files: string[] } }, request: WandbRequest) => {
    for (const id of input.files) {
      const file = fileIdOf(id);
      if (file !== null) await deleteFile(request.service, request.blobs, file.runId, file.name);
    }
    return { success: true };
  },

  notifyScriptableRunAlert: () => ({ success: true }),
};

function knownRun(request: WandbRequest, storageId: string): RunRow {
  const run = request.views.runById(runIdOf(storageId) ?? -1);
  if (run === undefined) throw notFound('run', storageId);
  return run;
}

function shown(request: WandbRequest, run: RunRow) {
  const project = request.views.projectById(run.projectId);
  if (project === undefined) throw new Error(`Run ${run.name} has no project.`);
  return { ...runNode(request, project, run), project: projectNode(request, project) };
}
