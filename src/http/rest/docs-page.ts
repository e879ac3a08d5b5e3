/** /docs: the OpenAPI document for people. Open to all, like the document: it says nothing about what is on this server. */
import type { FastifyInstance } from 'fastify';
import { type Html, html, Html as RawHtml } from '../pages/html.ts';
import { page } from '../pages/layout.ts';
import type { ApiDocument, Media, Operation, Parameter, Schema } from './api-document.ts';
import { exampleOf, fieldTable, shown, typeOf } from './docs-schema.ts';
import { paragraphs, prose } from './docs-text.ts';

export function registerDocs(scope: FastifyInstance): void {
  scope.get('/docs', { schema: { hide: true } }, async (_request, reply) =>
    reply
      .type('text/html; charset=utf-8')
      .header(
        'content-security-policy',
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      )
      .header('x-content-type-options', 'nosniff')
      .header('referrer-policy', 'no-referrer')
      .send(`<!doctype html>${docsPage(scope.swagger() as unknown as ApiDocument).text}`),
  );
}

const style = new RawHtml(`<style>
code{font:13px ui-monospace,monospace;background:var(--panel);padding:1px 4px;border-radius:4px;white-space:pre-wrap}
pre code{padding:0}td.wide{white-space:normal;min-width:24em}h2{border-top:1px solid var(--line);padding-top:24px;font-size:17px}
h3{font:600 14px ui-monospace,monospace;margin:24px 0 4px}h4{font-size:13px;color:var(--muted);margin:12px 0 4px}
.verb{display:inline-block;min-width:4.5em;color:var(--accent)}p{max-width:80em;margin:4px 0 8px}ul{margin:4px 0 8px}
</style>`);

interface Route extends Operation {
  verb: string;
  path: string;
}

function docsPage(document: ApiDocument): Html {
  const routes = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([verb, operation]): Route => ({ ...operation, verb: verb.toUpperCase(), path })),
  );
  const content = html`${style}<h1>REST API</h1>
<p class="muted">version ${document.info.version}, as data: <a href="/api/v1/openapi.json">openapi.json</a> (OpenAPI 3.1)</p>
${paragraphs(document.info.description ?? '')}
<h2>Routes</h2>${routeList(routes)}
${(document.tags ?? []).map(
  (tag) => html`<h2>${tag.name}</h2><p>${tag.description ?? ''}</p>
${routes.filter((route) => route.tags?.includes(tag.name)).map(routeSection)}`,
)}
<h2>Schemas</h2>${Object.entries(document.components.schemas).map(([name, schema]) => schemaSection(name, schema))}
<h2 id="codes">Error codes</h2>${codeTable(document)}`;
  return page('REST API', [{ name: 'REST API', href: '/docs' }], content);
}

function routeList(routes: readonly Route[]): Html {
  const rows = routes.map(
    (route) =>
      html`<tr><td><span class="verb">${route.verb}</span> <a href="#${route.operationId}"><code>${route.path}</code></a></td><td class="wide">${route.summary ?? ''}</td></tr>`,
  );
  return html`<div class="scroll"><table><tbody>${rows}</tbody></table></div>`;
}

function routeSection(route: Route): Html {
  const answers = Object.entries(route.responses);
  return html`<h3 id="${route.operationId}"><span class="verb">${route.verb}</span> ${route.path}</h3><p>${route.summary ?? ''}.</p>
${route.description === undefined ? null : paragraphs(route.description)}
${route.parameters === undefined ? null : parameterTable(route.parameters)}
${route.requestBody === undefined ? null : html`<h4>Body${route.requestBody.required ? '' : ' (may be left out)'}</h4>${mediaList(route.requestBody.content)}`}
${answers
  .filter(([status]) => Number(status) < 400)
  .map(([status, answer]) => html`<h4>${status}: ${answer.description}</h4>${mediaList(answer.content ?? {})}`)}
<h4><a href="#codes">Error codes</a></h4><p>${answers
    .filter(([status]) => Number(status) >= 400)
    .map(([status, answer], i) => html`${i === 0 ? '' : '; '}${status}: ${prose(answer.description)}`)}</p>`;
}

function parameterTable(parameters: readonly Parameter[]): Html {
  const rows = parameters.map(({ in: place, name, required, description, schema, example }) => {
    const shownExample = example ?? exampleOf(schema);
    return html`<tr><td><code>${name}</code></td><td>${place}</td><td>${typeOf(schema)}${required ? null : html` <span class="muted">optional</span>`}</td>
<td class="wide">${prose(description ?? '')}${schema?.default === undefined ? null : html` Default: <code>${shown(schema.default)}</code>.`}${shownExample === undefined ? null : html` <span class="muted">e.g.</span> <code>${shown(shownExample)}</code>`}</td></tr>`;
  });
  return html`<h4>Parameters</h4><div class="scroll"><table><tbody>${rows}</tbody></table></div>`;
}

const mediaList = (content: Record<string, Media>): Html =>
  html`${Object.entries(content).map(
    ([type, { schema, example }]) => html`<p><code>${type}</code> ${typeOf(schema)}</p>
${schema?.properties === undefined ? null : fieldTable(schema)}${example === undefined ? null : html`<pre><code>${shown(example)}</code></pre>`}`,
  )}`;

const schemaSection = (name: string, schema: Schema): Html => {
  const example = exampleOf(schema);
  return html`<h3 id="schema-${name}">${name}</h3>${schema.description === undefined ? null : html`<p>${prose(schema.description)}</p>`}
${fieldTable(schema)}${example === undefined ? null : html`<pre><code>${JSON.stringify(example, null, 2)}</code></pre>`}`;
};

function codeTable(document: ApiDocument): Html {
  const rows = Object.entries(document['x-error-codes']).map(
    ([code, { status, meaning }]) =>
      html`<tr><td><code>${code}</code></td><td>${status}</td><td class="wide">${prose(meaning)}</td></tr>`,
  );
  return html`<div class="scroll"><table><thead><tr><th>code</th><th>status</th><th></th></tr></thead><tbody>${rows}</tbody></table></div>`;
}
