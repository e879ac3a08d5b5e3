/** The forwarder as the settings have it. */
import type { FastifyBaseLogger } from 'fastify';
import type { Service } from '../service/context.ts';
import type { Blobs } from '../service/files.ts';
import type { Views } from '../store/views/views.ts';
import { createUpstreamClient } from '../wandb/upstream/client.ts';
import { createForwarder, type Forwarder } from '../wandb/upstream/forwarder.ts';
import { createPolicy } from '../wandb/upstream/policy.ts';
import type { Settings } from './config.ts';

/** @returns null where there is no key for an upstream: nothing is forwarded */
export function buildForwarder(
  parts: { service: Service; views: Views; blobs: Blobs },
  settings: Settings,
  log: FastifyBaseLogger,
): Forwarder | null {
  const { upstream_url: url, upstream_api_key: apiKey } = settings;
  if (apiKey === undefined) return null;
  const policy = createPolicy({
    entity: settings.upstream_entity ?? null,
    projects: Object.entries(settings.upstream_projects).map(([from, to]) => ({ from, to })),
    redact: settings.upstream_redact,
    metrics: settings.upstream_metrics ?? null,
  });
  return createForwarder({ ...parts, client: createUpstreamClient({ url, apiKey }), policy, log, url, apiKey });
}
