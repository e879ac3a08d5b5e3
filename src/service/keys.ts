/** API keys: made here, shown once, kept as hashes. */
import { createHash, randomBytes } from 'node:crypto';
import { SweepdError } from '../domain/errors.ts';
import type { ApiKeyRow } from '../store/schema.ts';
import type { Actor, Service } from './context.ts';

/** W&B's client refuses keys of fewer characters before it sends anything. */
export const minKeyLength = 40;

export const hashKey = (key: string): string => createHash('sha256').update(key).digest('hex');

/** 40 random hex characters behind our mark: 160 bits. */
export const newKey = (): string => `sweepd-${randomBytes(20).toString('hex')}`;

/** @throws SweepdError `missing_key`, `unknown_key`, `revoked_key` */
export function authenticate(service: Service, key: string | null): Actor {
  if (!key) throw new SweepdError('unauthenticated', 'missing_key', 'This needs an API key.');
  const row = service.store.keys.byHash(hashKey(key));
  if (row === undefined) throw new SweepdError('unauthenticated', 'unknown_key', 'This API key is not known here.');
  if (row.revokedAt !== null) throw new SweepdError('unauthenticated', 'revoked_key', 'This API key was revoked.');
  return { userName: row.userName, role: row.role };
}

/** Makes `key` known unless it is. @returns the stored row */
export function ensureKey(
  service: Service,
  key: string,
  input: { userName: string; role: 'admin' | 'member'; label: string },
): Promise<ApiKeyRow> {
  return service.store.writer.write(() => {
    const known = service.store.keys.byHash(hashKey(key));
    if (known !== undefined) return known;
    const row: ApiKeyRow = {
      id: service.ids.short(),
      hash: hashKey(key),
      createdAt: service.clock.now(),
      revokedAt: null,
      ...input,
    };
    service.store.keys.insert(row);
    return row;
  });
}
