/**
 * The objects of the GraphQL schema, made from rows. Fields are plain values or functions of (arguments): graphql-js calls the
 * latter only where a document asks for them, so an expensive field costs nothing to those who do not want it. Runs, of which a list has
 * thousands, have resolvers instead.
 */
import { schedulerText } from '../service/local-controller.ts';
import type { AgentRow, FileRow, ProjectRow, RunRow, SweepRow } from '../store/views/views.ts';
import { connection, type PageArguments } from './connection.ts';
import type { WandbRequest } from './context.ts';
import { eventTexts, historyKeys, historyTexts, sampledHistory, tail, wandbConfig } from './history.ts';
import {
  agentStorageId,
  dateTime,
  entityStorageId,
  fileStorageId,
  projectStorageId,
  runStorageId,
  sweepStorageId,
  userStorageId,
} from './ids.ts';
import { logLines } from './log-lines.ts';
import { listRuns, sweepOnly } from './run-filter.ts';
import { readTolerant } from './tolerant-json.ts';

type RunListArguments = PageArguments & { filters?: string | null; order?: string | null };

export function entityNode(name: string) {
  return { __typename: 'Entity', id: entityStorageId(name), name, isTeam: false, available: true, readOnly: false };
}

export function userNode(request: WandbRequest, userName: string) {
  const { entity } = request.service.settings;
  return {
    __typename: 'User',
    id: userStorageId(userName),
    name: userName,
    username: userName,
    email: `${userName}@localhost`,
    admin: request.actor.role === 'admin',
    flags: '{}',
    entity,
    apiKeys: { edges: [] },
    teams: () => ({ edges: [{ node: entityNode(entity) }] }),
    organizations: [],
  };
}

export function projectNode(request: WandbRequest, project: ProjectRow) {
  const { views } = request;
  const runsOf = (args: RunListArguments) => listRuns(views, runSelection(project.id, args.filters), args);
  const show = (ids: readonly number[]) => runsById(request, project, ids);
  return {
    __typename: 'Project',
    id: projectStorageId(project.id),
    internalId: String(project.id),
    name: project.name,
    entityName: project.entity,
    entity: entityNode(project.entity),
    access: 'PRIVATE',
    readOnly: false,
    isBenchmark: false,
    createdAt: dateTime(project.createdAt),
    run: ({ name }: { name: string }) => runByName(request, project, name),
    bucket: ({ name }: { name: string }) => runByName(request, project, name),
    runCount: (args: RunListArguments) => (args.filters ? runsOf(args).length : views.countProjectRuns(project.id)),
    runs: (args: RunListArguments) => connection(runsOf(args), args, show),
    buckets: (args: RunListArguments & { names?: string[] }) =>
      connection(
        runsOf(args.names ? { ...args, filters: JSON.stringify({ name: { $in: args.names } }) } : args),
        args,
        show,
      ),
    totalSweeps: () => views.sweeps(project.id).length,
    sweeps: (args: PageArguments) =>
      connection(views.sweeps(project.id), args, (sweeps) => sweeps.map((sweep) => sweepNode(request, project, sweep))),
    sweep: ({ sweepName }: { sweepName: string }) => {
      const sweep = views.sweep(sweepName);
      return sweep?.projectId === project.id ? sweepNode(request, project, sweep) : null;
    },
    artifact: null,
    artifactType: null,
    artifactCollection: null,
    artifactCollectionMembership: null,
    artifactTypes: () => connection([], {}, () => []),
    artifactCollections: () => connection([], {}, () => []),
    runQueues: [],
    allViews: () => connection([], {}, () => []),
  };
}

function runByName(request: WandbRequest, project: ProjectRow, name: string) {
  const run = request.views.run(project.id, name);
  return run === undefined ? null : runNode(request, project, run);
}

/** Runs of a list, read in one statement; null in the place of one that was deleted since the list was made. */
function runsById(request: WandbRequest, project: ProjectRow, ids: readonly number[]): (RunNode | null)[] {
  const found = new Map(request.views.runsByIds(ids).map((run) => [run.id, run]));
  return ids.map((id) => {
    const run = found.get(id);
    return run === undefined ? null : runNode(request, project, run);
  });
}

/** Lets the index do the work of the commonest filter, one sweep's runs; the filter itself still decides. */
function runSelection(projectId: number, filters: string | null | undefined) {
  const sweepId = sweepOnly(filters);
  return sweepId === undefined ? { projectId } : { projectId, sweepId };
}

