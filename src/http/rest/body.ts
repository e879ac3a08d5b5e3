/**
 * Request bodies without loss: JSON is read by our own reader (`1.0` stays apart from `1`, `__proto__` is an ordinary name, bare
 * NaN is taken), and zod checks that tree. YAML stands for the body `{config: text}`.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { invalidInput } from '../../domain/errors.ts';
import { isObject, type JsonObject, type JsonValue, jsonObject, parseJson, WholeFloat } from '../../domain/json.ts';

const yamlTypes = ['application/yaml', 'application/x-yaml', 'text/yaml', 'text/x-yaml'];
const byteOrderMark = /^\uFEFF/;

export function addBodyParsers(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(
    ['application/json', 'text/json'],
    { parseAs: 'string' },
    async (_request: FastifyRequest, body: string) => readBody(body),
  );
  scope.addContentTypeParser(yamlTypes, { parseAs: 'string' }, async (_request: FastifyRequest, body: string) =>
    jsonObject([['config', body]]),
  );
}

function readBody(body: string): JsonValue | undefined {
  const text = body.replace(byteOrderMark, '');
  if (text.trim() === '') return undefined;
  try {
    return parseJson(text);
  } catch (error) {
    const { message } = error as SyntaxError;
    throw invalidInput('invalid_json', `The body is not JSON: ${message}.`);
  }
}

/** A number in a body: `5.0` is as good as `5`. */
export const numeric = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value instanceof WholeFloat ? value.value : value), schema);

const isTree = (value: unknown): value is JsonObject => isObject(value as JsonValue | undefined);

/** An object that is handed on as it was written, every number in its spelling. */
export const losslessObject = () =>
  z.custom<JsonObject>(isTree, 'Expected an object').meta({ type: 'object', additionalProperties: true });

export const configText = () =>
  z
    .custom<string | JsonObject>(
      (value) => typeof value === 'string' || isTree(value),
      'Expected the config, as YAML text or as an object',
    )
    .meta({ anyOf: [{ type: 'string' }, { type: 'object', additionalProperties: true }] });
