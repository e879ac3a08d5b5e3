/** Mutations on sweeps and agents. */
import { notFound, type Problem } from '../domain/errors.ts';
import { writeJson } from '../domain/json.ts';
import { type AgentCommand, agentHeartbeat } from '../service/agent-heartbeat.ts';
import { registerAgent } from '../service/agents.ts';
import { createSweep, place } from '../service/create-sweep.ts';
import { configOf } from '../service/sweep-config.ts';
import { wireParameters } from '../service/take-suggestion.ts';
import { deleteSweep, updateSweep } from '../service/update-sweep.ts';
import type { SweepRow } from '../store/views/views.ts';
import type { WandbRequest } from './context.ts';
import { agentIdOf, sweepIdOf } from './ids.ts';
import { agentNode, sweepNode } from './nodes.ts';
import { softRefusal } from './soft-refusal.ts';
import { readObject } from './tolerant-json.ts';

interface UpsertSweepInput {
  id?: string | null;
  config?: string | null;
  description?: string | null;
  entityName?: string | null;
  projectName?: string | null;
  controller?: string | null;
  scheduler?: string | null;
  state?: string | null;
  priorRunsFilters?: string | null;
  displayName?: string | null;
}

export const sweepMutations = {
  /** The client retries five documents on any error, so everything is validated before anything is stored. */
  upsertSweep: async ({ input }: { input: UpsertSweepInput }, request: WandbRequest) => {
    const { service, actor } = request;
    const id = input.id ? sweepIdOf(input.id) : null;
    const stored =
      id === null
        ? await createSweep(service, actor, {
            config: input.config ?? '',
            entity: input.entityName ?? null,
            project: input.projectName ?? null,
            displayName: input.displayName ?? null,
            description: input.description ?? null,
            controller: input.controller ?? null,
            scheduler: input.scheduler ?? null,
            priorRunsFilters: input.priorRunsFilters ?? null,
            allowViolations: true,
          })
        : await updateSweep(service, { ...input, id, allowViolations: true });
    return {
      sweep: shown(request, stored.sweep),
      inserted: id === null,
      configValidationWarnings: [...stored.violations, ...stored.warnings].map(sentence),
    };
  },

  deleteSweep: async ({ input }: { input: { id: string } }, request: WandbRequest) => {
    await deleteSweep(request.service, sweepIdOf(input.id));
    return { success: true };
  },

  enqueueSweepRun: () => {
    throw softRefusal('queueing single runs of a sweep is not supported by this server');
  },

  createAgent: async (
    { input }: { input: { host: string; sweep: string; projectName?: string | null; entityName?: string | null } },
    request: WandbRequest,
  ) => {
    const sweep = request.views.sweep(sweepIdOf(input.sweep));
    if (sweep === undefined) throw notFound('sweep', input.sweep);
    const agent = await registerAgent(request.service, request.actor, { sweepId: sweep.id, host: input.host });
    return { agent: agentNode(request, projectOf(request, sweep), agent) };
  },

  agentHeartbeat: async (
    { input }: { input: { id: string; runState?: string | null; metrics?: string | null } },
    request: WandbRequest,
  ) => {
    const runState = readObject(input.runState);
    const alive = new Set(Object.keys(runState).filter((name) => runState[name]));
    const { agent, command } = await agentHeartbeat(request.service, agentIdOf(input.id), alive);
    const sweep = agent.sweepId === null ? undefined : request.views.sweep(agent.sweepId);
    return {
      agent: sweep === undefined ? null : agentNode(request, projectOf(request, sweep), agent),
      commands: command === null || sweep === undefined ? '[]' : `[${commandText(command, sweep)}]`,
    };
  },
};

/** One command a heartbeat: the function agent obeys the first of a list only. */
function commandText(command: AgentCommand, sweep: SweepRow): string {
  if (command.type === 'exit') return '{"type":"exit"}';
  const runId = JSON.stringify(command.run.name);
  if (command.type === 'stop') return `{"type":"stop","run_id":${runId}}`;
  const program = writeJson(configOf(sweep).program);
  return `{"type":"${command.type}","run_id":${runId},"program":${program},"args":${wireParameters(command.parameters)},"logs":[]}`;
}

const sentence = (problem: Problem) => `${place(problem)}${problem.message}`;

function projectOf(request: WandbRequest, sweep: SweepRow) {
  const project = request.views.projectById(sweep.projectId);
  if (project === undefined) throw new Error(`Sweep ${sweep.id} has no project.`);
  return project;
}

const shown = (request: WandbRequest, sweep: SweepRow) => sweepNode(request, projectOf(request, sweep), sweep);
