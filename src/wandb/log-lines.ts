/** A run's console lines as the public API pages through them. */
import type { RunRow, Views } from '../store/views/views.ts';
import { connection, type PageArguments } from './connection.ts';
import { readObject } from './tolerant-json.ts';

const plainLine = /^(ERROR )?(\d{4}-\d\d-\d\dT[\d:.]+) (?:\[([^\]]*)\] )?(.*)$/s;

/** `[ERROR ]TIMESTAMP [[LABEL] ]text`, or the same as JSON; a line of any other form is all text. */
function parseLine(text: string) {
  const structured = text.startsWith('{"ts":') ? readObject(text) : {};
  if (typeof structured.ts === 'string' && typeof structured.content === 'string') {
    const { ts, level, label, content } = structured;
    const word = (value: unknown) => (typeof value === 'string' ? value : null);
    return { timestamp: ts, level: word(level), label: word(label), line: content };
  }
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
  return connection(views.writtenLines(run.id, 'log'), page, (lines) =>
    lines.map(({ line, text }) => ({ number: line, ...parseLine(text) })),
  );
}
