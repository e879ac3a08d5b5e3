/** A project's sweeps and latest runs; without a project, all sweeps of the server. */
import type { ProjectRow, SweepRow } from '../../store/views/views.ts';
import type { HttpRoom } from '../room.ts';
import { type Html, html } from './html.ts';
import { link, page, path, stateMark } from './layout.ts';

const shownRuns = 100;

export function projectPage(room: HttpRoom, project: ProjectRow | null): Html {
  const { views } = room;
  const sweeps = views.sweeps(project?.id);
  const title = project === null ? 'Sweeps' : `${project.entity} / ${project.name}`;
  const crumbs = project === null ? [] : [{ name: title, href: path(project.entity, project.name) }];
  const content = html`<h1>${title}</h1>${sweepsTable(room, sweeps)}${project === null ? null : html`<h2>Latest runs</h2>${runsTable(room, project)}`}`;
  return page(title, crumbs, content, sweeps.some((sweep) => sweep.state === 'running') ? 10 : undefined);
}

function sweepsTable(room: HttpRoom, sweeps: readonly SweepRow[]): Html {
  if (sweeps.length === 0) {
    return html`<p class="muted">No sweep yet. Create one with <code>wandb sweep sweep.yaml</code>; <code>sweepd env</code> prints the two variables that point the client here.</p>`;
  }
  const rows = sweeps.map((sweep) => {
    const project = room.views.projectById(sweep.projectId);
    if (project === undefined) return null;
    return html`<tr><td>${link(path(project.entity, project.name, 'sweeps', sweep.id), sweep.displayName ?? sweep.id)}</td><td>${project.name}</td><td>${stateMark(sweep.state)}</td>
<td>${sweep.method}</td><td class="number">${room.views.countRuns(sweep.id)}</td><td>${new Date(sweep.createdAt).toISOString().slice(0, 16).replace('T', ' ')}</td></tr>`;
  });
  return html`<div class="scroll"><table><thead><tr><th>sweep</th><th>project</th><th>state</th><th>method</th><th class="number">runs</th><th>created (UTC)</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

function runsTable(room: HttpRoom, project: ProjectRow): Html {
  const runs = room.views.runs({ projectId: project.id }).slice(-shownRuns).reverse();
  if (runs.length === 0) return html`<p class="muted">No run yet.</p>`;
  const rows = runs.map(
    (run) =>
      html`<tr><td>${link(path(project.entity, project.name, 'runs', run.name), run.displayName)}</td><td>${stateMark(run.state)}</td><td>${run.sweepId}</td><td class="number">${run.historyLines}</td></tr>`,
  );
  return html`<div class="scroll"><table><thead><tr><th>run</th><th>state</th><th>sweep</th><th class="number">rows</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}
