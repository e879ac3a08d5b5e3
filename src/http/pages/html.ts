/** HTML from templates that escape every value: run names, hosts and configs are whatever somebody's program wrote. */

export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escaped = (value: string) => value.replace(/[&<>"']/g, (character) => escapes[character] ?? character);

type Piece = Html | string | number | null | undefined | false | readonly Piece[];

const render = (piece: Piece): string => {
  if (piece instanceof Html) return piece.text;
  if (Array.isArray(piece)) return piece.map(render).join('');
  return piece === null || piece === undefined || piece === false ? '' : escaped(String(piece));
};

export const html = (strings: TemplateStringsArray, ...pieces: Piece[]): Html =>
  new Html(strings.reduce((text, part, i) => text + part + (i < pieces.length ? render(pieces[i]) : ''), ''));
