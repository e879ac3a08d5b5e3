/**
 * Runs one GraphQL request as W&B's client expects it. The HTTP status decides whether the client tries again, so every error has
 * one: what an error's kind says, 400 for what this server's schema does not have, 500 only for a bug.
 */
import { readFileSync } from 'node:fs';
import {
  buildSchema,
  type DocumentNode,
  execute,
  GraphQLError,
  type GraphQLFieldResolver,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLScalarType,
  type GraphQLSchema,
  isInputObjectType,
  isListType,
  isNonNullType,
  Kind,
  parse,
  typeFromAST,
  validate,
} from 'graphql';
import { SweepdError } from '../domain/errors.ts';
import type { WandbRequest } from './context.ts';
import { runFields } from './nodes.ts';
import { checkQueryLimits, checkQueryText, isDeeperThan } from './query-limits.ts';
import { rootValue } from './root.ts';
import { statusOf } from './status.ts';
import { mostJsonLevels } from './tolerant-json.ts';

export const schema: GraphQLSchema = buildSchema(readFileSync(new URL('./schema.graphql', import.meta.url), 'utf8'), {
  noLocation: true,
});

/** JSON as text, and nothing else; not so deep that a reader that calls itself for each level runs out of stack. */
function takeTextOnly(scalar: GraphQLScalarType): void {
  const text = (value: unknown): string => {
    if (typeof value !== 'string') throw new GraphQLError(`A ${scalar.name} is JSON written as a text.`);
    if (isDeeperThan(value, mostJsonLevels)) {
      throw new GraphQLError(`A ${scalar.name} is at most ${mostJsonLevels} levels deep.`);
    }
    return value;
  };
  scalar.parseValue = text;
  scalar.parseLiteral = (node) => text(node.kind === Kind.STRING ? node.value : null);
}

takeTextOnly(schema.getType('JSONString') as GraphQLScalarType);

/** Every other field is a value or a method of what its parent's field gave. */
const fieldsOfRun = (schema.getType('Run') as GraphQLObjectType).getFields();
for (const [name, resolve] of Object.entries(runFields)) {
  const field = fieldsOfRun[name];
  if (field === undefined) throw new Error(`The schema's Run has no field "${name}".`);
  field.resolve = resolve as GraphQLFieldResolver<unknown, unknown>;
}

export interface GraphqlBody {
  query?: unknown;
  variables?: unknown;
  operationName?: unknown;
}

export interface GraphqlAnswer {
  status: number;
  body: unknown;
  /** A bug: to be logged under an id, its text never shown. */
  unexpected?: unknown;
}

interface Prepared {
  document: DocumentNode | null;
  errors: readonly GraphQLError[];
}

const prepared = new Map<string, Prepared>();
const keptDocuments = 500;

export async function runGraphql(request: WandbRequest, body: GraphqlBody): Promise<GraphqlAnswer> {
  if (Array.isArray(body)) return refusal(400, 'The body is a list: send one operation in each request.');
  if (typeof body.query !== 'string') return refusal(400, 'The body needs a text "query".');
  const { document, errors } = prepare(body.query);
  if (document === null || errors.length > 0) {
    const messages = errors.map((error) => error.message);
    request.onUnknownOperation(operationLabel(document, body), messages);
    return { status: 400, body: { errors: messages.map((message) => ({ message })) } };
  }
  const variables = readVariables(body.variables);
  const result = await execute({
    schema,
    document,
    rootValue,
    contextValue: request,
    variableValues: dropUndeclaredNulls(document, variables),
    // The client sends "" for anonymous documents, which graphql-js takes for a name.
    operationName: typeof body.operationName === 'string' && body.operationName !== '' ? body.operationName : null,
  });
  return answerOf(result);
}

function prepare(query: string): Prepared {
  const known = prepared.get(query);
  if (known !== undefined) return known;
  let made: Prepared;
  try {
    checkQueryText(query);
    const document = parse(query, { noLocation: true });
    checkQueryLimits(schema, document);
    made = { document, errors: validate(schema, document) };
  } catch (error) {
    made = { document: null, errors: [error as GraphQLError] };
  }
  // Only what is valid is worth keeping; everything else may come from anybody in any number.
  if (made.errors.length === 0) {
    if (prepared.size >= keptDocuments) prepared.delete(prepared.keys().next().value ?? '');
    prepared.set(query, made);
  }
  return made;
}

function operationLabel(document: DocumentNode | null, body: GraphqlBody): string {
  if (typeof body.operationName === 'string' && body.operationName) return body.operationName.slice(0, 100);
  const operation = document?.definitions.find((definition) => definition.kind === 'OperationDefinition');
  return (operation && 'name' in operation && operation.name?.value) || 'anonymous';
}

function readVariables(variables: unknown): Record<string, unknown> {
  return variables !== null && typeof variables === 'object' ? (variables as Record<string, unknown>) : {};
}

/**
 * New client versions send whole input objects whose unset fields are null, fields that this schema does not know among them;
 * graphql-js refuses such variables. Null means "not set", so those fields are left out.
 */
function dropUndeclaredNulls(document: DocumentNode, variables: Record<string, unknown>): Record<string, unknown> {
  const cleaned: Record<string, unknown> = { ...variables };
  for (const definition of document.definitions) {
    if (definition.kind !== 'OperationDefinition') continue;
    for (const variable of definition.variableDefinitions ?? []) {
      const name = variable.variable.name.value;
      const type = typeFromAST(schema, variable.type as Parameters<typeof typeFromAST>[1]) as
        | GraphQLInputType
        | undefined;
      if (type !== undefined && name in cleaned) cleaned[name] = cleanValue(cleaned[name], type);
    }
  }
  return cleaned;
}

function cleanValue(value: unknown, type: GraphQLInputType): unknown {
  if (isNonNullType(type)) return cleanValue(value, type.ofType);
  if (value === null || typeof value !== 'object') return value;
  if (isListType(type)) return Array.isArray(value) ? value.map((item) => cleanValue(item, type.ofType)) : value;
  if (!isInputObjectType(type) || Array.isArray(value)) return value;
  const fields = type.getFields();
  // Without a prototype: `__proto__` is a field like any other that the type does not have.
  const kept: Record<string, unknown> = Object.create(null);
  for (const [name, item] of Object.entries(value)) {
    const field = fields[name];
    if (field !== undefined) kept[name] = cleanValue(item, field.type);
    else if (item !== null) kept[name] = item;
  }
  return kept;
}

function answerOf(result: Awaited<ReturnType<typeof execute>>): GraphqlAnswer {
  const errors = result.errors ?? [];
  if (errors.length === 0) return { status: 200, body: result };
  const first = errors[0] as GraphQLError;
  const cause = first.originalError;
  const shownErrors = errors.map((error) => ({ message: error.message }));
  if (first.extensions.soft) return { status: 200, body: { data: null, errors: shownErrors } };
  if (cause instanceof SweepdError) return { status: statusOf(cause.kind), body: { errors: shownErrors, data: null } };
  // Without a cause it is graphql-js itself that refuses the request (a variable of the wrong type).
  if (cause === undefined || cause instanceof GraphQLError) return { status: 400, body: { errors: shownErrors } };
  return { status: 500, body: null, unexpected: cause };
}

const refusal = (status: number, message: string): GraphqlAnswer => ({ status, body: { errors: [{ message }] } });
