/** One sweep: how it goes, the best run so far, the runs, the config. */

import { configOf } from '../../service/sweep-config.ts';
import type { ProjectRow, RunRow, SweepRow } from '../../store/views/views.ts';
import type { HttpRoom } from '../room.ts';
import { type Html, html } from './html.ts';
import { duration, fact, link, number, page, path, stateMark } from './layout.ts';
import { summaryOf, sweptParametersOf } from './read-run.ts';

/** Above this the page lists the newest runs only. */
const shownRuns = 500;

export function sweepPage(room: HttpRoom, project: ProjectRow, sweep: SweepRow): Html {
  const runs = room.views.runs({ sweepId: sweep.id });
  const now = room.service.clock.now();
  const best = bestRun(runs, sweep);
  const names = sweptNames(sweep);
  const live = runs.filter((run) => run.state === 'running' || run.state === 'pending').length;
  const agents = room.views.agents(sweep.id).filter((agent) => now - agent.heartbeatAt < room.service.settings.leaseMs);
  const expected = expectedRuns(sweep);
  const title = sweep.displayName ?? sweep.id;
  const content = html`<h1>${title}</h1>
<div class="facts">
${fact('state', html`${stateMark(sweep.state)}${sweep.stateReason === null ? null : html` <span class="muted">${sweep.stateReason}</span>`}`)}
${fact('method', sweep.method)}
${fact('runs', expected === null ? runs.length : `${runs.length} of ${expected}`)}
${expected === null ? null : html`<div><span>progress</span><progress max="${expected}" value="${ended(runs)}">${ended(runs)} of ${expected}</progress></div>`}
${fact('running now', live)}
${fact('agents alive', agents.length)}
${sweep.metricName === null ? null : fact(`best ${sweep.metricName} (${sweep.metricGoal})`, best === undefined ? 'no value yet' : html`${number(best.bestValue)}`)}
${fact('time', duration((sweep.endedAt ?? now) - sweep.createdAt))}
</div>
${best === undefined ? null : html`<p>Best run: ${link(path(project.entity, project.name, 'runs', best.name), best.displayName)} with ${sweptParametersOf(best, names).map(([name, value], i) => html`${i === 0 ? '' : ', '}${name} <b>${number(value)}</b>`)}</p>`}
<h2>Runs</h2>${runsTable(project, sweep, runs, names, now)}
<h2>Run an agent</h2><pre>wandb agent ${project.entity}/${project.name}/${sweep.id}</pre>
<h2>Config</h2><pre>${sweep.config}</pre>`;
  const crumbs = [
    { name: `${project.entity} / ${project.name}`, href: path(project.entity, project.name) },
    { name: `sweep ${sweep.id}`, href: path(project.entity, project.name, 'sweeps', sweep.id) },
  ];
  return page(title, crumbs, content, sweep.state === 'running' || live > 0 ? 5 : undefined);
}

/** Top-level names of the parameters that differ between runs. */
function sweptNames(sweep: SweepRow): string[] {
  const searched = configOf(sweep).space.parameters.filter((parameter) => parameter.distribution.kind !== 'constant');
  return [...new Set(searched.map((parameter) => parameter.path[0] ?? ''))];
}

function bestRun(runs: readonly RunRow[], sweep: SweepRow): RunRow | undefined {
  const sign = sweep.metricGoal === 'maximize' ? -1 : 1;
  return runs
    .filter((run) => run.bestValue !== null)
    .sort((a, b) => sign * ((a.bestValue ?? 0) - (b.bestValue ?? 0)))
    .at(0);
}

function expectedRuns(sweep: SweepRow): string | null {
  const size = sweep.size === null ? null : BigInt(sweep.size);
  const cap = sweep.runCap === null ? null : BigInt(sweep.runCap);
  if (size === null || cap === null) return (size ?? cap)?.toString() ?? null;
  return (size < cap ? size : cap).toString();
}

const ended = (runs: readonly RunRow[]) =>
  runs.filter((run) => run.endedAt !== null && run.supersededAt === null).length;

function runsTable(
  project: ProjectRow,
  sweep: SweepRow,
  all: readonly RunRow[],
  names: readonly string[],
  now: number,
): Html {
  if (all.length === 0) return html`<p class="muted">No run yet: start an agent with the command below.</p>`;
  const runs = all.slice(-shownRuns).reverse();
  const rows = runs.map((run) => {
    const parameters = new Map(sweptParametersOf(run, names));
    const summary = new Map(summaryOf(run));
    const took = run.begunAt === null ? null : (run.endedAt ?? now) - run.begunAt;
    return html`<tr><td>${link(path(project.entity, project.name, 'runs', run.name), run.displayName)}</td><td>${stateMark(run.state)}</td>
${sweep.metricName === null ? null : html`<td class="number">${number(run.bestValue)}</td><td class="number">${number(summary.get(sweep.metricName))}</td>`}
${names.map((name) => html`<td class="number">${number(parameters.get(name))}</td>`)}<td class="number">${run.historyLines}</td><td class="number">${duration(took)}</td></tr>`;
  });
  return html`${all.length > shownRuns ? html`<p class="muted">The newest ${shownRuns} of ${all.length} runs.</p>` : null}
<div class="scroll"><table><thead><tr><th>run</th><th>state</th>${sweep.metricName === null ? null : html`<th class="number">best</th><th class="number">last</th>`}
${names.map((name) => html`<th class="number">${name}</th>`)}<th class="number">rows</th><th class="number">time</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}
