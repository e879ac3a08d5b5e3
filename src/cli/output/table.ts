/** Tables in columns, and lists of names with values. Cells come without control characters: see escape.ts. */
import type { Ink, Paint } from './style.ts';

export interface Cell {
  text: string;
  ink?: Ink | undefined;
  /** Numbers stand at the right. */
  right?: boolean | undefined;
}

const gap = '  ';

/** @param headers names of the columns; rows may hold fewer cells */
export function formatTable(headers: readonly string[], rows: readonly (readonly Cell[])[], paint: Paint): string {
  const widths = headers.map((header, column) =>
    rows.reduce((width, row) => Math.max(width, widthOf(row[column]?.text ?? '')), widthOf(header)),
  );
  const isRight = headers.map((_header, column) => rows.some((row) => row[column]?.right));
  const line = (cells: readonly Cell[]) =>
    widths
      .map((width, column) => {
        const { text = '', ink } = cells[column] ?? {};
        const space = ' '.repeat(width - widthOf(text));
        const painted = ink === undefined ? text : paint(ink, text);
        return isRight[column] ? space + painted : painted + space;
      })
      .join(gap)
      .trimEnd();
  return [line(headers.map((text) => ({ text, ink: 'bold' }))), ...rows.map(line)].join('\n');
}

/** `name   value` lines, the values below each other. */
export function formatFields(fields: readonly (readonly [string, Cell])[], paint: Paint): string {
  const width = Math.max(0, ...fields.map(([name]) => widthOf(name)));
  return fields
    .map(([name, { text, ink }]) => {
      const label = paint('dim', name) + ' '.repeat(width - widthOf(name));
      return `${label}${gap}${ink === undefined ? text : paint(ink, text)}`.trimEnd();
    })
    .join('\n');
}

const wide = /\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|\p{Emoji_Presentation}/u;

/** Columns that a text takes on a terminal. */
function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += wide.test(character) ? 2 : /\p{Mn}/u.test(character) ? 0 : 1;
  return width;
}
