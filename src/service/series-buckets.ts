/**
 * A metric's curve in a fixed space, built line by line. The lines are cut into buckets of 2^shift lines each; when there are too many
 * buckets, two neighbours become one and the shift goes up. What a bucket holds of its lines is exact: the least, the greatest and the
 * last value, so that no peak is lost however long the run.
 *
 *   buckets   at most 2 x 256
 *   step      `_step` of the last line with a value
 *   low, high the least and the greatest value
 *   last      the value at `step`
 */

export interface Bucket {
  /** Line number shifted right by the shift. */
  index: number;
  step: number;
  low: number;
  high: number;
  last: number;
}

export interface Curve {
  shift: number;
  buckets: Bucket[];
}

const mostBuckets = 512;
const fields = 5;

export const emptyCurve = (): Curve => ({ shift: 0, buckets: [] });

/** @param line must not be less than any before */
export function addPoint(curve: Curve, line: number, step: number, value: number): void {
  const index = Math.floor(line / 2 ** curve.shift);
  const open = curve.buckets.at(-1);
  if (open?.index === index) {
    open.step = step;
    open.low = Math.min(open.low, value);
    open.high = Math.max(open.high, value);
    open.last = value;
    return;
  }
  curve.buckets.push({ index, step, low: value, high: value, last: value });
  while (curve.buckets.length > mostBuckets) halve(curve);
}

/** At most `most` points of the curve. */
export function reduced(curve: Curve, most: number): Bucket[] {
  const copy: Curve = { shift: curve.shift, buckets: curve.buckets.map((bucket) => ({ ...bucket })) };
  while (copy.buckets.length > Math.max(1, most)) halve(copy);
  return copy.buckets;
}

function halve(curve: Curve): void {
  const merged: Bucket[] = [];
  for (const bucket of curve.buckets) {
    const index = Math.floor(bucket.index / 2);
    const open = merged.at(-1);
    if (open?.index === index) {
      open.step = bucket.step;
      open.low = Math.min(open.low, bucket.low);
      open.high = Math.max(open.high, bucket.high);
      open.last = bucket.last;
    } else merged.push({ ...bucket, index });
  }
  curve.shift++;
  curve.buckets = merged;
}

/** The shift, then five numbers a bucket, as 64-bit floats. */
export function encodeCurve({ shift, buckets }: Curve): Buffer {
  const numbers = new Float64Array(1 + fields * buckets.length);
  numbers[0] = shift;
  for (const [i, { index, step, low, high, last }] of buckets.entries()) {
    numbers.set([index, step, low, high, last], 1 + i * fields);
  }
  return Buffer.from(numbers.buffer);
}

export function decodeCurve(bytes: Buffer): Curve {
  const numbers = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  const buckets: Bucket[] = [];
  for (let at = 1; at + fields <= numbers.length; at += fields) {
    const [index = 0, step = 0, low = 0, high = 0, last = 0] = numbers.subarray(at, at + fields);
    buckets.push({ index, step, low, high, last });
  }
  return { shift: numbers[0] ?? 0, buckets };
}
