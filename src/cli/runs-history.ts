/** `sweepd runs history`: as a table, as CSV or as JSON. */
import { type JsonObject, type JsonValue, jsonObject, writePlainJson } from '../domain/json.ts';
import { connect, type ServerOptions } from './client/connect.ts';
import { readAll, runAt } from './client/views.ts';
import { CommandError } from './output/errors.ts';
import { visible } from './output/escape.ts';
import { numberOption } from './output/options.ts';
import { note, paint, print, printJson } from './output/print.ts';
import { formatTable } from './output/table.ts';
import { valueCell } from './output/values.ts';

interface HistoryOptions extends ServerOptions {
  csv?: boolean;
  keys?: string;
  limit?: string;
  project?: string;
}

/** What W&B's client adds to each row for itself; in tables it only takes room. */
const internal = new Set(['_runtime', '_timestamp']);

export async function showHistory(path: string, options: HistoryOptions): Promise<void> {
  if (options.csv && options.json) throw new CommandError('--csv and --json exclude each other.', null, 2);
  const client = connect(options);
  const run = runAt(path, options.project);
  const limits = { page: 5000, key: 'rows', ...(options.limit && { most: numberOption('--limit', options.limit, 1) }) };
  const all = await readAll(client, `${run.path}/history`, { project: run.project }, limits);
  const keys = options.keys?.split(',').map((key) => key.trim());
  const rows = keys === undefined ? all : all.map((row) => only(row, keys));
  if (options.json) return printJson(jsonObject([['rows', rows]]));
  const columns = keys ?? columnsOf(rows);
  if (options.csv) return printCsv(columns, rows);
  if (rows.length === 0) return note('The run has logged nothing.');
  const shown = keys ?? columns.filter((name) => !internal.has(name));
  // Rows of a program that counts no steps are told apart by their place.
  const isNumbered = keys === undefined && !shown.includes('_step');
  print(
    formatTable(
      [...(isNumbered ? ['#'] : []), ...shown.map(visible)],
      rows.map((row, i) => [
        ...(isNumbered ? [{ text: String(i), right: true }] : []),
        ...shown.map((name) => valueCell(row[name])),
      ]),
      paint,
    ),
  );
}

const only = (row: JsonObject, keys: readonly string[]): JsonObject =>
  jsonObject(keys.flatMap((key) => (row[key] === undefined ? [] : [[key, row[key]] as const])));

/** All names in the rows, `_step` first. */
function columnsOf(rows: readonly JsonObject[]): string[] {
  const names = new Set(rows.flatMap((row) => Object.keys(row)));
  const hasStep = names.delete('_step');
  return hasStep ? ['_step', ...names] : [...names];
}

/** To a file as it is; on a terminal without what could steer it. */
function printCsv(columns: readonly string[], rows: readonly JsonObject[]): void {
  const safe = process.stdout.isTTY ? visible : (text: string) => text;
  const line = (cells: readonly string[]) => `${cells.map((cell) => quoted(safe(cell))).join(',')}\n`;
  const body = rows.map((row) => line(columns.map((name) => cellOf(row[name]))));
  process.stdout.write(line(columns) + body.join(''));
}

function cellOf(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : writePlainJson(value);
}

const quoted = (cell: string): string => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
