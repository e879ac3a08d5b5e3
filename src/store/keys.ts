/** API keys, stored as hashes. */
import { eq, isNull, sql } from 'drizzle-orm';
import type { Db } from './open.ts';
import { type ApiKeyRow, apiKeys, settings } from './schema.ts';

export function keyStatements(db: Db) {
  const byHash = db
    .select()
    .from(apiKeys)
    .where(eq(apiKeys.hash, sql.placeholder('hash')))
    .prepare();
  // Every request asks, outside the writer's transaction, where a read costs locks of its own. Only keys that are good are kept.
  const good = new Map<string, ApiKeyRow>();
  return {
    /** Revoked keys are found too: the caller says that they are revoked. */
    byHash: (hash: string): ApiKeyRow | undefined => {
      const row = good.get(hash) ?? byHash.get({ hash });
      if (row?.revokedAt === null) good.set(hash, row);
      return row;
    },
    insert: (row: ApiKeyRow): void => void db.insert(apiKeys).values(row).run(),
    list: (): ApiKeyRow[] => db.select().from(apiKeys).orderBy(apiKeys.createdAt).all(),
    revoke: (id: string, at: number): ApiKeyRow | undefined => {
      good.clear();
      return db
        .update(apiKeys)
        .set({ revokedAt: at })
        .where(sql`${apiKeys.id} = ${id} and ${isNull(apiKeys.revokedAt)}`)
        .returning()
        .get();
    },
    setting: (key: string): string | undefined => db.select().from(settings).where(eq(settings.key, key)).get()?.value,
    setSetting: (key: string, value: string): void =>
      void db
        .insert(settings)
        .values({ key, value })
        .onConflictDoUpdate({ target: settings.key, set: { value } })
        .run(),
  };
}
