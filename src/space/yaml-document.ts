/** YAML or JSON text to a lossless document that knows where its values stand. */
import { type Document, LineCounter, parseDocument } from 'yaml';
import { type JsonValue, parseJson } from '../domain/json.ts';
import { createReporter, emptyLists, type Locate, type Path, type ProblemLists } from './problems.ts';
import { brokenLimit, mostTokens } from './yaml-limits.ts';
import { maxDepth, type Place, Unreadable, valuesOf } from './yaml-values.ts';

export interface TextDocument extends ProblemLists {
  /** Undefined where the text is not readable: then there are errors. */
  document: JsonValue | undefined;
  locate: Locate;
}

/** 1 MiB: a thousand times a usual config. */
const mostCharacters = 2 ** 20;

/** Reads the text of a config. Never throws. */
export function readDocument(text: string): TextDocument {
  if (text.length > mostCharacters) {
    const message = `A sweep config has at most ${mostCharacters} characters, and this one has ${text.length}`;
    return { ...emptyLists(), errors: [{ path: '', message }], document: undefined, locate: () => null };
  }
  const json = /^\s*\{/.test(text) ? readStrictJson(text) : undefined;
  if (json === undefined) return readYaml(text);
  let locateInYaml: Locate | null = null;
  const locate: Locate = (path) => {
    locateInYaml ??= locateAsYaml(text);
    return locateInYaml(path);
  };
  return { ...emptyLists(), document: json, locate };
}

/** JSON is YAML too; what is too long for its reader has its problems named by path alone. */
function locateAsYaml(text: string): Locate {
  const { document, locate } = readYaml(text);
  return document === undefined ? () => null : locate;
}

function readStrictJson(text: string): JsonValue | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

function readYaml(text: string): TextDocument {
  const lists = emptyLists();
  const counter = new LineCounter();
  const lineAt = (offset: number) => {
    const { line, col } = counter.linePos(offset);
    return line === 0 ? { line: 1, column: offset + 1 } : { line, column: col };
  };
  const root: Place = { offset: 0, children: new Map() };
  const locate: Locate = (path) => lineAt(deepest(root, path).offset);
  const failed = (message: string, offset = 0): TextDocument => {
    lists.errors.push({ path: '', message, ...lineAt(offset) });
    return { ...lists, document: undefined, locate };
  };
  const limit = brokenLimit(text, maxDepth);
  if (limit !== null) return failed(limit === 'deep' ? tooDeep : tooLong);
  let parsed: Document.Parsed;
  const { stackTraceLimit } = Error;
  // A text may be all errors, and the place where the reader made each is of no use: 30 us against 2 for each.
  Error.stackTraceLimit = 0;
  try {
    // Scalars stay text here: plainScalar decides. Equal keys are found by valuesOf, in linear time.
    parsed = parseDocument(text, { schema: 'failsafe', uniqueKeys: false, lineCounter: counter, prettyErrors: false });
  } catch (error) {
    if (error instanceof RangeError) return failed(tooDeep);
    return failed(`Not YAML: ${error instanceof Error ? error.message : error}`);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
  // What follows the first break is mostly its echo.
  const broken = parsed.errors[0];
  if (broken) return failed(syntaxMessage(broken), broken.pos[0]);
  try {
    return { ...lists, document: valuesOf(parsed.contents, root, createReporter(lists, locate)), locate };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return { ...lists, document: undefined, locate };
  }
}

const tooDeep = `The text is nested more than ${maxDepth} levels deep`;

const tooLong = `The YAML has more than ${mostTokens} words and marks: write fewer, or the config as JSON`;

function syntaxMessage({ code, message }: { code: string; message: string }): string {
  if (code === 'MULTIPLE_DOCS') return 'A config is one document: remove everything from the second "---" on';
  if (code === 'TAB_AS_INDENT') return 'Tabs cannot indent YAML: write spaces';
  return /call stack/.test(message) ? tooDeep : `Not YAML: ${message}`;
}

function deepest(root: Place, path: Path): Place {
  let place = root;
  for (const name of path) {
    const child = place.children.get(name);
    if (!child) break;
    place = child;
  }
  return place;
}
