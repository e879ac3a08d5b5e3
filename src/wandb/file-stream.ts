/** `file_stream`: one POST carries any of a run's streams, a sign of life, and with the last one its exit code. */
import type { Report } from '../service/ingest.ts';
import type { RunRow } from '../store/views/views.ts';

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

/** How many lines of each stream a run has. */
export type KnownLines = Pick<RunRow, 'historyLines' | 'eventsLines' | 'logLines'>;

/**
 * How far behind the last known line a post may begin. The client numbers its lines by itself and never leaves a gap, but it goes
 * on from its own count where this server's data is older (a backup that was restored). A run of a million lines is among the
 * longest; what lies beyond is a mistake.
 */
const farthestGap = 1_000_000;
/** Counts of lines are GraphQL's 32-bit integers. */
const mostLines = 2 ** 31 - 1;

/**
 * @returns the report, and what of the post cannot be kept, in words. That is no error: the client would give up the whole
 * stream of the run. The client's `uploaded` and `dropped` are of no use here
 */
export function reportOf(body: FileStreamBody, known: KnownLines): { report: Report; refused: string[] } {
  const files = body.files ?? {};
  const report: Report = {};
  const refused: string[] = [];
  const take = (stream: 'history' | 'events' | 'log', name: string) => {
    const chunk = files[name];
    if (chunk == null || !Array.isArray(chunk.content) || chunk.content.length === 0) return;
    const { offset = 0 } = chunk;
    const problem = offsetProblem(offset, chunk.content.length, known[`${stream}Lines`]);
    if (problem === null) report[stream] = { offset: offset as number, lines: chunk.content.map(lineOf) };
    else refused.push(`${name}: offset ${JSON.stringify(offset)?.slice(0, 40)} ${problem}`);
  };
  take('history', 'wandb-history.jsonl');
  take('events', 'wandb-events.jsonl');
  take('log', 'output.log');
  const summary = files['wandb-summary.json']?.content;
  if (Array.isArray(summary) && summary.length > 0) report.summary = lineOf(summary.at(-1));
  if (body.preempting === true) report.preempting = true;
  if (body.complete === true) report.exitCode = typeof body.exitcode === 'number' ? body.exitcode : 0;
  return { report, refused };
}

/** What is wrong with the number of a post's first line, or null. */
function offsetProblem(offset: unknown, count: number, known: number): string | null {
  if (typeof offset !== 'number' || !Number.isInteger(offset) || offset < 0) return 'is no integer of 0 or more';
  if (offset > known + farthestGap) return `lies more than ${farthestGap} lines beyond the ${known} known ones`;
  return offset + count > mostLines ? `goes beyond the most lines that a stream may have, ${mostLines}` : null;
}

/**
 * A line is a text; whatever else was sent is kept as the JSON that it was, since an error would only be sent again. The client
 * ends a line with a feed in some streams and not in others; the feed is no part of the line.
 */
function lineOf(given: unknown): string {
  const line = typeof given === 'string' ? given : JSON.stringify(given);
  return line.endsWith('\n') ? line.replace(/\r?\n$/, '') : line;
}
