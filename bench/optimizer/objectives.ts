/** The objectives of the public suite, as its data names them. Formulas: suite.json, field `formula`. */
import type { Flat, Value } from './problem.ts';

type Vector = readonly number[];

export function branin([x = 0, y = 0]: Vector): number {
  const [b, c, t] = [5.1 / (4 * Math.PI ** 2), 5 / Math.PI, 1 / (8 * Math.PI)];
  return (y - b * x ** 2 + c * x - 6) ** 2 + 10 * (1 - t) * Math.cos(x) + 10;
}

const heights = [1, 1.2, 3, 3.2];
const widths3 = [
  [3, 10, 30],
  [0.1, 10, 35],
  [3, 10, 30],
  [0.1, 10, 35],
];
const centres3 = [
  [0.3689, 0.117, 0.2673],
  [0.4699, 0.4387, 0.747],
  [0.1091, 0.8732, 0.5547],
  [0.0381, 0.5743, 0.8828],
];
const widths6 = [
  [10, 3, 17, 3.5, 1.7, 8],
  [0.05, 10, 17, 0.1, 8, 14],
  [3, 3.5, 1.7, 10, 17, 8],
  [17, 8, 0.05, 10, 0.1, 14],
];
const centres6 = [
  [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
  [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
  [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.665],
  [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
];
function hartmann(x: Vector, widths: number[][], centres: number[][]): number {
  return -heights.reduce((sum, height, i) => {
    const exponent = x.reduce((s, v, j) => s + (widths[i]?.[j] ?? 0) * (v - (centres[i]?.[j] ?? 0)) ** 2, 0);
    return sum + height * Math.exp(-exponent);
  }, 0);
}

export function ackley(x: Vector): number {
  const squares = x.reduce((s, v) => s + v * v, 0) / x.length;
  const waves = x.reduce((s, v) => s + Math.cos(2 * Math.PI * v), 0) / x.length;
  return -20 * Math.exp(-0.2 * Math.sqrt(squares)) - Math.exp(waves) + 20 + Math.E;
}

export function rosenbrock(x: Vector): number {
  let sum = 0;
  for (let i = 0; i + 1 < x.length; i++) {
    const [a, b] = [x[i] as number, x[i + 1] as number];
    sum += 100 * (b - a * a) ** 2 + (1 - a) ** 2;
  }
  return sum;
}

export function levy(x: Vector): number {
  const w = x.map((v) => 1 + (v - 1) / 4);
  const last = w.at(-1) as number;
  let sum = Math.sin(Math.PI * (w[0] as number)) ** 2 + (last - 1) ** 2 * (1 + Math.sin(2 * Math.PI * last) ** 2);
  for (const v of w.slice(0, -1)) sum += (v - 1) ** 2 * (1 + 10 * Math.sin(Math.PI * v + 1) ** 2);
  return sum;
}

const vectors: Record<string, (x: Vector) => number> = {
  branin,
  hartmann3: (x) => hartmann(x, widths3, centres3),
  hartmann6: (x) => hartmann(x, widths6, centres6),
  ackley,
  rosenbrock,
  levy,
};

interface MixedTrain {
  opt: Record<string, { mu: number; w: number; base: number }>;
  lr_depth: number;
  depth0: number;
  depth_w: number;
  drop0: number;
  drop_depth: number;
  floor: number;
  crash_margin?: number | null;
}

function mixedTrain(c: Flat, p: MixedTrain): number | null {
  const optimizer = p.opt[String(c.optimizer)];
  if (optimizer === undefined) return null;
  const [lr, depth, dropout] = [Number(c.lr), Number(c.depth), Number(c.dropout)];
  const u = Math.log10(lr);
  const best = optimizer.mu - p.lr_depth * (depth - p.depth0);
  if (p.crash_margin !== undefined && p.crash_margin !== null && u > best + p.crash_margin) return null;
  const z = (u - best) / optimizer.w;
  const d = (depth - p.depth0) / p.depth_w;
  const q = dropout - (p.drop0 + p.drop_depth * depth);
  return (
    p.floor +
    optimizer.base +
    0.9 * (1 - Math.exp(-0.5 * z * z)) +
    0.35 * d * d +
    1.2 * q * q +
    0.03 * Math.sin(3 * depth)
  );
}

interface NestedSchedule {
  layers: { base: number; mu: number }[];
  layer_keys: string[];
}

/** Warmup is inert for a constant schedule; gamma and steps are, unless it goes in steps. */
function nestedSchedule(c: Flat, p: NestedSchedule): number {
  const layer = p.layers[p.layer_keys.indexOf(JSON.stringify(c.layers))] ?? { base: 0, mu: 0 };
  const u = Math.log10(Number(c['optimizer.lr']));
  const w = Math.log10(Number(c['optimizer.weight_decay']));
  const warmup = Number(c['schedule.warmup']);
  let loss = 0.3 + layer.base;
  let mu = layer.mu;
  if (c['schedule.kind'] === 'constant') {
    loss += 0.12;
    mu -= 0.4;
  } else if (c['schedule.kind'] === 'cosine') {
    loss += 1.5 * (warmup - 0.08) ** 2;
    mu += (0.3 * Math.min(warmup, 0.1)) / 0.1;
  } else {
    loss += -0.02 + (warmup - 0.04) ** 2;
    const decay = Number(c['schedule.steps']) * Math.log10(1 / Number(c['schedule.gamma']));
    loss += 0.06 * (decay - 1.5) ** 2;
    mu += 0.15;
  }
  loss += 0.5 * (1 - Math.exp(-0.5 * ((u - mu) / 0.55) ** 2)) + 0.015 * (u - mu) ** 2;
  return loss + 0.02 * (w - (-4 + 0.4 * (u - mu))) ** 2;
}

interface Tables {
  vars: string[];
  values: Value[][];
  const: number;
  main: number[][];
  pairs: { a: number; b: number; table: number[][] }[];
}

function tables(c: Flat, p: Tables): number {
  const index = p.vars.map((name, i) => (p.values[i] ?? []).indexOf(c[name] as Value));
  let value = p.const;
  for (const [i, k] of index.entries()) value += p.main[i]?.[k] ?? 0;
  for (const { a, b, table } of p.pairs) value += table[index[a] ?? 0]?.[index[b] ?? 0] ?? 0;
  return value;
}

export type ObjectiveData = { kind: string; base?: string; vars?: string[] } & Record<string, unknown>;

/** The function that the data describes. @throws Error where it names one that is not there */
export function objectiveOf(data: ObjectiveData): (config: Flat) => number | null {
  const vector = vectors[data.base ?? ''];
  if (data.kind === 'vector' && vector) return (c) => vector((data.vars ?? []).map((name) => Number(c[name])));
  if (data.kind === 'mixed_train') return (c) => mixedTrain(c, data as unknown as MixedTrain);
  if (data.kind === 'nested_schedule') return (c) => nestedSchedule(c, data as unknown as NestedSchedule);
  if (data.kind === 'table_additive') return (c) => tables(c, data as unknown as Tables);
  throw new Error(`No objective ${data.kind} ${data.base ?? ''}`);
}
