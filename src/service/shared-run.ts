/**
 * A run that several processes write at once (W&B's shared mode). Each writer numbers its lines from 0, so its lines are given numbers of
 * the run in the order of their arrival; what a writer sends again, or writes anew, finds its place again. Each writer's summary has
 * its own keys only: they are merged.
 */
import { isObject, jsonObject, parseJson, writeJson } from '../domain/json.ts';
import type { Stream } from '../store/schema.ts';
import type { Service } from './context.ts';
import { applyReport, type Lines, type Report, type ReportAnswer } from './ingest.ts';

/**
 * @param writer which of the run's processes reports, by a name that it keeps
 * @returns null where the run does not exist
 */
export function ingestShared(
  service: Service,
  runId: number,
  writer: string,
  report: Report,
): Promise<ReportAnswer | null> {
  const { store } = service;
  return store.writer.write((unit) => {
    const now = service.clock.now();
    let run = store.runs.byId(runId);
    if (run === undefined) return null;
    // One of several begins later than the others: what they logged is no earlier attempt of its own.
    if (run.restarted) run = store.runs.update(run.id, { restarted: false }) ?? run;
    const parts: Report[] = (['history', 'events', 'log'] as const).flatMap((stream) =>
      place(service, runId, stream, writer, report[stream]).map((lines) => ({ [stream]: lines })),
    );
    const { history: _, events: __, log: ___, ...rest } = report;
    const last: Report = { ...rest };
    if (report.summary !== undefined) last.summary = mergeSummaries(run.summary, report.summary);
    let answer: ReportAnswer | undefined;
    for (const part of [...parts, last]) answer = applyReport(service, unit, answer?.run ?? run, part, now);
    return answer ?? null;
  });
}

/** The lines by their numbers in the run; consecutive ones together. */
function place(service: Service, runId: number, stream: Stream, writer: string, given: Lines | undefined): Lines[] {
  if (given === undefined || given.lines.length === 0) return [];
  const { writers } = service.store;
  const end = given.offset + given.lines.length;
  const placed: { offset: number; lines: string[] }[] = [];
  const put = (line: number, text: string) => {
    const open = placed.at(-1);
    if (open !== undefined && open.offset + open.lines.length === line) open.lines.push(text);
    else placed.push({ offset: line, lines: [text] });
  };
  const known = writers.segments(runId, stream, writer, given.offset, end);
  let next = writers.nextLine(runId, stream);
  let at = given.offset;
  const add = (to: number) => {
    if (at >= to) return;
    writers.add({ runId, stream, writer, offset: at, count: to - at, line: next });
    for (; at < to; at++) put(next++, given.lines[at - given.offset] ?? '');
  };
  for (const { offset, count, line } of known) {
    add(offset);
    for (; at < Math.min(end, offset + count); at++) put(line + at - offset, given.lines[at - given.offset] ?? '');
  }
  add(end);
  return placed;
}

/** The keys of both; where both have one, the newer. A summary that is no object replaces the other as it is. */
function mergeSummaries(before: string, after: string): string {
  try {
    const [old, fresh] = [parseJson(before), parseJson(after)];
    if (!isObject(old) || !isObject(fresh)) return after;
    return writeJson(jsonObject([...Object.entries(old), ...Object.entries(fresh)]));
  } catch {
    return after;
  }
}
