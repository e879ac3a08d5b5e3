/** One run: its state, parameters, summary and where it stands in its sweep. */
import type { ProjectRow, RunRow } from '../../store/views/views.ts';
import type { HttpRoom } from '../room.ts';
import { type Html, html } from './html.ts';
import { duration, fact, link, number, page, path, stateMark } from './layout.ts';
import { parametersOf, summaryOf } from './read-run.ts';

export function runPage(room: HttpRoom, project: ProjectRow, run: RunRow): Html {
  const now = room.service.clock.now();
  const took = run.begunAt === null ? null : (run.endedAt ?? now) - run.begunAt;
  const predecessor = run.predecessorId === null ? undefined : room.views.runById(run.predecessorId);
  const decisions = room.views
    .decisions(run.id)
    .map(({ rule, rung, text }): [string, string] => [rung === 0 ? rule : `${rule}, step ${rung}`, text]);
  const runs = (name: string) => path(project.entity, project.name, 'runs', name);
  const content = html`<h1>${run.displayName}</h1>
<div class="facts">${fact('state', html`${stateMark(run.state)}${run.stopReason === null ? null : html` <span class="muted">${run.stopReason}</span>`}`)}
${run.sweepId === null ? null : fact('sweep', link(path(project.entity, project.name, 'sweeps', run.sweepId), run.sweepId))}
${run.number === null ? null : fact('number in sweep', run.number)}
${run.attempt === 1 ? null : fact('attempt', html`${run.attempt}${predecessor === undefined ? null : html` after ${link(runs(predecessor.name), predecessor.displayName)}`}`)}
${fact('rows', run.historyLines)}${fact('exit code', run.exitCode)}${fact('time', duration(took))}${fact('host', run.host)}</div>
<h2>Parameters</h2>${table(parametersOf(run), 'This run has no parameters.')}
<h2>Summary</h2>${table(summaryOf(run), 'This run has not logged a value yet.')}
${decisions.length === 0 ? null : html`<h2>Early stopping</h2>${table(decisions, '')}`}
<h2>Files</h2>${table(
    room.views.files(run.id).map((file) => [file.name, `${file.sizeBytes} bytes`]),
    'No files.',
  )}`;
  const crumbs = [
    { name: `${project.entity} / ${project.name}`, href: path(project.entity, project.name) },
    { name: run.name, href: runs(run.name) },
  ];
  return page(run.displayName, crumbs, content, run.endedAt === null ? 5 : undefined);
}

function table(rows: readonly (readonly [string, unknown])[], empty: string): Html {
  if (rows.length === 0) return html`<p class="muted">${empty}</p>`;
  return html`<div class="scroll"><table><tbody>${rows.map(([name, value]) => html`<tr><th>${name}</th><td>${number(value)}</td></tr>`)}</tbody></table></div>`;
}
