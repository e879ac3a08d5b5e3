/** Mutations on runs and their files. */
import { invalidInput, notFound } from '../domain/errors.ts';
import { runStates } from '../domain/run.ts';
import { addAlert } from '../service/alerts.ts';
import { type BranchPoint, rewindRun } from '../service/branch-run.ts';
import { deleteFile } from '../service/files.ts';
import { editRun, type RunFields, reportRun } from '../service/report-run.ts';
import { deleteRun, setRunState, stopRun } from '../service/stop-run.ts';
import type { RunRow } from '../store/views/views.ts';
import type { WandbRequest } from './context.ts';
import { fileIdOf, runIdOf, runStorageId } from './ids.ts';
import { runNode, uploadUrl } from './nodes.ts';
import { listRuns } from './run-filter.ts';
import { readObject, readTolerant } from './tolerant-json.ts';

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
      fork: branchPoint(input.config),
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
    for (const id of listRuns(views, { projectId: project.id }, { filters: input.filters ?? null })) {
      const run = views.runById(id);
      if (run === undefined) continue;
      const tags = new Set([...((readTolerant(run.tags) as string[] | undefined) ?? []), ...(input.addTags ?? [])]);
      for (const tag of input.removeTags ?? []) tags.delete(tag);
      await editRun(service, run.id, { tags: [...tags] });
    }
    return { success: true };
  },

  rewindRun: async (
    {
      input,
    }: {
      input: {
        runName: string;
        entityName?: string | null;
        projectName?: string | null;
        metricName: string;
        metricValue: number;
      };
    },
    request: WandbRequest,
  ) => {
    if (input.metricName !== '_step') {
      throw invalidInput('unknown_metric', `A run is rewound to a "_step", not to a "${input.metricName}".`);
    }
    const point = { run: input.runName, step: input.metricValue };
    const run = await rewindRun(request.service, input.entityName ?? null, input.projectName ?? null, point);
    return { rewoundRun: shown(request, run) };
  },

  createRunFiles: (
    { input }: { input: { entityName: string; projectName: string; runName: string; files: string[] } },
    request: WandbRequest,
  ) => {
    const run = runNamed(request, input.entityName, input.projectName, input.runName);
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

  notifyScriptableRunAlert: async (
    {
      input,
    }: {
      input: {
        entityName: string;
        projectName: string;
        runName: string;
        title: string;
        text: string;
        severity?: string | null;
      };
    },
    request: WandbRequest,
  ) => {
    const { title, text, severity } = input;
    const run = runNamed(request, input.entityName, input.projectName, input.runName);
    await addAlert(request.service, run.id, { title, text, level: severity ?? 'INFO' });
    return { success: true };
  },
};

/** `fork_from="RUN?_step=4"` arrives as `config._wandb.value.branch_point`, and nowhere else. */
function branchPoint(config: string | null | undefined): BranchPoint | null {
  if (!config?.includes('"branch_point"')) return null;
  const { value } = (readObject(config)._wandb ?? {}) as { value?: { branch_point?: unknown } };
  const point = value?.branch_point as { run_id?: unknown; step?: unknown } | null | undefined;
  if (typeof point?.run_id !== 'string' || typeof point.step !== 'number') return null;
  return { run: point.run_id, step: point.step };
}

function runNamed({ views, service }: WandbRequest, entity: string, project: string, name: string): RunRow {
  const home = views.project(entity || service.settings.entity, project);
  const run = home === undefined ? undefined : views.run(home.id, name);
  if (run === undefined) throw notFound('run', name);
  return run;
}

function knownRun(request: WandbRequest, storageId: string): RunRow {
  const run = request.views.runById(runIdOf(storageId) ?? -1);
  if (run === undefined) throw notFound('run', storageId);
  return run;
}

function shown(request: WandbRequest, run: RunRow) {
  const project = request.views.projectById(run.projectId);
  if (project === undefined) throw new Error(`Run ${run.name} has no project.`);
  return runNode(request, project, run);
}
