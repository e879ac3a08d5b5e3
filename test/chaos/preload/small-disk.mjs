// A disk that fills up: SQLite itself refuses to grow past a number of pages (SQLITE_FULL), until SIGUSR2 makes room.
import { writeSync } from 'node:fs';
import { onPrepare } from './patch-sqlite.mjs';

const pages = Number(process.env.CHAOS_MAX_PAGES);
let limited;

onPrepare((sql, _statement, database) => {
  // The writer prepares its statements once the schema is there.
  if (sql === 'begin immediate' && limited === undefined) {
    limited = database;
    database.pragma(`max_page_count = ${database.pragma('page_count', { simple: true }) + pages}`);
  }
  return undefined;
});

process.on('SIGUSR2', () => {
  limited?.pragma('max_page_count = 1073741823');
  writeSync(1, 'room again\n');
});
