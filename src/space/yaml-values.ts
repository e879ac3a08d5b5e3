/** The nodes of a YAML document as JSON values, each with its place in the text. */
import { isAlias, isMap, isScalar, isSeq, type Pair, type Scalar, type YAMLMap, type YAMLSeq } from 'yaml';
import { isObject, type JsonObject, type JsonValue, jsonObject } from '../domain/json.ts';
import type { Path, Reporter } from './problems.ts';
import { mayBeText, plainScalar } from './yaml-scalar.ts';

export const maxDepth = 100;
/** Values made by repeating anchors: far above any real config, far below what fills the memory. */
const maxRepeated = 100_000;

/** Where a value starts in the text, and its children by name or index. */
export interface Place {
  offset: number;
  children: Map<string | number, Place>;
}

/** Thrown where a document cannot be read on; the problem is already reported. */
export class Unreadable extends Error {}

interface Reading {
  report: Reporter;
  /** The last value of each anchor that is complete, and how many values it holds. */
  anchors: Map<string, { value: JsonValue; size: number }>;
  /** Values so far, those that aliases repeat included. */
  made: number;
  repeated: number;
}

/** @throws Unreadable */
export function valuesOf(root: unknown, place: Place, report: Reporter): JsonValue {
  return convert({ report, anchors: new Map(), made: 0, repeated: 0 }, root, [], place);
}

function stop(reading: Reading, path: Path, message: string): never {
  reading.report.error(path, message);
  throw new Unreadable(message);
}

function convert(reading: Reading, node: unknown, path: Path, place: Place): JsonValue {
  if (path.length > maxDepth) stop(reading, path, `More than ${maxDepth} levels`);
  if (isAlias(node)) return repeat(reading, node.source, path);
  const before = reading.made++;
  let value: JsonValue = null;
  if (isScalar(node)) value = scalar(reading, node, path);
  else if (isSeq(node)) value = sequence(reading, node, path, place);
  else if (isMap(node)) value = mapping(reading, node, path, place);
  else return null;
  // Registered only now, so that nothing can contain itself.
  if (node.anchor !== undefined) reading.anchors.set(node.anchor, { value, size: reading.made - before });
  return value;
}

function repeat(reading: Reading, name: string, path: Path): JsonValue {
  const anchor = reading.anchors.get(name);
  if (!anchor) {
    return stop(reading, path, `"*${name}" names no anchor before it: write "&${name}" at the value that is meant`);
  }
  reading.made += anchor.size;
  reading.repeated += anchor.size;
  if (reading.repeated > maxRepeated) {
    stop(reading, path, `Aliases make more than ${maxRepeated} values: write them out`);
  }
  return anchor.value;
}

function enter(parent: Place, key: string | number, node: unknown): Place {
  const hasRange = isScalar(node) || isSeq(node) || isMap(node) || isAlias(node);
  const place: Place = { offset: (hasRange ? node.range?.[0] : undefined) ?? parent.offset, children: new Map() };
  parent.children.set(key, place);
  return place;
}

function sequence(reading: Reading, { items }: YAMLSeq, path: Path, place: Place): JsonValue[] {
  const asText = isListOfTexts(items);
  return items.map((item, index) => {
    const where = [...path, index];
    const here = enter(place, index, item);
    if (!asText || !isScalar(item) || !mayBeText(sourceOf(item))) return convert(reading, item, where, here);
    const source = sourceOf(item);
    if (item.type === 'PLAIN') {
      reading.report.warning(where, `${source} stands among texts and is read as text: write "${source}"`);
    }
    return source;
  });
}

/** A list of texts, such as commit hashes, of which some happen to look like `1e3`. */
function isListOfTexts(items: readonly unknown[]): boolean {
  const isText = (item: unknown): boolean =>
    isScalar(item) && (item.type !== 'PLAIN' || typeof plainScalar(sourceOf(item)).value === 'string');
  const isDoubtful = (item: unknown): boolean => isScalar(item) && mayBeText(sourceOf(item));
  return items.some(isText) && items.every((item) => isText(item) || isDoubtful(item));
}

function mapping(reading: Reading, { items }: YAMLMap, path: Path, place: Place): JsonObject {
  const own = jsonObject();
  const merged = jsonObject();
  for (const pair of items) {
    const key = keyOf(reading, pair, path);
    const where = [...path, key];
    const value = convert(reading, pair.value, where, enter(place, key, pair.key));
    if (key === '<<' && isScalar(pair.key) && pair.key.type === 'PLAIN') {
      for (const source of Array.isArray(value) ? value : [value]) {
        if (!isObject(source)) {
          return stop(reading, where, 'Only mappings can be merged: write "<<: *name" of an anchored mapping');
        }
        for (const [name, item] of Object.entries(source)) if (!(name in merged)) merged[name] = item;
      }
    } else {
      if (key in own) reading.report.warning(where, `"${key}" is given twice; this one counts: remove the other`);
      own[key] = value;
    }
  }
  for (const [name, value] of Object.entries(merged)) if (!(name in own)) own[name] = value;
  return own;
}

function keyOf(reading: Reading, { key }: Pair, path: Path): string {
  if (key === null) return '';
  return isScalar(key) ? String(key.value ?? '') : stop(reading, path, 'A key must be a name');
}

function scalar(reading: Reading, node: Scalar, path: Path): JsonValue {
  const text = String(node.value ?? '');
  const tag = node.tag?.replace('tag:yaml.org,2002:', '');
  if (tag === 'str' || (tag === undefined && node.type !== 'PLAIN')) return text;
  if (tag !== undefined && !['int', 'float', 'bool', 'null'].includes(tag)) {
    return stop(reading, path, `The tag ${node.tag} is not known here: write the value without it`);
  }
  const { value, warning } = plainScalar(text);
  if (warning !== undefined) reading.report.warning(path, warning);
  return value;
}

const sourceOf = (node: Scalar): string => node.source ?? String(node.value ?? '');
