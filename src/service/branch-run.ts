/**
 * Runs that begin in the middle of another's history: a fork is a new run with a copy of the first rows, a rewind cuts a run's own
 * rows off. The program goes on from there.
 */
import { invalidInput } from '../domain/errors.ts';
import { layOver } from '../domain/lines.ts';
import type { RunRow, Stream } from '../store/schema.ts';
import type { Unit } from '../store/writer.ts';
import type { Service } from './context.ts';
import { applyReport, clearRun } from './ingest.ts';

/** Up to and with which `_step` of which run. */
export interface BranchPoint {
  run: string;
  step: number;
}

const linesAtOnce = 1_000;

/** @throws SweepdError `unknown_run` where the project has no such run to fork */
export function forkSource(service: Service, projectId: number, point: BranchPoint): RunRow {
  const source = service.store.runs.byName(projectId, point.run);
  if (source === undefined) {
    throw invalidInput('unknown_run', `There is no run "${point.run}" in this project to fork from.`);
  }
  return source;
}

/** Copies the source's rows into a run that has none, inside the unit that made it. */
export function copyRows(
  service: Service,
  unit: Unit,
  source: RunRow,
  step: number,
  into: RunRow,
  now: number,
): RunRow {
  return addRows(service, unit, into, rowsThrough(service, source, step), now);
}

/**
 * Drops every row of the run behind the step, inside a unit of its own.
 * @throws SweepdError `unknown_run`
 */
export function rewindRun(
  service: Service,
  entity: string | null,
  project: string | null,
  point: BranchPoint,
): Promise<RunRow> {
  const { store, settings } = service;
  return store.writer.write((unit) => {
    const now = service.clock.now();
    const home = store.projects.find(entity || settings.entity, project || 'uncategorized');
    const run = home === undefined ? undefined : store.runs.byName(home.id, point.run);
    if (run === undefined) throw invalidInput('unknown_run', `There is no run "${point.run}" to rewind.`);
    const kept = rowsThrough(service, run, point.step);
    const { summary, logLines, eventsLines } = run;
    const others = (['log', 'events'] as const).map((stream) => ({ stream, lines: linesOf(service, run, stream) }));
    let rewound = clearRun(service, run);
    for (const { stream, lines } of others) {
      for (const piece of lines) store.streams.append(run.id, stream, piece.offset, piece.lines);
    }
    rewound = store.runs.update(run.id, { summary, logLines, eventsLines }) ?? rewound;
    return addRows(service, unit, rewound, kept, now);
  });
}

// In a JSON text a key inside a string has its quotes escaped, so this finds keys only; nested ones are never called `_step`.
const stepKey = /"_step"\s*:\s*(\d+)/;

function rowsThrough(service: Service, run: RunRow, step: number): string[] {
  const rows = service.store.streams.written(run.id, 'history').map(({ text }) => text);
  return rows.filter((text) => {
    const at = stepKey.exec(text)?.[1];
    return at === undefined || Number(at) <= step;
  });
}

const linesOf = (service: Service, run: RunRow, stream: Stream) =>
  layOver(service.store.streams.written(run.id, stream).map(({ line, text }) => ({ offset: line, lines: [text] })));

function addRows(service: Service, unit: Unit, run: RunRow, rows: readonly string[], now: number): RunRow {
  let added = run;
  for (let offset = 0; offset < rows.length; offset += linesAtOnce) {
    const lines = rows.slice(offset, offset + linesAtOnce);
    added = applyReport(service, unit, added, { history: { offset, lines } }, now).run;
  }
  return added;
}
