/** `file_stream`: one POST carries any of a run's streams, a sign of life, and with the last one its exit code. */
import type { Lines, Report } from '../service/ingest.ts';

interface Chunk {
  offset?: unknown;
  content?: unknown;
}

export interface FileStreamBody {
  files?: Record<string, Chunk | null> | null;
  complete?: unknown;
  exitcode?: unknown;
  preempting?: unknown;
}

/** @returns the report; the client's `uploaded` and `dropped` are of no use here */
export function reportOf(body: FileStreamBody): Report {
  const files = body.files ?? {};
  const report: Report = {};
  const history = linesOf(files['wandb-history.jsonl']);
  const events = linesOf(files['wandb-events.jsonl']);
  const log = linesOf(files['output.log']);
  const summary = linesOf(files['wandb-summary.json'])?.lines.at(-1);
  if (history) report.history = history;
  if (events) report.events = events;
  if (log) report.log = log;
  if (summary !== undefined) report.summary = summary;
  if (body.preempting === true) report.preempting = true;
  if (body.complete === true) report.exitCode = typeof body.exitcode === 'number' ? body.exitcode : 0;
  return report;
}

function linesOf(chunk: Chunk | null | undefined): Lines | undefined {
  if (chunk == null || !Array.isArray(chunk.content)) return undefined;
  const offset = typeof chunk.offset === 'number' && chunk.offset >= 0 ? Math.floor(chunk.offset) : 0;
  // The client ends a line with a feed in some streams and not in others; the feed is no part of the line.
  const lines = chunk.content.map((line) => textOf(line).replace(/\r?\n$/, ''));
  return lines.length === 0 ? undefined : { offset, lines };
}

/** A line is a text; whatever else was sent is kept as the JSON that it was, since an error would only be sent again. */
const textOf = (line: unknown): string => (typeof line === 'string' ? line : JSON.stringify(line));
