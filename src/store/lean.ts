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
  const { statement, bind, toRow } = rowQuery(db, table, where, order);
  return (values: Values): Table['$inferSelect'] | undefined => {
    const found = statement.get(bind(values)) as unknown[] | undefined;
    return found === undefined ? undefined : toRow(found, 0);
  };
}

/** @returns finds all rows of `table` where the condition holds */
export function allRows<Table extends SQLiteTable>(db: Db, table: Table, where: SQL | undefined, order?: SQL) {
  const { statement, bind, toRow } = rowQuery(db, table, where, order);
  return (values: Values): Table['$inferSelect'][] =>
    (statement.all(bind(values)) as unknown[][]).map((found) => toRow(found, 0));
}

function rowQuery<Table extends SQLiteTable>(db: Db, table: Table, where: SQL | undefined, order: SQL | undefined) {
  const query = db.select().from(table).where(where);
  const { sql, params } = (order === undefined ? query : query.orderBy(order)).toSQL();
  return { statement: db.$client.prepare(sql).raw(), bind: binder(params), toRow: rowReader(table) };
}

/** @returns finds the first pair of rows of two tables that `on` joins, where the condition holds */
export function firstPair<A extends SQLiteTable, B extends SQLiteTable>(db: Db, [a, b]: [A, B], on: SQL, where: SQL) {
  const columns = { a: getTableColumns(a), b: getTableColumns(b) };
  const { sql, params } = db.select(columns).from(a).innerJoin(b, on).where(where).toSQL();
  const statement = db.$client.prepare(sql).raw();
  const bind = binder(params);
  const [toA, toB] = [rowReader(a), rowReader(b)];
  const width = Object.keys(columns.a).length;
  return (values: Values): [A['$inferSelect'], B['$inferSelect']] | undefined => {
    const found = statement.get(bind(values)) as unknown[] | undefined;
    return found === undefined ? undefined : [toA(found, 0), toB(found, width)];
  };
}

/** @returns makes a row of the columns from the `first` on */
function rowReader<Table extends SQLiteTable>(table: Table) {
  const columns = Object.entries(getTableColumns(table));
  const names = columns.map(([name]) => name);
  const booleans = columns.filter(([, column]) => column.dataType === 'boolean').map(([name]) => name);
  return (found: readonly unknown[], first: number): Table['$inferSelect'] => {
    const row: Record<string, unknown> = {};
    names.forEach((name, i) => {
      row[name] = found[first + i];
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

/** A row of three numbers costs 2.7 us in a statement of its own and 1.7 us among ten; more than ten gain nothing (2026-11-26). */
const rowsAtOnce = 10;

/**
 * @param insert is handed the rows of one statement, each a placeholder a column
 * @returns runs that insert for any number of rows
 */
export function insertRows<Column extends string>(
  db: Db,
  columns: readonly Column[],
  insert: (rows: Record<Column, Placeholder>[]) => Query,
) {
  const prepared = (count: number) => {
    const rows = Array.from(
      { length: count },
      (_, row) =>
        Object.fromEntries(columns.map((column) => [column, new Placeholder(`${row} ${column}`)])) as Record<
          Column,
          Placeholder
        >,
    );
    const { sql, params } = insert(rows).toSQL();
    const places = params.map((param) => {
      const { name } = (is(param, Param) ? param.value : param) as Placeholder;
      const [row, column] = name.split(' ') as [string, Column];
      return { row: Number(row), column };
    });
    return { statement: db.$client.prepare(sql), places };
  };
  const [one, many] = [prepared(1), prepared(rowsAtOnce)];
  return (rows: readonly Record<Column, Value>[]): void => {
    let at = 0;
    while (at < rows.length) {
      const fits = at + rowsAtOnce <= rows.length;
      const { statement, places } = fits ? many : one;
      statement.run(places.map(({ row, column }) => rows[at + row]?.[column]));
      at += fits ? rowsAtOnce : 1;
    }
  };
}

/** @returns the first column of the first row, undefined where there is none */
export function firstValue<T extends Value>(db: Db, query: Query) {
  const { sql, params } = query.toSQL();
  const statement = db.$client.prepare(sql).pluck();
  const bind = binder(params);
  return (values: Values): T | undefined => statement.get(bind(values)) as T | undefined;
}

/** @returns the first column of all rows */
export function allValues<T extends Value>(db: Db, query: Query) {
  const { sql, params } = query.toSQL();
  const statement = db.$client.prepare(sql).pluck();
  const bind = binder(params);
  return (values: Values): T[] => statement.all(bind(values)) as T[];
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
