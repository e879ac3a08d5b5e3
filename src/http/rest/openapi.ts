/** The OpenAPI document: what is said once for all routes. */
import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import type { ApiDocument, Operation, Schema } from './api-document.ts';
import { errorCodes } from './codes.ts';

const about = `Sweeps, their runs, and the loop of an agent that needs nothing but HTTP.

Every request carries a key of this server as \`Authorization: Bearer KEY\`. Bodies are JSON. Times are ISO 8601 in UTC. Lists take
\`limit\` and \`cursor\` and answer \`{items, next_cursor}\`; a list that grows while it is read neither repeats nor hides an item.
Errors are \`application/problem+json\` with a stable \`code\`. What is answered is on the disk.

Numbers keep their spelling on the way through: \`1.0\` stays \`1.0\`. NaN and the infinities are answered as the texts "NaN",
"Infinity" and "-Infinity", since JSON has no numbers for them.`;

export function openApiOptions(version: string): FastifyDynamicSwaggerOptions {
  return {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'sweepd', version, description: about },
      servers: [{ url: '/' }],
      components: {
        securitySchemes: { key: { type: 'http', scheme: 'bearer', description: 'A key of this server.' } },
      },
      security: [{ key: [] }],
      tags: [
        { name: 'sweeps', description: 'Create and steer searches.' },
        { name: 'agents', description: 'The loop of an agent: ask for a run, report, finish.' },
        { name: 'runs', description: 'Look at what runs and ran.' },
        { name: 'search', description: 'Why a point was suggested, what matters, where to search next.' },
        { name: 'queue', description: 'What is next, who holds what, and who may have how much.' },
        { name: 'keys', description: 'Make, list and revoke API keys. For admins.' },
        { name: 'engine', description: 'The search as a function. For admins.' },
        { name: 'forwarding', description: 'Forwarding to a W&B server.' },
        { name: 'events', description: 'Hear of changes as they happen.' },
      ],
      ...{ 'x-error-codes': errorCodes },
    },
    transform: jsonSchemaTransform,
    transformObject: (document) => {
      const whole = jsonSchemaTransformObject(document);
      return complete(whole as unknown as ApiDocument) as unknown as typeof whole;
    },
  };
}

type Schemas = Record<string, Schema>;

function complete(document: ApiDocument): ApiDocument {
  const { schemas } = document.components;
  for (const operation of Object.values(document.paths).flatMap((item) => Object.values(item))) {
    completeBody(operation);
    describeAnswers(operation, schemas);
  }
  return withUsedSchemas(document, schemas);
}

/** What the route schemas cannot say about a body: that it may be left out, that YAML is taken too. */
function completeBody({ operationId, requestBody }: Operation): void {
  if (requestBody === undefined) return;
  if (operationId === 'stopRun') requestBody.required = false;
  if (operationId === 'createSweep') {
    requestBody.content['application/yaml'] = {
      schema: { type: 'string', description: 'The sweep config itself.' },
      example: 'method: grid\nparameters:\n  lr: {values: [0.1, 0.01]}\n',
    };
  }
}

/** An answer that is a named schema is described by it. */
function describeAnswers({ responses }: Operation, schemas: Schemas): void {
  for (const answer of Object.values(responses)) {
    const reference = answer.content?.['application/json']?.schema?.$ref;
    const description = schemas[reference?.split('/').at(-1) ?? '']?.description;
    if (description !== undefined) answer.description = description;
  }
}

const references = /"#\/components\/schemas\/(\w+)"/g;

/**
 * The generator writes every schema twice, for requests (`NameInput`) and for answers, used or not. Here those stay that a route
 * speaks of, and lose the ending where there is no other of that name.
 */
function withUsedSchemas(document: ApiDocument, all: Schemas): ApiDocument {
  const used = new Set<string>();
  const visit = (part: unknown) => {
    for (const [, name = ''] of JSON.stringify(part).matchAll(references)) {
      if (used.has(name)) continue;
      used.add(name);
      visit(all[name] ?? {});
    }
  };
  visit(document.paths);
  const short = (name: string) => {
    const bare = name.replace(/Input$/, '');
    return used.has(bare) ? name : bare;
  };
  const schemas = Object.fromEntries([...used].sort().map((name) => [short(name), all[name]]));
  const text = JSON.stringify({ ...document, components: { ...document.components, schemas } });
  return JSON.parse(
    text.replace(references, (_all, name: string) => `"#/components/schemas/${short(name)}"`),
  ) as ApiDocument;
}
