/**
 * The objects of the GraphQL schema, made from rows. Fields are plain values or functions of (arguments): graphql-js calls the
 * latter only where a document asks for them, so an expensive field costs nothing to those who do not want it.
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
  const show = (id: number) => runById(request, project, id);
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
      connection(views.sweeps(project.id), args, (sweep) => sweepNode(request, project, sweep)),
    sweep: ({ sweepName }: { sweepName: string }) => {
      const sweep = views.sweep(sweepName);
      return sweep?.projectId === project.id ? sweepNode(request, project, sweep) : null;
    },
    artifact: null,
    artifactType: null,
    artifactCollection: null,
    artifactCollectionMembership: null,
    artifactTypes: () => connection([], {}, String),
    artifactCollections: () => connection([], {}, String),
    runQueues: [],
    allViews: () => connection([], {}, String),
  };
}

function runByName(request: WandbRequest, project: ProjectRow, name: string) {
  const run = request.views.run(project.id, name);
  return run === undefined ? null : runNode(request, project, run);
}

/** A run of a list; null where it was deleted since the list was made. */
function runById(request: WandbRequest, project: ProjectRow, id: number) {
  const run = request.views.runById(id);
  return run === undefined ? null : runNode(request, project, run);
}

/** Lets the index do the work of the commonest filter, one sweep's runs; the filter itself still decides. */
function runSelection(projectId: number, filters: string | null | undefined) {
  const sweepId = sweepOnly(filters);
  return sweepId === undefined ? { projectId } : { projectId, sweepId };
}

export function sweepNode(request: WandbRequest, project: ProjectRow, sweep: SweepRow) {
  const { views } = request;
  const runs = (args: RunListArguments) =>
    connection(listRuns(views, { sweepId: sweep.id }, args), args, (id) => runById(request, project, id));
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
    agents: () => connection(views.agents(sweep.id), {}, (agent) => agentNode(request, project, agent)),
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

export function agentNode(request: WandbRequest, project: ProjectRow, agent: AgentRow) {
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
    totalRuns: () => views.countSelected(itsRuns),
    createdAt: dateTime(agent.createdAt),
    heartbeatAt: dateTime(agent.heartbeatAt),
    runs: (args: PageArguments) =>
      connection(listRuns(views, itsRuns, {}), args, (id) => runById(request, project, id)),
  };
}

export function runNode(request: WandbRequest, project: ProjectRow, run: RunRow) {
  const { views } = request;
  return {
    __typename: 'Run',
    id: runStorageId(run.id),
    name: run.name,
    displayName: run.displayName,
    description: run.notes,
    notes: run.notes,
    state: run.state,
    projectId: String(project.id),
    project: () => projectNode(request, project),
    sweepName: run.sweepId,
    sweep: () => {
      const sweep = run.sweepId === null ? undefined : views.sweep(run.sweepId);
      return sweep === undefined ? null : sweepNode(request, project, sweep);
    },
    config: run.config,
    wandbConfig: ({ keys }: { keys: string[] }) => wandbConfig(run.config, keys),
    summaryMetrics: run.summary,
    systemMetrics: () => systemMetrics(request, run),
    // A run that begins anew starts to count at 0; what it had goes with its first line.
    historyLineCount: run.restarted ? 0 : run.historyLines,
    eventsLineCount: run.restarted ? 0 : run.eventsLines,
    logLineCount: run.restarted ? 0 : run.logLines,
    historyTail: () => tail(views, run, 'history', run.historyLines),
    eventsTail: () => tail(views, run, 'events', run.eventsLines),
    historyKeys: () => historyKeys(views, run),
    history: (args: { minStep?: number; maxStep?: number; samples?: number }) => historyTexts(views, run, args),
    events: ({ samples }: { samples?: number }) => eventTexts(views, run, samples),
    sampledHistory: ({ specs }: { specs: string[] }) => sampledHistory(views, run, specs),
    parquetHistory: { parquetUrls: [], liveData: [] },
    logLines: (args: PageArguments) => logLines(views, run, args),
    exitcode: run.exitCode,
    failed: run.state === 'failed',
    stopped: run.stopRequestedAt !== null || run.supersededAt !== null,
    running: run.state === 'running',
    shouldStop: run.stopRequestedAt !== null,
    group: run.groupName,
    groupName: run.groupName,
    jobType: run.jobType,
    host: run.host,
    commit: run.gitCommit,
    github: run.gitRemote,
    tags: readTolerant(run.tags),
    readOnly: false,
    createdAt: dateTime(run.createdAt),
    updatedAt: dateTime(run.updatedAt),
    heartbeatAt: dateTime(run.heartbeatAt),
    user: () => userNode(request, run.userName),
    runInfo: { program: run.program, args: [], git: { remote: run.gitRemote, commit: run.gitCommit } },
    fileCount: () => views.files(run.id).length,
    files: (args: PageArguments & { names?: string[]; pattern?: string }) => {
      const prefix = args.pattern?.replace(/%+$/, '');
      const found = views
        .files(run.id)
        .filter((file) => !args.names?.length || args.names.includes(file.name))
        .filter((file) => prefix === undefined || file.name.startsWith(prefix));
      return connection(found, args, (file) => fileNode(request, project, run, file));
    },
    outputArtifacts: () => connection([], {}, String),
    inputArtifacts: () => connection([], {}, String),
  };
}

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
