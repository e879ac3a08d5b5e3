/** Errors as the OpenAPI document describes them: `application/problem+json` (RFC 9457) with a stable `code`. */
import { z } from 'zod';
import { type ErrorCode, errorCodes } from './codes.ts';

const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number(),
    code: z.string().meta({ description: 'Stable and machine-readable; the table of codes says what each means.' }),
    detail: z.string().meta({ description: 'For people: what is wrong and what would be right.' }),
    problems: z
      .array(
        z.object({
          path: z.string().meta({ description: 'The field, names joined by "/"; empty for the whole.' }),
          message: z.string(),
          line: z.number().optional().meta({ description: 'From 1; where a text was sent.' }),
          column: z.number().optional(),
        }),
      )
      .meta({ description: 'Each thing that is wrong, where there is more to say than `detail` does.' }),
  })
  .meta({
    id: 'Problem',
    description: 'An error. Decide by `status` and `code`; `detail` is for people and may change.',
    examples: [
      {
        type: 'about:blank',
        title: 'Invalid request',
        status: 400,
        code: 'invalid_request',
        detail: 'agent: Invalid input: expected string, received undefined',
        problems: [{ path: 'agent', message: 'Invalid input: expected string, received undefined' }],
      },
    ],
  });

type Refusal = { description: string; content: { 'application/problem+json': { schema: typeof Problem } } };

const everywhere: ErrorCode[] = ['missing_key', 'unknown_key', 'revoked_key', 'internal'];
export const withBody: ErrorCode[] = ['invalid_request', 'invalid_json', 'body_too_large', 'unsupported_media_type'];
export const onWrite: ErrorCode[] = ['storage_failed', 'closing'];

/** The error answers of a route, by status: its own codes and those that every route has. */
export function refusals(...codes: ErrorCode[]): Record<`${4 | 5}${string}`, Refusal> {
  const byStatus: Record<string, Refusal> = {};
  for (const code of [...codes, ...everywhere]) {
    const { status } = errorCodes[code];
    const known = byStatus[status];
    byStatus[status] = {
      description: known === undefined ? `\`${code}\`` : `${known.description}, \`${code}\``,
      content: { 'application/problem+json': { schema: Problem } },
    };
  }
  return byStatus;
}
