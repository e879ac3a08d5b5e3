/** YAML or JSON text to a lossless document, with the place of every value. */
import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
} from 'yaml';
import { isObject, type JsonObject, type JsonValue, jsonObject, parseJson } from '../domain/json.ts';
import { createReporter, emptyLists, type Locate, type Path, type ProblemLists } from './problems.ts';
import { isNumberOnlyInYaml12, plainScalar } from './yaml-scalar.ts';

const maxDepth = 100;
/** Values made by repeating an anchor: far above any real config, far below what fills the memory. */
const maxRepeated = 100_000;
const mergeKey = '<<';

export interface TextDocument extends ProblemLists {
  /** Undefined where the text is not readable: then there are errors. */
  document: JsonValue | undefined;
  locate: Locate;
}

/** Where a value starts in the text, and its children by name or index. */
interface Place {
  offset: number;
  children: Map<string | number, Place>;
}

/** Stops the reading of a document that cannot go on; the problem is already reported. */
class Unreadable extends Error {}

/** Reads the text of a config. Never throws. */
export function readDocument(text: string): TextDocument {
  if (/^\s*\{/.test(text)) {
    const json = readStrictJson(text);
    if (json !== undefined) {
      let places: Locate | null = null;
      const locate: Locate = (path) => {
        places = places ?? readYaml(text).locate;
        return places(path);
      };
      return { ...emptyLists(), document: json, locate };
    }
  }
  return readYaml(text);
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
  const at = (offset: number) => {
    const { line, col } = counter.linePos(offset);
    return line === 0 ? { line: 1, column: offset + 1 } : { line, column: col };
  };
  const root: Place = { offset: 0, children: new Map() };
  const locate: Locate = (path) => at(deepest(root, path).offset);
  const failed = (message: string, offset: number): TextDocument => {
    lists.errors.push({ path: '', message, ...at(offset) });
    return { ...lists, document: undefined, locate };
  };
  if (isTooDeep(text)) return failed(tooDeep, 0);
  let parsed: Document.Parsed;
  try {
    // Scalars stay text here: plainScalar decides. Equal keys are found below, in linear time.
    parsed = parseDocument(text, { schema: 'failsafe', uniqueKeys: false, lineCounter: counter, prettyErrors: false });
  } catch (error) {
    return failed(
      error instanceof RangeError ? tooDeep : `Not YAML: ${error instanceof Error ? error.message : error}`,
      0,
    );
  }
  // What follows the first break is mostly its echo.
  const broken = parsed.errors[0];
  if (broken) return failed(syntaxMessage(broken), broken.pos[0]);
  try {
    const report = createReporter(lists, locate);
    return { ...lists, document: createConverter(report)(parsed.contents, [], root), locate };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return { ...lists, document: undefined, locate };
  }
}

const tooDeep = `The text is nested more than ${maxDepth} levels deep`;

/** Open brackets, wherever they stand: enough to keep the recursive reader from running out of stack. */
function isTooDeep(text: string): boolean {
  let open = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i) | 32;
    if (code === 123) open++;
    else if (code === 125) open--;
    if (open > 10 * maxDepth) return true;
  }
  return false;
}

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

type Convert = (node: unknown, path: Path, place: Place) => JsonValue;

