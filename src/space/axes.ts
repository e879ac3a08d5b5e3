/** The finite laws as lists that need not be written out: how many values, the i-th, and where a value stands. */
import { floatValue, integerValue, type JsonValue, numberOf } from '../domain/json.ts';
import { categoryIndex, distinctValues } from './categories.ts';
import type { Distribution, Parameter } from './config.ts';
import { latticeBounds, quantisedValue, roundHalfEven } from './distributions.ts';

export interface Axis {
  size: bigint;
  /** i in 0..size-1. */
  at(i: bigint): JsonValue;
  /** Null where the value is not on the axis. */
  indexOf(value: JsonValue): bigint | null;
}

/** How near a number must be to a step, as a share of the step: what JSON and float32 programs do to 0.30000000000000004. */
const tolerance = 1e-6;

function listAxis(values: readonly JsonValue[]): Axis {
  const distinct = distinctValues(values);
  const law = { kind: 'categorical' as const, values: distinct };
  return {
    size: BigInt(distinct.length),
    at: (i) => distinct[Number(i)] ?? null,
    indexOf: (value) => {
      const index = categoryIndex(law, value);
      return index === null ? null : BigInt(index);
    },
  };
}

function integerAxis(first: bigint, size: bigint): Axis {
  return {
    size,
    at: (i) => integerValue(first + i),
    indexOf: (value) => {
      const number = typeof value === 'bigint' ? value : numberOf(value);
      if (number === null || (typeof number === 'number' && !Number.isInteger(number))) return null;
      const index = BigInt(number) - first;
      return index >= 0n && index < size ? index : null;
    },
  };
}

function steps(start: number, step: number, size: number, write: (value: number, i: number) => JsonValue): Axis {
  return {
    size: BigInt(size),
    at: (i) => write(start + Number(i) * step, Number(i)),
    indexOf: (value) => {
      const number = numberOf(value);
      if (number === null || !Number.isFinite(number)) return null;
      const index = roundHalfEven((number - start) / step);
      const isNear = Math.abs(start + index * step - number) <= tolerance * step;
      return isNear && index >= 0 && index < size ? BigInt(index) : null;
    },
  };
}

/**
 * A parameter's values in a grid, in W&B's order; null where it has none. A q_uniform goes from min in steps of q and, as numpy's
 * arange, stops before max.
 */
export function gridAxis({ form, distribution }: Parameter): Axis | null {
  if (distribution.kind === 'categorical') return listAxis(distribution.values);
  if (distribution.kind === 'int_uniform') return integerAxis(distribution.first, distribution.count);
  if (form !== 'q_uniform' || distribution.kind !== 'uniform' || distribution.q === null) return null;
  const { min, max, q } = distribution;
  const isInteger = q.isInteger && distribution.hasIntegerBounds;
  const size = Math.ceil((max - min) / q.step);
  if (!Number.isSafeInteger(size)) return null;
  return steps(min, q.step, size, (value) =>
    isInteger && Number.isInteger(value) ? integerValue(BigInt(value)) : floatValue(value),
  );
}

/** All values that a law can give, each once, ascending or in listed order; null where they are not finitely many. */
export function supportAxis(law: Distribution): Axis | null {
  if (law.kind === 'constant') return listAxis([law.value]);
  if (law.kind === 'int_uniform') return integerAxis(law.first, law.count);
  if (law.kind === 'categorical') return listAxis(law.values);
  if (law.kind === 'categorical_w_probabilities') {
    return listAxis(law.values.filter((_, i) => (law.probabilities[i] ?? 0) > 0));
  }
  const { q } = law;
  if (q === null) return null;
  const { low, high } = latticeBounds(law, q);
  if (!Number.isSafeInteger(low) || !Number.isSafeInteger(high)) return null;
  return steps(low * q.step, q.step, high - low + 1, (_, i) => quantisedValue(q, (low + i) * q.step));
}
