/**
 * A sweep as upstream shows it: the same config with a local controller, so that upstream's own scheduler hands nothing out, and without
 * the `sweepd:` key, which W&B calls a violation. Upstream chooses the sweep's id, and making one is not idempotent: a mark in the
 * description says which of our sweeps it stands for, and is looked for before a second one would be made.
 */
import { isObject, type JsonObject, jsonObject, writeJson } from '../../domain/json.ts';
import { noteSweep } from '../../service/forwarding.ts';
import { configOf } from '../../service/sweep-config.ts';
import type { SweepRow } from '../../store/views/views.ts';
import { UpstreamError, unlessRefused } from './client.ts';
import { fingerprint, type Place, placeOf, placeText, type Upstream } from './context.ts';
import { deleteSweepMutation, findSweepsQuery, upsertSweepMutation } from './documents.ts';
import type { Destination } from './policy.ts';

interface UpsertSweepAnswer {
  upsertSweep: { sweep: { id: string; name: string } | null } | null;
}

interface FindSweepsAnswer {
  project: {
    sweeps: {
      edges: { node: MarkedSweep & { description: string | null } }[];
      pageInfo: { endCursor: string | null; hasNextPage: boolean };
    } | null;
  } | null;
}

const markOf = (sweep: SweepRow) => `sweepd:${sweep.id}`;

/**
 * Makes the sweep upstream if it is not there, and brings config, name and description up to date.
 * @returns its short id there. @throws UpstreamError
 */
export function forwardSweep(upstream: Upstream, sweep: SweepRow, wanted: Destination): Promise<string> {
  // Several of its runs may ask at once, and one of them makes it.
  let making = upstream.sweepsUnderWay.get(sweep.id);
  if (making === undefined) {
    making = bringUpToDate(upstream, sweep, wanted).finally(() => upstream.sweepsUnderWay.delete(sweep.id));
    upstream.sweepsUnderWay.set(sweep.id, making);
  }
  return making;
}

async function bringUpToDate(upstream: Upstream, sweep: SweepRow, wanted: Destination): Promise<string> {
  const { service, client } = upstream;
  const noted = service.store.forwarding.sweep(sweep.id);
  const place = placeOf(upstream, noted?.destination, wanted);
  const content = contentOf(upstream, sweep);
  const sentConfig = fingerprint(content);
  if (noted?.upstreamId != null && noted.sentConfig === sentConfig) return noted.upstreamId;
  let known: { id: string; name: string } | null =
    noted?.storageId == null || noted.upstreamId == null ? null : { id: noted.storageId, name: noted.upstreamId };
  const isNew = known === null;
  known ??= (await findMarked(upstream, sweep, place)).at(-1) ?? null;
  const { upsertSweep } = await client.graphql<UpsertSweepAnswer>(upsertSweepMutation, {
    id: known?.id ?? null,
    ...content,
    entityName: place.entity,
    projectName: place.project,
    state: null,
  });
  let made: { id: string; name: string } | null | undefined = known ?? upsertSweep?.sweep;
  if (isNew) made = (await dropCopies(upstream, sweep, place, null)) ?? made;
  if (made == null) throw new UpstreamError('unreachable', 'it made a sweep and did not say which', 500);
  await noteSweep(service, sweep.id, {
    upstreamId: made.name,
    storageId: made.id,
    destination: placeText(place),
    sentConfig,
  });
  return made.name;
}

/**
 * Brings the state up to date: to be called when upstream has all of the sweep's runs, since a cancelled sweep would stop them there.
 * @throws UpstreamError
 */
export async function forwardSweepState(upstream: Upstream, sweep: SweepRow): Promise<void> {
  const { service, client } = upstream;
  const noted = service.store.forwarding.sweep(sweep.id);
  if (noted?.storageId == null) return;
  // A sweep is made running; pending is never set by hand.
  const sent = noted.sentState ?? 'running';
  const place = placeOf(upstream, noted.destination, { entity: null, project: '' });
  // A request to make the sweep that was given up for lost may have been done much later.
  await dropCopies(upstream, sweep, place, noted.storageId);
  const state = sweep.state === 'pending' ? 'running' : sweep.state;
  if (state !== sent) {
    await client.graphql<UpsertSweepAnswer>(upsertSweepMutation, {
      id: noted.storageId,
      state: state.toUpperCase(),
      entityName: place.entity,
      projectName: place.project,
    });
  }
  await noteSweep(service, sweep.id, { sentState: state, seenAt: sweep.updatedAt });
}

function contentOf(upstream: Upstream, sweep: SweepRow) {
  const { document } = configOf(sweep);
  const given = isObject(document ?? undefined) ? (document as JsonObject) : jsonObject();
  // The description holds the mark: one in the config would take its place.
  const kept = Object.entries(given).filter(([key]) => key !== 'sweepd' && key !== 'description');
  const config = upstream.policy.sweepConfig(jsonObject([...kept, ['controller', jsonObject([['type', 'local']])]]));
  const description = [sweep.description, markOf(sweep)].filter((text) => text).join('\n\n');
  return { config: writeJson(config), description, displayName: sweep.displayName };
}

interface MarkedSweep {
  id: string;
  name: string;
  runCount: number | null;
}

/**
 * A request that was done twice on its way made two sweeps: one stays.
 * @param keep its id; null: any, since no run is in one of them yet
 * @returns the one that stays, null where there is none
 */
async function dropCopies(
  upstream: Upstream,
  sweep: SweepRow,
  place: Place,
  keep: string | null,
): Promise<MarkedSweep | null> {
  const marked = await findMarked(upstream, sweep, place);
  // The oldest, as ever: a request of an earlier life of this server may still be on its way.
  const kept = marked.find(({ id }) => id === keep) ?? marked.at(-1) ?? null;
  for (const { id, runCount } of marked) {
    if (id === kept?.id || runCount !== 0) continue;
    // Whoever is told that there is no such sweep has what he wanted; and a copy that stays does no harm.
    await unlessRefused(upstream.client.graphql(deleteSweepMutation, { id }));
  }
  return kept;
}

/** All sweeps there that bear the sweep's mark, the newest first. */
async function findMarked({ client }: Upstream, sweep: SweepRow, { entity, project }: Place): Promise<MarkedSweep[]> {
  const mark = markOf(sweep);
  const found: MarkedSweep[] = [];
  let after: string | null = null;
  do {
    const page: FindSweepsAnswer = await client.graphql<FindSweepsAnswer>(findSweepsQuery, { entity, project, after });
    const sweeps: NonNullable<FindSweepsAnswer['project']>['sweeps'] = page.project?.sweeps ?? null;
    for (const { node } of sweeps?.edges ?? []) {
      if (node.description?.split(/\s+/).includes(mark)) found.push(node);
    }
    after = sweeps?.pageInfo.hasNextPage ? sweeps.pageInfo.endCursor : null;
  } while (after !== null);
  return found;
}
