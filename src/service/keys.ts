/** API keys: made here, shown once, kept as hashes. */
import { hash, randomBytes } from 'node:crypto';
import { conflict, notFound, SweepdError } from '../domain/errors.ts';
import type { ApiKeyRow } from '../store/schema.ts';
import type { Actor, Service } from './context.ts';

export type { ApiKeyRow };

export const hashKey = (key: string): string => hash('sha256', key, 'hex');

/** 40 random hex characters behind our mark: 160 bits. */
export const newKey = (): string => `sweepd-${randomBytes(20).toString('hex')}`;

/** Of keys that were good, so that a request costs no hash: the newest of them, in this process alone. */
const hashes = new Map<string, string>();
const mostHashes = 1_000;

/** @throws SweepdError `missing_key`, `unknown_key`, `revoked_key` */
export function authenticate(service: Service, key: string | null): Actor {
  if (!key) throw new SweepdError('unauthenticated', 'missing_key', 'This needs an API key.');
  const known = hashes.get(key);
  const keyHash = known ?? hashKey(key);
  const row = service.store.keys.byHash(keyHash);
  if (row !== undefined && known === undefined) {
    if (hashes.size >= mostHashes) hashes.clear();
    hashes.set(key, keyHash);
  }
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

export interface NewKeyInput {
  userName: string;
  role: 'admin' | 'member';
  /** What it is for, in words. */
  label: string;
}

/** @returns the key itself too, which nobody can read again. @throws SweepdError `admin_only` */
export async function createKey(
  service: Service,
  actor: Actor,
  input: NewKeyInput,
): Promise<{ key: string; row: ApiKeyRow }> {
  requireAdmin(actor);
  const key = newKey();
  return { key, row: await ensureKey(service, key, input) };
}

/** All keys, revoked ones too, oldest first. @throws SweepdError `admin_only` */
export function listKeys(service: Service, actor: Actor): ApiKeyRow[] {
  requireAdmin(actor);
  return service.store.keys.list();
}

/**
 * A key that was revoked before stays as it is.
 * @throws SweepdError `admin_only`, `key_not_found`, `last_admin_key`: nobody could make another
 */
export async function revokeKey(service: Service, actor: Actor, id: string): Promise<ApiKeyRow> {
  requireAdmin(actor);
  const { store, clock } = service;
  return store.writer.write(() => {
    const keys = store.keys.list();
    const key = keys.find((row) => row.id === id);
    if (key === undefined) throw notFound('key', id);
    const isOtherAdmin = (row: ApiKeyRow) => row.id !== id && row.role === 'admin' && row.revokedAt === null;
    if (key.role === 'admin' && key.revokedAt === null && !keys.some(isOtherAdmin)) {
      throw conflict('last_admin_key', `Key ${id} is the last one of an admin. Make another first.`);
    }
    return store.keys.revoke(id, clock.now()) ?? key;
  });
}

/** @throws SweepdError `admin_only` */
export function requireAdmin({ role }: Actor): void {
  if (role !== 'admin') throw new SweepdError('forbidden', 'admin_only', 'This needs the key of an admin.');
}