export function sweepNode(request: WandbRequest, project: ProjectRow, sweep: SweepRow) {
  const { views } = request;
  const runs = (args: RunListArguments) =>
    connection(listRuns(views, { sweepId: sweep.id }, args), args, (ids) => runsById(request, project, ids));
  return {
    __typename: 'Sweep',
    id: sweepStorageId(sweep.id),
    name: sweep.id,
    displayName: sweep.displayName,
    method: sweep.method,
    state: sweep.state.toUpperCase(),
    description: sweep.description,
    config: sweep.config,
    createdAt: dateTime(sweep.createdAt),
    updatedAt: dateTime(sweep.updatedAt),
    heartbeatAt: dateTime(sweep.heartbeatAt ?? sweep.createdAt),
    earlyStopJobRunning: false,
    bestLoss: () => views.bestValue(sweep.id, sweep.metricGoal),
    controller: sweep.controller,
    scheduler: schedulerText(sweep),
    priorRunsFilters: sweep.priorRunsFilters,
    runCount: () => views.countRuns(sweep.id),
    runCountExpected: expectedRuns(sweep),
    project: () => projectNode(request, project),
    agents: () =>
      connection(views.agents(sweep.id), {}, (agents) => {
        // Counted once for all of them: one by one each would walk through all runs of the sweep.
        let counts: Map<string, number> | undefined;
        const countOf = (agent: AgentRow) => {
          counts ??= views.runsPerAgent(sweep.id);
          return counts.get(agent.id) ?? 0;
        };
        return agents.map((agent) => agentNode(request, project, agent, countOf));
      }),
    agent: ({ agentName }: { agentName: string }) => {
      const agent = views.agents(sweep.id).find((one) => one.name === agentName || one.id === agentName);
      return agent === undefined ? null : agentNode(request, project, agent);
    },
    runs,
  };
}

/** A grid's size or run_cap, the smaller; null for a search without end. GraphQL's Int has 32 bits: larger is left out. */
function expectedRuns(sweep: SweepRow): number | null {
  const sizes = [sweep.size === null ? null : Number(sweep.size), sweep.runCap].filter((size) => size !== null);
  const expected = sizes.length === 0 ? null : Math.min(...sizes);
  return expected !== null && expected < 2 ** 31 ? expected : null;
}

/** @param countOf how many runs the agent had, where that is known for many at once */
export function agentNode(
  request: WandbRequest,
  project: ProjectRow,
  agent: AgentRow,
  countOf?: (agent: AgentRow) => number,
) {
  const { views, service } = request;
  const alive = service.clock.now() - agent.heartbeatAt < service.settings.leaseMs;
  // The sweep too: it has an index, agents have none.
  const itsRuns = { agentId: agent.id, ...(agent.sweepId === null ? {} : { sweepId: agent.sweepId }) };
  return {
    __typename: 'Agent',
    id: agentStorageId(agent.id),
    name: agent.name,
    host: agent.host,
    state: alive ? 'RUNNING' : 'FINISHED',
    totalRuns: () => countOf?.(agent) ?? views.countSelected(itsRuns),
    createdAt: dateTime(agent.createdAt),
    heartbeatAt: dateTime(agent.heartbeatAt),
    runs: (args: PageArguments) =>
      connection(listRuns(views, itsRuns, {}), args, (ids) => runsById(request, project, ids)),
  };
}

/** What the fields of a run are made of: `runFields` says how. */
export interface RunNode {
  __typename: 'Run';
  request: WandbRequest;
  project: ProjectRow;
  run: RunRow;
}

export const runNode = (request: WandbRequest, project: ProjectRow, run: RunRow): RunNode => ({
  __typename: 'Run',
  request,
  project,
  run,
});

/**
 * The resolvers of the type Run. A table of a thousand runs asks for a few fields of each; an object with all of them, as other nodes are,
 * would be made for nothing.
 */
