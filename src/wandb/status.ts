/** The one table from an error's kind to the status that makes W&B's client do the right thing (retry, give up, end the agent). */
import type { ErrorKind } from '../domain/errors.ts';

const statuses: Record<ErrorKind, number> = {
  invalid_input: 400,
  unauthenticated: 401,
  forbidden: 403,
  // Ends an agent ("sweep was deleted or agent was not found") and a file stream: only for what really does not exist.
  not_found: 404,
  // 409 is retried by the client when a run begins, and final everywhere else.
  conflict: 400,
  too_large: 413,
  overloaded: 503,
};

export const statusOf = (kind: ErrorKind): number => statuses[kind];