function createConverter(report: ReturnType<typeof createReporter>): Convert {
  const anchors = new Map<string, Node>();
  let insideAlias = 0;
  let repeated = 0;

  const stop = (path: Path, message: string): never => {
    report.error(path, message);
    throw new Unreadable(message);
  };

  const convert: Convert = (node, path, place) => {
    if (path.length > maxDepth) stop(path, `More than ${maxDepth} levels`);
    if (insideAlias > 0 && ++repeated > maxRepeated)
      stop(path, `Aliases make more than ${maxRepeated} values: write them out`);
    if (isAlias(node)) {
      const target = anchors.get(node.source);
      if (!target)
        return stop(
          path,
          `"*${node.source}" names no anchor before it: write "&${node.source}" at the value that is meant`,
        );
      insideAlias++;
      const value = convert(target, path, place);
      insideAlias--;
      return value;
    }
    let value: JsonValue = null;
    if (isScalar(node)) value = scalar(node, path);
    else if (isSeq(node)) value = sequence(node.items, path, place);
    else if (isMap(node)) value = mapping(node.items, path, place);
    if ((isScalar(node) || isSeq(node) || isMap(node)) && node.anchor !== undefined) anchors.set(node.anchor, node);
    return value;
  };

  const child = (node: unknown, key: string | number, parent: Place, fallback: number): Place => {
    const range = isScalar(node) || isSeq(node) || isMap(node) || isAlias(node) ? node.range : null;
    const place = { offset: range?.[0] ?? fallback, children: new Map() };
    if (insideAlias === 0) parent.children.set(key, place);
    return place;
  };

  const sequence = (items: unknown[], path: Path, place: Place): JsonValue[] => {
    const asText = isTextWithExponents(items);
    return items.map((item, index) => {
      const where = [...path, index];
      const here = child(item, index, place, place.offset);
      if (asText && isScalar(item) && item.type === 'PLAIN' && isNumberOnlyInYaml12(sourceOf(item))) {
        report.warning(where, `${sourceOf(item)} stands among texts and is read as text: write "${sourceOf(item)}"`);
        return sourceOf(item);
      }
      return convert(item, where, here);
    });
  };

  const mapping = (items: Pair[], path: Path, place: Place): JsonObject => {
    const own = jsonObject();
    const merged = jsonObject();
    for (const pair of items) {
      const key = keyOf(pair, path);
      const keyRange = isScalar(pair.key) ? pair.key.range : null;
      const here = child(null, key, place, keyRange?.[0] ?? place.offset);
      const where = [...path, key];
      if (key === mergeKey && isScalar(pair.key) && pair.key.type === 'PLAIN') {
        for (const source of mergeSources(convert(pair.value, where, here))) {
          if (!isObject(source))
            return stop(where, 'Only mappings can be merged: write "<<: *name" of an anchored mapping');
          for (const [name, value] of Object.entries(source)) if (!(name in merged)) merged[name] = value;
        }
        continue;
      }
      if (key in own) report.warning(where, `"${key}" is given twice; this one counts: remove the other`);
      own[key] = convert(pair.value, where, here);
    }
    for (const [name, value] of Object.entries(merged)) if (!(name in own)) own[name] = value;
    return own;
  };

  const keyOf = (pair: unknown, path: Path): string => {
    const key = isPair(pair) ? pair.key : null;
    if (isScalar(key)) return String(key.value ?? '');
    if (key === null) return '';
    return stop(path, 'A key must be a name');
  };

  const scalar = (node: unknown, path: Path): JsonValue => {
    if (!isScalar(node)) return null;
    const text = String(node.value ?? '');
    const tag = node.tag?.replace('tag:yaml.org,2002:', '');
    if (tag === 'str' || (tag === undefined && node.type !== 'PLAIN')) return text;
    if (tag !== undefined && !['int', 'float', 'bool', 'null'].includes(tag)) {
      return stop(path, `The tag ${node.tag} is not known here: write the value without it`);
    }
    const { value, warning } = plainScalar(text);
    if (warning !== undefined) report.warning(path, warning);
    return value;
  };

  return convert;
}

const sourceOf = (node: { source?: string; value: unknown }): string => node.source ?? String(node.value ?? '');

const mergeSources = (value: JsonValue): JsonValue[] => (Array.isArray(value) ? value : [value]);

/** A list of texts, such as commit hashes, of which some happen to look like `1e3`. */
function isTextWithExponents(items: unknown[]): boolean {
  let texts = 0;
  let exponents = 0;
  for (const item of items) {
    if (!isScalar(item)) return false;
    const source = sourceOf(item);
    if (item.type === 'PLAIN' && isNumberOnlyInYaml12(source)) exponents++;
    else if (item.type !== 'PLAIN' || typeof plainScalar(source).value === 'string') texts++;
    else return false;
  }
  return exponents > 0 && texts > 0;
}
