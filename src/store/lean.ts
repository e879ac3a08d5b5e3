/**
 * Drizzle writes the hot statements but does not run them: what it does with values on the way in and with each row on the way to an
 * object was a fifth of the time of a lease and its finish (2026-11-25).
 */
import { getTableColumns, is, Param, Placeholder, type SQL } from 'drizzle-orm';
import type { SQLiteTable } from 'drizzle-orm/sqlite-core';
import type { Db } from './open.ts';

type Value = string | number | null;
type Values = Record<string, Value>;

/** A query as drizzle builds it, with named placeholders. */
interface Query {
  toSQL(): { sql: string; params: unknown[] };
}

/** @returns finds the first row of `table` where the condition holds, given values by the names of its placeholders */
export function firstRow<Table extends SQLiteTable>(db: Db, table: Table, where: SQL | undefined, order?: SQL) {
  const query = db.select().from(table).where(where);
  const { sql, params } = (order === undefined ? query : query.orderBy(order)).toSQL();
  const statement = db.$client.prepare(sql).raw();
  const bind = binder(params);
  const columns = Object.entries(getTableColumns(table));
  const names = columns.map(([name]) => name);
  const booleans = columns.filter(([, column]) => column.dataType === 'boolean').map(([name]) => name);
  return (values: Values): Table['$inferSelect'] | undefined => {
    const found = statement.get(bind(values)) as unknown[] | undefined;
    if (found === undefined) return undefined;
    const row: Record<string, unknown> = {};
    names.forEach((name, i) => {
      row[name] = found[i];
    });
    for (const name of booleans) row[name] = row[name] === 1;
    return row as Table['$inferSelect'];
  };
}

/** @returns runs an insert, update or delete, given values by the names of its placeholders */
export function change(db: Db, query: Query) {
  const { sql, params } = query.toSQL();
  const statement = db.$client.prepare(sql);
  const bind = binder(params);
  return (values: Values) => statement.run(bind(values));
}

/** @returns the first column of the first row, undefined where there is none */
export function firstValue<T extends Value>(db: Db, query: Query) {
  const { sql, params } = query.toSQL();
  const statement = db.$client.prepare(sql).pluck();
  const bind = binder(params);
  return (values: Values): T | undefined => statement.get(bind(values)) as T | undefined;
}

/** The values in the order in which the statement takes them; those that the query fixed are there already. */
function binder(params: readonly unknown[]): (values: Values) => unknown[] {
  const filled: unknown[] = params.map((param) => (is(param, Param) ? param.value : param));
  const places = filled.flatMap((value, i) => (is(value, Placeholder) ? [{ i, name: value.name }] : []));
  return (values) => {
    const bound = filled.slice();
    for (const { i, name } of places) bound[i] = values[name];
    return bound;
  };
}
