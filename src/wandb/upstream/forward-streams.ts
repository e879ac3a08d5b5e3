/**
 * A run's lines behind their cursors. Arrivals are read in order and laid over each other as they were here, so that a progress bar
 * that was written a thousand times is one line; what results is sent in pieces without gaps, and the cursors move when all of it is
 * there.
 */
import { layOver } from '../../domain/lines.ts';
import { noteRun } from '../../service/forwarding.ts';
import type { Stream } from '../../store/views/views.ts';
import { type Forwarded, fingerprint, type Upstream } from './context.ts';

const streams = [
  ['history', 'wandb-history.jsonl'],
  ['events', 'wandb-events.jsonl'],
  ['log', 'output.log'],
] as const satisfies readonly (readonly [Stream, string])[];

/** Far below the 10 MiB that W&B takes in a post. */
const mostChars = 1024 * 1024;

/** @returns whether there was anything to send. @throws UpstreamError */
export async function forwardStreams(upstream: Upstream, { run, noted, place }: Forwarded): Promise<boolean> {
  const { service, client, policy, views } = upstream;
  const { forwarding } = service.store;
  const cursors = { history: noted.history, events: noted.events, log: noted.log };
  let sentSummary = noted.sentSummary;
  for (let sent = false; ; sent = true) {
    const summary = policy.metrics(views.runById(run.id)?.summary ?? run.summary);
    const summaryMark = fingerprint(summary);
    const moved: Partial<typeof cursors> = {};
    const posts: Record<string, unknown>[] = [];
    const add = (i: number, file: string, offset: number, content: string[]) => {
      posts[i] = { ...posts[i], [file]: { offset, content } };
    };
    for (const [stream, file] of streams) {
      const arrivals = forwarding.arrivals(run.id, stream, cursors[stream], mostChars);
      const last = arrivals.at(-1);
      if (last === undefined) continue;
      moved[stream] = last.id;
      const change = stream === 'history' ? policy.metrics : (line: string) => line;
      for (const [i, { offset, lines }] of layOver(arrivals).entries()) add(i, file, offset, lines.map(change));
    }
    const isNews = summaryMark !== sentSummary && !(summary === '{}' && sentSummary === null);
    if (isNews) add(0, 'wandb-summary.json', 0, [summary]);
    if (posts.length === 0) return sent;
    for (const files of posts) await client.fileStream({ ...place, run: run.name }, JSON.stringify({ files }));
    Object.assign(cursors, moved);
    if (isNews) sentSummary = summaryMark;
    await noteRun(service, run.id, isNews ? { ...moved, sentSummary } : moved);
  }
}
