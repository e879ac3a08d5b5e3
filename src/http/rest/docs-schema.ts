/** A JSON schema as a table of fields. */
import { type Html, html } from '../pages/html.ts';
import type { Schema } from './api-document.ts';
import { prose } from './docs-text.ts';

const refName = (schema: Schema): string => schema.$ref?.split('/').at(-1) ?? '';

/** The type in words; a named schema is a link to its table. */
export function typeOf(schema: Schema | undefined): Html {
  if (schema === undefined) return html`anything`;
  if (schema.$ref !== undefined) return html`<a href="#schema-${refName(schema)}">${refName(schema)}</a>`;
  if (schema.anyOf !== undefined)
    return html`${schema.anyOf.map((one, i) => html`${i === 0 ? '' : ' or '}${typeOf(one)}`)}`;
  if (schema.enum !== undefined)
    return html`${schema.enum.map((word, i) => html`${i === 0 ? '' : ' | '}<code>${String(word)}</code>`)}`;
  if (schema.const !== undefined) return html`<code>${String(schema.const)}</code>`;
  if (schema.type === 'array') return html`list of ${typeOf(schema.items)}`;
  const types = Array.isArray(schema.type) ? schema.type : [schema.type ?? 'anything'];
  return html`${types.join(' or ')}`;
}

export const exampleOf = (schema: Schema | undefined): unknown => schema?.example ?? schema?.examples?.[0];

export const shown = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** Fields by name; those of an object within follow it, as `outer.inner`. */
export function fieldTable(schema: Schema): Html {
  const variants = schema.anyOf?.filter((one) => one.properties !== undefined) ?? [];
  if (variants.length > 0) {
    return html`${variants.map((one, i) => html`${i === 0 ? null : html`<p>or</p>`}${fieldTable(one)}`)}`;
  }
  const rows = fieldRows(schema, '');
  if (rows.length === 0) return html`<p>${typeOf(schema)}</p>`;
  return html`<div class="scroll"><table><thead><tr><th>field</th><th>type</th><th></th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

function fieldRows(schema: Schema, prefix: string): Html[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const isRequired = schema.required?.includes(name) ?? false;
    const inner = field.properties === undefined && field.type === 'array' ? field.items : field;
    const example = exampleOf(field);
    const row = html`<tr><td><code>${prefix}${name}</code></td><td>${typeOf(field)}${isRequired ? null : html` <span class="muted">optional</span>`}</td>
<td class="wide">${field.description === undefined ? null : prose(field.description)}${field.default === undefined ? null : html` Default: <code>${shown(field.default)}</code>.`}${example === undefined ? null : html` <span class="muted">e.g.</span> <code>${shown(example)}</code>`}</td></tr>`;
    return [row, ...(inner === undefined ? [] : fieldRows(inner, `${prefix}${name}.`))];
  });
}
