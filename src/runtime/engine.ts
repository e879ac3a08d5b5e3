/**
 * The search without a server: what `sweepd engine OP --jsonl` and `engine session` answer, an object for an object, no state on
 * disk. Whatever is wrong with an input is an answer with `error`.
 */
import { isObject, type JsonObject, type JsonValue, jsonObject, parseJson, writePlainJson } from '../domain/json.ts';
import { cdfOp, nextOp, ppfOp, simulateOp, validateOp } from '../space/index.ts';
import { modelNext } from './engine-model.ts';
import { createSession } from './engine-session.ts';
import { finishedOp, stopOp } from './engine-stop.ts';

type Op = (input: JsonObject) => JsonObject;

/** What makes the op: a session has a memory of its own. */
const ops = new Map<string, () => Op>([
  ['validate', () => validateOp],
  ['next', () => (input) => nextOp(input, modelNext)],
  ['simulate', () => (input) => simulateOp(input, modelNext)],
  ['ppf', () => ppfOp],
  ['cdf', () => cdfOp],
  ['session', createSession],
  ['stop', () => stopOp],
  ['finished', () => finishedOp],
]);

/** Ops of the protocol that this version does not have. */
const missing = ['construct', 'acquire'];

export const engineOps: readonly string[] = [...ops.keys()];

const errorAnswer = (message: string): JsonObject => jsonObject([['error', message]]);

/**
 * @returns takes a line, gives the line to answer; null where there is no such op. An op of the protocol that is not there yet
 * answers every line with an error.
 */
export function openEngine(op: string): ((line: string) => string) | null {
  const make = ops.get(op);
  if (make === undefined && !missing.includes(op)) return null;
  const handle =
    make?.() ?? (() => errorAnswer(`"${op}" is not there yet. This version answers ${engineOps.join(', ')}.`));
  return (line) => writePlainJson(answer(handle, line));
}

function answer(handle: Op, line: string): JsonObject {
  let input: JsonValue;
  try {
    input = parseJson(line);
  } catch (error) {
    return errorAnswer(`The line is not JSON: ${(error as Error).message}.`);
  }
  return isObject(input) ? answerTo(handle, input) : errorAnswer('A line holds one JSON object.');
}

/** One answer of an op, for those who ask over HTTP; null where there is no such op, or only as a dialogue. */
export function engineOp(op: string): ((input: JsonObject) => JsonObject) | null {
  const make = op === 'session' ? undefined : ops.get(op);
  return make === undefined ? null : (input) => answerTo(make(), input);
}

function answerTo(handle: Op, input: JsonObject): JsonObject {
  try {
    return handle(input);
  } catch (error) {
    return errorAnswer(error instanceof Error ? error.message : String(error));
  }
}