export const runFields = {
  id: ({ run }) => runStorageId(run.id),
  name: ({ run }) => run.name,
  displayName: ({ run }) => run.displayName,
  description: ({ run }) => run.notes,
  notes: ({ run }) => run.notes,
  state: ({ run }) => run.state,
  projectId: ({ project }) => String(project.id),
  project: ({ request, project }) => projectNode(request, project),
  sweepName: ({ run }) => run.sweepId,
  sweep: ({ request, project, run }) => {
    const sweep = run.sweepId === null ? undefined : request.views.sweep(run.sweepId);
    return sweep === undefined ? null : sweepNode(request, project, sweep);
  },
  config: ({ run }) => run.config,
  wandbConfig: ({ run }, { keys }: { keys: string[] }) => wandbConfig(run.config, keys),
  summaryMetrics: ({ run }) => run.summary,
  systemMetrics: ({ request, run }) => systemMetrics(request, run),
  // A run that begins anew starts to count at 0; what it had goes with its first line.
  historyLineCount: ({ run }) => (run.restarted ? 0 : run.historyLines),
  eventsLineCount: ({ run }) => (run.restarted ? 0 : run.eventsLines),
  logLineCount: ({ run }) => (run.restarted ? 0 : run.logLines),
  historyTail: ({ request, run }) => tail(request.views, run, 'history', run.historyLines),
  eventsTail: ({ request, run }) => tail(request.views, run, 'events', run.eventsLines),
  historyKeys: ({ request, run }) => historyKeys(request.views, run),
  history: ({ request, run }, args: { minStep?: number; maxStep?: number; samples?: number }) =>
    historyTexts(request.views, run, args),
  events: ({ request, run }, { samples }: { samples?: number }) => eventTexts(request.views, run, samples),
  sampledHistory: ({ request, run }, { specs }: { specs: string[] }) => sampledHistory(request.views, run, specs),
  parquetHistory: () => ({ parquetUrls: [], liveData: [] }),
  logLines: ({ request, run }, args: PageArguments) => logLines(request.views, run, args),
  exitcode: ({ run }) => run.exitCode,
  failed: ({ run }) => run.state === 'failed',
  stopped: ({ run }) => run.stopRequestedAt !== null || run.supersededAt !== null,
  running: ({ run }) => run.state === 'running',
  shouldStop: ({ run }) => run.stopRequestedAt !== null,
  group: ({ run }) => run.groupName,
  groupName: ({ run }) => run.groupName,
  jobType: ({ run }) => run.jobType,
  host: ({ run }) => run.host,
  commit: ({ run }) => run.gitCommit,
  github: ({ run }) => run.gitRemote,
  tags: ({ run }) => readTolerant(run.tags),
  readOnly: () => false,
  createdAt: ({ run }) => dateTime(run.createdAt),
  updatedAt: ({ run }) => dateTime(run.updatedAt),
  heartbeatAt: ({ run }) => dateTime(run.heartbeatAt),
  user: ({ request, run }) => userNode(request, run.userName),
  runInfo: ({ run }) => ({
    program: run.program,
    args: [],
    git: { remote: run.gitRemote, commit: run.gitCommit },
  }),
  fileCount: ({ request, run }) => request.views.files(run.id).length,
  files: ({ request, project, run }, args: PageArguments & { names?: string[]; pattern?: string }) => {
    const prefix = args.pattern?.replace(/%+$/, '');
    const found = request.views
      .files(run.id)
      .filter((file) => !args.names?.length || args.names.includes(file.name))
      .filter((file) => prefix === undefined || file.name.startsWith(prefix));
    return connection(found, args, (files) => files.map((file) => fileNode(request, project, run, file)));
  },
  outputArtifacts: () => connection([], {}, () => []),
  inputArtifacts: () => connection([], {}, () => []),
} satisfies Record<string, (node: RunNode, args: never) => unknown>;

function systemMetrics(request: WandbRequest, run: RunRow): string | null {
  const last = run.eventsLines === 0 ? [] : request.views.lines(run.id, 'events', run.eventsLines - 1, run.eventsLines);
  return last[0] ?? null;
}

function fileNode(request: WandbRequest, project: ProjectRow, run: RunRow, file: FileRow) {
  const { signer, service, baseUrl } = request;
  const path = [project.entity, project.name, run.name, ...file.name.split('/')].map(encodeURIComponent).join('/');
  return {
    __typename: 'File',
    id: fileStorageId(run.id, file.name),
    name: file.name,
    displayName: file.name,
    url: ({ upload }: { upload?: boolean | null }) =>
      upload ? uploadUrl(request, run.id, file.name) : `${baseUrl}/files/${path}`,
    directUrl: () =>
      `${baseUrl}/storage/${signer.sign({ runId: run.id, name: file.name, may: 'read' }, service.clock.now())}`,
    sizeBytes: file.sizeBytes,
    mimetype: file.mimetype,
    updatedAt: dateTime(file.updatedAt),
    md5: file.md5,
    digest: file.md5,
  };
}

export function uploadUrl(request: WandbRequest, runId: number, name: string): string {
  const { signer, service, baseUrl } = request;
  return `${baseUrl}/storage/${signer.sign({ runId, name, may: 'write' }, service.clock.now())}`;
}
