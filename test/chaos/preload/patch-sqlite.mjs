// Puts a hand between the server and its SQLite statements: preloads change what a statement does, so that the product has no
// switch for its own faults. better-sqlite3 is CommonJS: whoever imports it later gets this same class.
import Database from 'better-sqlite3';

/** @param replace (sql, statement, database) => undefined, or the statement to hand out in its place */
export function onPrepare(replace) {
  const prepare = Database.prototype.prepare;
  Database.prototype.prepare = function (sql) {
    const statement = prepare.call(this, sql);
    return replace(sql, statement, this) ?? statement;
  };
}
