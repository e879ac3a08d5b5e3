/** What the parts of the forwarder share. */
import { createHash } from 'node:crypto';
import type { Service } from '../../service/context.ts';
import type { Blobs } from '../../service/files.ts';
import type { ForwardedRunRow, RunRow, Views } from '../../store/views/views.ts';
import type { UpstreamClient } from './client.ts';
import type { Destination, Policy } from './policy.ts';

export interface Upstream {
  service: Service;
  views: Views;
  blobs: Blobs;
  client: UpstreamClient;
  policy: Policy;
  /** The default entity of the key there. */
  entity: string;
  /** Sweeps that are being made there, by their ids here. */
  sweepsUnderWay: Map<string, Promise<string>>;
}

/** An item that upstream has as it is, as far as a short text can tell. */
export const fingerprint = (value: unknown): string =>
  createHash('sha256')
    .update(typeof value === 'string' ? value : JSON.stringify(value))
    .digest('base64url');

export interface Place {
  entity: string;
  project: string;
}

/** Where an item lies upstream: where it was put first, else where the settings say. */
export function placeOf(upstream: Upstream, noted: string | null | undefined, wanted: Destination): Place {
  const slash = noted?.indexOf('/') ?? -1;
  if (noted != null && slash > 0) return { entity: noted.slice(0, slash), project: noted.slice(slash + 1) };
  return { entity: wanted.entity ?? upstream.entity, project: wanted.project };
}

export const placeText = ({ entity, project }: Place): string => `${entity}/${project}`;

/** A run that is being forwarded: as it is here, as far as upstream has it, and where it lies there. */
export interface Forwarded {
  run: RunRow;
  noted: ForwardedRunRow;
  storageId: string;
  place: Place;
}
