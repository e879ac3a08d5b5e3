/**
 * Errors by what the one who catches them does. Every room throws these; `http/` and `wandb/` each have one table from kind to
 * status. Anything else that is thrown is a bug: it is logged with an id and its text is never shown.
 */

export type ErrorKind =
  /** The request is wrong and will stay wrong: tell the user what would be right. 400 */
  | 'invalid_input'
  /** No key, or an unknown one. 401 */
  | 'unauthenticated'
  /** A known key that may not do this. 403 */
  | 'forbidden'
  /** What the request names does not exist. 404 */
  | 'not_found'
  /** The request was right once: the state has moved on (a lost lease, a finished sweep). 409 */
  | 'conflict'
  /** The body is larger than the server takes. 413 */
  | 'too_large'
  /** Nothing is wrong with the request; the server cannot take it just now. Try again. 503 */
  | 'overloaded';

/** One thing that is wrong in an input; `path` names the field, line and column are 1-based. */
export interface Problem {
  path: string;
  message: string;
  line?: number;
  column?: number;
}

export class SweepdError extends Error {
  readonly kind: ErrorKind;
  /** Stable, machine-readable, e.g. `lease_lost`; documented in the OpenAPI page. */
  readonly code: string;
  readonly problems: readonly Problem[];
  constructor(kind: ErrorKind, code: string, message: string, problems: readonly Problem[] = []) {
    super(message);
    this.name = 'SweepdError';
    this.kind = kind;
    this.code = code;
    this.problems = problems;
  }
}

export const invalidInput = (code: string, message: string, problems: readonly Problem[] = []) =>
  new SweepdError('invalid_input', code, message, problems);
export const notFound = (what: string, name: string) =>
  new SweepdError('not_found', `${what}_not_found`, `There is no ${what} "${name}".`);
export const conflict = (code: string, message: string) => new SweepdError('conflict', code, message);
export const overloaded = (code: string, message: string) => new SweepdError('overloaded', code, message);
