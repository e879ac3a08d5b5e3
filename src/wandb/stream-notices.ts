/**
 * What is odd about a post's line numbers. All of it is kept (a line is what the last arrival wrote), but not in silence: a gap may never
 * be filled, and a history line that changes was counted on by somebody. The console's lines are written anew all the time.
 */
import type { Report } from '../service/ingest.ts';
import type { RunRow, Views } from '../store/views/views.ts';

/** To be asked before the report is stored. @returns sentences, none for the usual post */
export function streamNotices(views: Views, run: RunRow, report: Report): string[] {
  const notices: string[] = [];
  for (const stream of ['history', 'events'] as const) {
    const given = report[stream];
    if (given === undefined) continue;
    // What a run that begins anew had is dropped by this very post.
    const known = run.restarted ? 0 : run[`${stream}Lines`];
    if (given.offset > known) notices.push(`${stream}: lines ${known} to ${given.offset - 1} have not arrived`);
    const overlap = Math.min(known - given.offset, given.lines.length);
    if (overlap <= 0) continue;
    const before = views.lines(run.id, stream, given.offset, given.offset + overlap);
    const changed = before.filter((line, i) => line !== undefined && line !== given.lines[i]).length;
    if (changed > 0) {
      const to = given.offset + overlap - 1;
      notices.push(`${stream}: ${changed} of the lines ${given.offset} to ${to} were there with other contents`);
    }
  }
  return notices;
}
