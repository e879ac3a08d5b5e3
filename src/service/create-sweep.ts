/** A sweep from a config: validated as a whole, stored in one transaction, so that nothing refused leaves a trace. */
import { invalidInput, type Problem } from '../domain/errors.ts';
import { defaultPool } from '../domain/share.ts';
import { gridSize, type ParseResult, parseSweepConfig, type SweepConfig } from '../space/index.ts';
import type { SweepRow } from '../store/schema.ts';
import type { Actor, Service } from './context.ts';
import { offerPriorPoints, readPriors } from './priors.ts';
import { isModelBased } from './search-results.ts';

export interface CreateSweep {
  /** YAML or JSON text, kept as it came. */
  config: string;
  entity?: string | null;
  project?: string | null;
  displayName?: string | null;
  description?: string | null;
  controller?: string | null;
  scheduler?: string | null;
  priorRunsFilters?: string | null;
  /** What W&B's schema complains about but its server takes: the client passes it on as warnings, REST refuses it. */
  allowViolations: boolean;
}

export interface CreatedSweep {
  sweep: SweepRow;
  violations: Problem[];
  warnings: Problem[];
}

/** @throws SweepdError `invalid_config` with every problem found */
export async function createSweep(service: Service, actor: Actor, input: CreateSweep): Promise<CreatedSweep> {
  const parsed = parseSweepConfig(input.config);
  const config = acceptConfig(parsed, input.allowViolations);
  const { store, ids, settings } = service;
  const sweep = await store.writer.write((unit) => {
    const now = service.clock.now();
    const priors = readPriors(service, config);
    const project = store.projects.ensure(
      input.entity || config.entity || settings.entity,
      input.project || config.project || 'uncategorized',
      now,
    );
    const row = store.sweeps.insert({
      ...searchColumns(config),
      id: ids.short(),
      projectId: project.id,
      userName: actor.userName,
      displayName: input.displayName ?? config.name,
      description: input.description ?? config.description,
      state: 'running',
      config: input.config,
      seed: String(config.extensions.seed ?? Number.parseInt(ids.token().slice(0, 8), 16)),
      controller: input.controller ?? null,
      scheduler: input.scheduler ?? null,
      priorRunsFilters: input.priorRunsFilters ?? null,
      prior: priors.text,
      createdAt: now,
      updatedAt: now,
    });
    if (isModelBased(row)) offerPriorPoints(service, row, priors.toTry, now);
    unit.afterCommit(() => service.notify({ kind: 'sweep', sweepId: row.id }));
    return row;
  });
  return { sweep, violations: parsed.violations, warnings: parsed.warnings };
}

/** The columns that follow from the config. */
export function searchColumns(config: SweepConfig) {
  const size = gridSize(config);
  return {
    method: config.method,
    metricName: config.metric?.name ?? null,
    metricGoal: config.metric?.goal ?? null,
    runCap: config.runCap,
    isTimed: config.extensions.stop.some(
      ({ type }) => type === 'time_limit' || type === 'silence' || type === 'budget',
    ),
    pool: config.extensions.pool ?? defaultPool,
    size: size === null ? null : size.toString(),
  };
}

/** @throws SweepdError `invalid_config`: one text that names all problems, and the problems as data */
export function acceptConfig(parsed: ParseResult, allowViolations: boolean): SweepConfig {
  const refused = allowViolations ? parsed.errors : [...parsed.errors, ...parsed.violations];
  if (refused.length === 0 && parsed.config !== null) return parsed.config;
  const lines = refused.map((problem) => `${place(problem)}${problem.message}`);
  throw invalidInput('invalid_config', `Invalid sweep config: ${lines.join('\n')}`, refused);
}

export function place(problem: Problem): string {
  const where = problem.line === undefined ? '' : `line ${problem.line}, column ${problem.column ?? 1}: `;
  return problem.path === '' ? where : `${where}${problem.path}: `;
}
