/** What this room is handed by `runtime/`, and what one request adds to it. */
import type { Actor, Service } from '../service/context.ts';
import type { Blobs } from '../service/files.ts';
import type { Views } from '../store/views/views.ts';
import type { UrlSigner } from './signed-urls.ts';

export interface WandbRoom {
  service: Service;
  views: Views;
  blobs: Blobs;
  signer: UrlSigner;
  /** Told of an operation that this server does not have, once per distinct text. */
  onUnknownOperation: (name: string, messages: readonly string[]) => void;
}

export interface WandbRequest extends WandbRoom {
  actor: Actor;
  /** Scheme and authority by which the client reached us: uploads go to absolute URLs. */
  baseUrl: string;
}
