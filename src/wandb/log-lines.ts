/** A run's console lines as the public API pages through them. */
import type { RunRow, Views } from '../store/views/views.ts';
import { connection, type PageArguments } from './connection.ts';

const plainLine = /^(ERROR )?(\d{4}-\d\d-\d\dT[\d:.]+) (?:\[([^\]]*)\] )?(.*)$/s;

/** `[ERROR ]TIMESTAMP [[LABEL] ]text`; a line of any other form is all text. */
function parseLine(text: string) {
  const parts = plainLine.exec(text);
  if (parts === null) return { timestamp: null, level: null, label: null, line: text };
  return {
    timestamp: parts[2] ?? null,
    level: parts[1] === undefined ? null : 'error',
    label: parts[3] ?? null,
    line: parts[4] ?? '',
  };
}

export function logLines(views: Views, run: RunRow, page: PageArguments) {
  return connection(views.writtenLines(run.id, 'log'), page, ({ line, text }) => ({
    number: line,
    ...parseLine(text),
  }));
}
