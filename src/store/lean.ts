/**
 * Drizzle writes the hot statements but does not run them: what it does with each row on the way to an object was a tenth of the time
 * of a lease and its finish (2026-11-23).
 */
import { getTableColumns, is, Param, Placeholder, type SQL } from 'drizzle-orm';
import type { SQLiteTable } from 'drizzle-orm/sqlite-core';
import type { Db } from './open.ts';

type Values = Record<string, string | number>;

/** @returns finds the first row of `table` where the condition holds, given values by the names of its placeholders */
export function firstRow<Table extends SQLiteTable>(db: Db, table: Table, where: SQL | undefined, order?: SQL) {
  const query = db.select().from(table).where(where);
  const { sql, params } = (order === undefined ? query : query.orderBy(order)).toSQL();
  const statement = db.$client.prepare(sql).raw();
  const binds = params.map(bind);
  const columns = Object.entries(getTableColumns(table));
  const names = columns.map(([name]) => name);
  const booleans = columns.filter(([, column]) => column.dataType === 'boolean').map(([name]) => name);
  return (values: Values): Table['$inferSelect'] | undefined => {
    const found = statement.get(binds.map((value) => value(values))) as unknown[] | undefined;
    if (found === undefined) return undefined;
    const row: Record<string, unknown> = {};
    names.forEach((name, i) => {
      row[name] = found[i];
    });
    for (const name of booleans) row[name] = row[name] === 1;
    return row as Table['$inferSelect'];
  };
}

function bind(param: unknown): (values: Values) => unknown {
  const placeholder = is(param, Param) ? param.value : param;
  return is(placeholder, Placeholder) ? (values) => values[placeholder.name] : () => placeholder;
}
