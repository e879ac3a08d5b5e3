/**
 * One run, from where its forwarding stands to where it is now: its fields, what arrived for its streams in the order of arrival, its
 * alerts and files, and last the state it is in. Each step is noted when upstream has it; a step that is done once more changes
 * nothing there, since lines are set by their number and all else replaces itself.
 */
import { isLive } from '../../domain/run.ts';
import { noteRun } from '../../service/forwarding.ts';
import type { ForwardedRunRow, RunRow } from '../../store/views/views.ts';
import { UpstreamError } from './client.ts';
import { type Forwarded, fingerprint, type Place, placeOf, placeText, type Upstream } from './context.ts';
import { alertMutation, findRunQuery, upsertBucketMutation } from './documents.ts';
import { forwardFiles } from './forward-files.ts';
import { forwardState } from './forward-state.ts';
import { forwardStreams } from './forward-streams.ts';
import { forwardSweep } from './forward-sweep.ts';
import type { Destination } from './policy.ts';

interface UpsertBucketAnswer {
  upsertBucket: { bucket: { id: string } | null } | null;
}

/** Changes of the same millisecond as one that was seen could hide behind it. */
const settledAfterMs = 1_000;

/** @throws UpstreamError; what was done until then is noted */
export async function forwardRun(upstream: Upstream, runId: number): Promise<void> {
  const { service, views, policy } = upstream;
  const run = views.runById(runId);
  const project = run === undefined ? undefined : views.projectById(run.projectId);
  if (run === undefined || project === undefined) return;
  if (run.begunAt === null && run.endedAt === null) return;
  const noted = service.store.forwarding.run(runId);
  if (noted?.refused != null) return;
  const wanted = policy.destinationOf(project);
  if (wanted !== null) {
    const forwarded = await forwardFields(upstream, run, noted, wanted);
    const sentLines = await forwardStreams(upstream, forwarded);
    await forwardAlerts(upstream, forwarded);
    const sentFiles = await forwardFiles(upstream, forwarded);
    await forwardState(upstream, forwarded, sentLines || sentFiles);
  }
  if (service.clock.now() - run.updatedAt >= settledAfterMs) await noteRun(service, runId, { seenAt: run.updatedAt });
}

/** Makes the run upstream, has it begin again where it did here, and brings name, config, tags and the like up to date. */
async function forwardFields(
  upstream: Upstream,
  run: RunRow,
  noted: ForwardedRunRow | undefined,
  wanted: Destination,
): Promise<Forwarded> {
  const { service, client } = upstream;
  const place = placeOf(upstream, noted?.destination, wanted);
  const fields = await fieldsOf(upstream, run, wanted);
  const sentFields = fingerprint(fields);
  let storageId = noted?.storageId ?? (await findRun(upstream, place, run.name));
  const isNew = storageId === null;
  const sentState = noted?.sentState ?? null;
  const cleared = noted !== undefined && noted.generation !== run.generation;
  // An ended run goes on: upstream must know before more of it arrives.
  const resumed = sentState !== null && sentState !== run.state && hasEnded(sentState);
  if (cleared && storageId !== null) await endUpstream(upstream, place, run);
  if (isNew || cleared || resumed || noted?.sentFields !== sentFields) {
    const begins = isNew || cleared || resumed;
    const { upsertBucket } = await client.graphql<UpsertBucketAnswer>(upsertBucketMutation, {
      // Without its id a run that ended begins anew: what it had is dropped with the first line that arrives.
      id: cleared ? null : storageId,
      name: run.name,
      entity: place.entity,
      project: place.project,
      ...fields,
      // Naming a host is what says that the program begins.
      host: begins ? (run.host ?? 'unknown') : null,
    });
    storageId = upsertBucket?.bucket?.id ?? storageId;
    if (storageId === null) throw new UpstreamError('unreachable', 'it made a run and did not say which', 500);
  }
  const changed: Partial<ForwardedRunRow> = { storageId, sentFields, destination: placeText(place) };
  changed.generation = run.generation;
  if (cleared) changed.sentSummary = null;
  if (cleared || resumed) changed.sentState = 'running';
  await noteRun(service, run.id, changed);
  const now = service.store.forwarding.run(run.id);
  if (now === undefined || storageId === null)
    throw new UpstreamError('unreachable', 'the run was deleted meanwhile', 500);
  return { run, noted: now, storageId, place };
}

async function fieldsOf(upstream: Upstream, run: RunRow, wanted: Destination) {
  return {
    sweep: await sweepOf(upstream, run, wanted),
    displayName: run.displayName,
    notes: run.notes,
    config: upstream.policy.runConfig(run.config),
    tags: JSON.parse(run.tags) as string[],
    groupName: run.groupName,
    jobType: run.jobType,
    commit: run.gitCommit,
    repo: run.gitRemote,
    program: run.program,
  };
}

/** @returns the short id there of the run's sweep. @throws UpstreamError `refused` where upstream would not have the sweep */
async function sweepOf(upstream: Upstream, run: RunRow, wanted: Destination): Promise<string | null> {
  const { service, views } = upstream;
  const sweep = run.sweepId === null ? undefined : views.sweep(run.sweepId);
  if (sweep === undefined) return null;
  const noted = service.store.forwarding.sweep(sweep.id);
  if (noted?.refused != null) throw new UpstreamError('refused', `its sweep was refused: ${noted.refused}`, 400);
  return noted?.upstreamId ?? forwardSweep(upstream, sweep, wanted);
}

/** A run may be there already: this server may have died between making it and noting it. */
async function findRun({ client }: Upstream, { entity, project }: Place, name: string): Promise<string | null> {
  const found = await client.graphql<{ project: { run: { id: string } | null } | null }>(findRunQuery, {
    entity,
    project,
    name,
  });
  return found.project?.run?.id ?? null;
}

function endUpstream({ client }: Upstream, place: Place, run: RunRow): Promise<void> {
  return client.fileStream({ ...place, run: run.name }, '{"complete":true,"exitcode":1}');
}

const hasEnded = (state: string): boolean => !isLive(state as RunRow['state']);

/** After a crash of this server between the two steps an alert may be told twice: W&B has no way to say which one it is. */
async function forwardAlerts(upstream: Upstream, { run, noted, place }: Forwarded): Promise<void> {
  const { service, client } = upstream;
  for (const alert of service.store.forwarding.alerts(run.id, noted.alert)) {
    await client.graphql(alertMutation, {
      ...place,
      run: run.name,
      title: alert.title,
      text: alert.text,
      severity: alert.level,
    });
    await noteRun(service, run.id, { alert: alert.id });
  }
}
