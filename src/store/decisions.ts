/** What the stop rules decided about runs. */
import { and, asc, eq, gt, sql } from 'drizzle-orm';
import { change, firstRow } from './lean.ts';
import type { Db } from './open.ts';
import { type DecisionRow, decisions } from './schema.ts';

export type NewDecision = Omit<DecisionRow, 'id'>;

export function decisionStatements(db: Db) {
  const at = firstRow(
    db,
    decisions,
    and(
      eq(decisions.runId, sql.placeholder('runId')),
      eq(decisions.rule, sql.placeholder('rule')),
      eq(decisions.rung, sql.placeholder('rung')),
    ),
  );
  const columns = ['verdict', 'value', 'threshold', 'rank', 'runs', 'among', 'text'] as const;
  const put = change(
    db,
    db
      .insert(decisions)
      .values({
        runId: sql.placeholder('runId'),
        rule: sql.placeholder('rule'),
        rung: sql.placeholder('rung'),
        verdict: sql.placeholder('verdict') as never,
        value: sql.placeholder('value'),
        threshold: sql.placeholder('threshold'),
        rank: sql.placeholder('rank'),
        runs: sql.placeholder('runs'),
        among: sql.placeholder('among'),
        text: sql.placeholder('text'),
        decidedAt: sql.placeholder('decidedAt'),
      })
      .onConflictDoUpdate({
        target: [decisions.runId, decisions.rule, decisions.rung],
        set: {
          ...Object.fromEntries(columns.map((name) => [name, sql.raw(`excluded.${name}`)])),
          decidedAt: sql`excluded.decided_at`,
        },
      }),
  );
  return {
    at: (runId: number, rule: string, rung: number): DecisionRow | undefined => at({ runId, rule, rung }),
    /** The last judgement at a rung takes the place of those before it. */
    put: (row: NewDecision): void => void put(row),
    clearRun: (runId: number): void => void db.delete(decisions).where(eq(decisions.runId, runId)).run(),
    /** In the order in which the rungs were first reached. */
    ofRun: (runId: number, after = 0, limit = -1): DecisionRow[] =>
      db
        .select()
        .from(decisions)
        .where(and(eq(decisions.runId, runId), gt(decisions.id, after)))
        .orderBy(asc(decisions.id))
        .limit(limit)
        .all(),
  };
}
