/** An error as one clear line and what to do about it. */
import { RestError } from '../../agent/rest-client.ts';
import { type Problem, SweepdError } from '../../domain/errors.ts';

/** An error of the commands themselves: what is wrong, and what would be right. */
export class CommandError extends Error {
  readonly advice: string | null;
  /** 2 where the command was written wrongly. */
  readonly exitCode: 1 | 2;
  constructor(message: string, advice: string | null = null, exitCode: 1 | 2 = 1) {
    super(message);
    this.name = 'CommandError';
    this.advice = advice;
    this.exitCode = exitCode;
  }
}

export interface ToldError {
  message: string;
  advice: string | null;
  /** Stable, for `--json`. */
  code: string;
  exitCode: number;
  problems: readonly Problem[];
}

const systemMessages: Record<string, (path: string) => string> = {
  ENOENT: (path) => `There is no file ${path}.`,
  EACCES: (path) => `${path} may not be read or written by this user.`,
  EISDIR: (path) => `${path} is a directory.`,
  ENOSPC: () => 'The disk is full.',
};

/** @returns null for what nobody foresaw: a bug, whose stack is worth more than advice */
export function tellError(error: unknown): ToldError | null {
  const plain = { advice: null, exitCode: 1, problems: [] };
  if (error instanceof CommandError) {
    const { message, advice, exitCode } = error;
    return { ...plain, message, advice, exitCode, code: 'command' };
  }
  if (error instanceof RestError) {
    const { message, code, problems } = error;
    return { ...plain, message, advice: adviceFor(error), code, problems };
  }
  if (error instanceof SweepdError)
    return { ...plain, message: error.message, code: error.code, problems: error.problems };
  const { code = '', path } = error as { code?: string; path?: string };
  const system = systemMessages[code];
  return system === undefined ? null : { ...plain, message: system(path ?? ''), code: code.toLowerCase() };
}

function adviceFor({ code, status }: RestError): string | null {
  switch (code) {
    case 'unreachable':
      return 'Is the server running (sweepd serve)? Name another with --server or SWEEPD_URL; sweepd doctor looks into it.';
    case 'not_sweepd':
      return 'Name the sweepd server with --server or SWEEPD_URL.';
    case 'missing_key':
    case 'unknown_key':
    case 'revoked_key':
      return 'Give a key of this server with --key-file or SWEEPD_API_KEY. An admin makes one with: sweepd keys create';
    case 'admin_only':
      return 'Ask an admin of this server, or use an admin key (SWEEPD_API_KEY).';
    case 'sweep_not_found':
      return 'sweepd sweep ls lists the sweeps of this server.';
    case 'run_not_found':
      return 'sweepd runs ls lists the runs of this server.';
    case 'ambiguous_run':
      return 'Name its project: --project ENTITY/NAME.';
    case 'no_such_route':
      return 'The server is older than this command: run the same version on both sides.';
    default:
      return status !== null && status >= 500 ? 'Try again; if it stays, look at the log of the server.' : null;
  }
}
