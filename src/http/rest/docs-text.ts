/** The little Markdown that descriptions are written in: paragraphs, lists, `code`. */
import { type Html, html } from '../pages/html.ts';

/** One line of text. */
export const prose = (text: string): Html =>
  html`${text.split('`').map((part, i) => (i % 2 === 1 ? html`<code>${part}</code>` : part))}`;

export function paragraphs(text: string): Html {
  return html`${text.split('\n\n').map((block) => {
    const lines = block.split('\n');
    const isList = lines.every((line) => line.startsWith('- '));
    return isList
      ? html`<ul>${lines.map((line) => html`<li>${prose(line.slice(2))}</li>`)}</ul>`
      : html`<p>${prose(block)}</p>`;
  })}`;
}
