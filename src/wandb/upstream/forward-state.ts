/** The state that a run is in, said the way a program would have said it. */
import { isLive } from '../../domain/run.ts';
import { noteRun } from '../../service/forwarding.ts';
import { unlessRefused } from './client.ts';
import type { Forwarded, Upstream } from './context.ts';
import { runStateMutation, stopRunMutation } from './documents.ts';

/** W&B's client reports a stop with this exit code. */
const stoppedExitCode = 255;

/**
 * To be called when upstream has all of the run's lines: an end is the last that a program says.
 * @param hasPosted something was sent: that may have brought a lost run back to life there, so its end is said again
 * @throws UpstreamError
 */
export async function forwardState(
  upstream: Upstream,
  { run, noted, storageId, place }: Forwarded,
  hasPosted: boolean,
): Promise<void> {
  const { client, service } = upstream;
  const { state } = run;
  const isSaid = noted.sentState === state && (!hasPosted || isLive(state));
  if (isSaid || state === 'pending') return;
  const post = (body: object) => client.fileStream({ ...place, run: run.name }, JSON.stringify(body));
  const complete = (exitcode: number) => post({ complete: true, exitcode });
  if (state === 'running') await post({});
  else if (state === 'preempting') await post({ preempting: true });
  else if (state === 'finished') await complete(0);
  else if (state === 'failed') await complete(run.exitCode || 1);
  else if (state === 'preempted') {
    await post({ preempting: true });
    await complete(run.exitCode || 1);
  } else if (state === 'killed') {
    // Only a run that is alive can be stopped, and only a stopped one ends killed.
    await post({});
    await client.graphql(stopRunMutation, { id: storageId });
    await complete(stoppedExitCode);
  } else await sayCrashed(upstream, storageId, post);
  await noteRun(service, run.id, { sentState: state });
}

/** A server that lets nobody say so finds it out by itself: nothing arrives any more. */
async function sayCrashed(
  { client }: Upstream,
  storageId: string,
  post: (body: object) => Promise<void>,
): Promise<void> {
  await post({});
  await unlessRefused(client.graphql(runStateMutation, { id: storageId, state: 'crashed' }));
}

/** A run that is alive and silent is kept alive upstream, too. @throws UpstreamError */
export async function keepAlive({ client, views }: Upstream, runId: number, noted: string): Promise<void> {
  const run = views.runById(runId);
  if (run === undefined || !isLive(run.state)) return;
  const slash = noted.indexOf('/');
  const place = { entity: noted.slice(0, slash), project: noted.slice(slash + 1) };
  await client.fileStream({ ...place, run: run.name }, '{}');
}
