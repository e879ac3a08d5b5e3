/** A lossless tree as YAML for people: block style, short lists in one line, `1.0` stays apart from `1`. */
import { Document, isCollection, isScalar, Scalar, visit } from 'yaml';
import { isObject, type JsonValue, WholeFloat } from '../../domain/json.ts';

/** Longer lists and mappings get a line for each item. */
const mostInLine = 6;

export function writeYaml(value: JsonValue): string {
  const document = new Document(plainTree(value), { compat: 'yaml-1.1' });
  visit(document, {
    Scalar: (_key, node) => {
      if (node.value instanceof WholeFloat) {
        node.value = node.value.value;
        node.minFractionDigits = 1;
      }
    },
    Seq: (_key, node) => {
      node.flow = node.items.length <= mostInLine && node.items.every((item) => !isCollection(item));
    },
    Map: (_key, node, path) => {
      const isLeaf = node.items.every(({ value: item }) => isScalar(item) || (isCollection(item) && item.flow));
      node.flow = path.length > 3 && node.items.length <= mostInLine && isLeaf;
    },
  });
  return document.toString({ lineWidth: 120, flowCollectionPadding: false });
}

/** Whole floats stay as they are, inside a scalar of their own; mappings keep `__proto__` as a name. */
function plainTree(value: JsonValue): unknown {
  if (value instanceof WholeFloat) return new Scalar(value);
  if (Array.isArray(value)) return value.map(plainTree);
  if (isObject(value)) return new Map(Object.entries(value).map(([key, item]) => [key, plainTree(item)]));
  return value;
}
