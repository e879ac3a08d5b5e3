/**
 * Problems of our own, for choices that the public ones cannot judge: heavy noise, traps, ill conditioning, plateaus, integers,
 * crashes, many dimensions, parameters that count only beside others. Optima are known by construction and off the centre.
 */
import { type Flat, leaves, observed, type Parameters, type Problem, regrets, sampled } from './problem.ts';
import { gauss, mulberry32 } from './random-streams.ts';

type Vector = readonly number[];

const box = (d: number, min: number, max: number): Parameters =>
  Object.fromEntries(
    Array.from({ length: d }, (_, i) => [`x${String(i).padStart(2, '0')}`, { distribution: 'uniform', min, max }]),
  );
const vectorOf = (c: Flat): number[] =>
  Object.keys(c)
    .sort()
    .map((name) => Number(c[name]));

/** A rotation from normal numbers by Gram and Schmidt. */
function rotation(d: number, seed: number): number[][] {
  const rows: number[][] = [];
  for (let i = 0; i < d; i++) {
    let row = Array.from({ length: d }, (_, j) => gauss(seed, i * d + j));
    for (const other of rows) {
      const along = other.reduce((s, v, j) => s + v * (row[j] as number), 0);
      row = row.map((v, j) => v - along * (other[j] as number));
    }
    const norm = Math.hypot(...row);
    rows.push(row.map((v) => v / norm));
  }
  return rows;
}
const turned = (matrix: number[][], x: Vector): number[] =>
  matrix.map((row) => row.reduce((s, v, j) => s + v * (x[j] as number), 0));
/** Optimum of a problem: anywhere in the middle 70% of the box, by seed. */
const shift = (d: number, seed: number, half: number): number[] => {
  const random = mulberry32(seed);
  return Array.from({ length: d }, () => (2 * random() - 1) * 0.7 * half);
};
const away = (x: Vector, from: Vector): number[] => x.map((v, i) => v - (from[i] as number));
const squares = (x: Vector): number => x.reduce((s, v) => s + v * v, 0);

interface Sketch {
  name: string;
  parameters: Parameters;
  noise?: Problem['noise'];
  evaluate: (config: Flat) => number | null;
  optimum: number;
}

function ellipsoid(): Sketch {
  const [turn, centre] = [rotation(6, 11), shift(6, 12, 5)];
  const evaluate = (c: Flat) =>
    turned(turn, away(vectorOf(c), centre)).reduce((s, v, i) => s + 10 ** ((4 * i) / 5) * v * v, 0);
  return { name: 'ellipsoid6_rotated', parameters: box(6, -5, 5), evaluate, optimum: 0 };
}

function bowl(name: string, d: number, seed: number, noise: Problem['noise']): Sketch {
  const centre = shift(d, seed, 5);
  const evaluate = (c: Flat) => 3 * Math.log1p(squares(away(vectorOf(c), centre)));
  return { name, parameters: box(d, -5, 5), noise, evaluate, optimum: 0 };
}

/** A wide slope leads to one corner, the optimum lies in a smaller hole elsewhere. */
function trap(): Sketch {
  const evaluate = (c: Flat) => {
    const x = vectorOf(c);
    const wide = 1 + 0.9 * Math.hypot(...away(x, [0.95, 0.9, 0.92, 0.97]));
    const hole = 1.6 * Math.exp(-squares(away(x, [0.22, 0.3, 0.25, 0.18])) / (2 * 0.16 ** 2));
    return wide - hole;
  };
  const bottom = { x00: 0.22, x01: 0.3, x02: 0.25, x03: 0.18 };
  return { name: 'trap4', parameters: box(4, 0, 1), evaluate, optimum: refined(evaluate, bottom) };
}

/** Lowest value near a point, by a shrinking pattern search: some optima are sums of two terms. */
function refined(evaluate: (c: Flat) => number, start: Record<string, number>): number {
  let at = { ...start };
  let best = evaluate(at);
  for (let step = 0.05; step > 1e-9; step /= 2) {
    for (let hasGained = true; hasGained; ) {
      hasGained = false;
      for (const name of Object.keys(at)) {
        for (const sign of [-1, 1]) {
          const next = { ...at, [name]: (at[name] ?? 0) + sign * step };
          const value = evaluate(next);
          if (value >= best) continue;
          [best, at, hasGained] = [value, next, true];
        }
      }
    }
  }
  return best;
}

/** Half of the box crashes, and the optimum lies beside the edge. */
function crashHalf(): Sketch {
  const centre = [0.46, 0.3, 0.7, 0.55, 0.2];
  const evaluate = (c: Flat) => {
    const x = vectorOf(c);
    if ((x[0] as number) + 0.35 * Math.sin(5 * (x[1] as number)) > 0.84) return null;
    return 4 * squares(away(x, centre)) + 0.3 * (1 - Math.cos(9 * ((x[2] as number) - 0.7)));
  };
  return { name: 'crash_half5', parameters: box(5, 0, 1), evaluate, optimum: 0 };
}

function integers(): Sketch {
  const parameters: Parameters = Object.fromEntries(
    [40, 12, 8, 200, 5, 30].map((max, i) => [`k${i}`, { distribution: 'int_uniform', min: 1, max }]),
  );
  const best = [27, 4, 6, 61, 2, 19];
  const ranges = [39, 11, 7, 199, 4, 29];
  const evaluate = (c: Flat) => {
    const t = vectorOf(c).map((v, i) => (v - (best[i] as number)) / (ranges[i] as number));
    const pair = (t[0] as number) + (t[3] as number);
    return squares(t) * 3 + 5 * pair * pair + 0.4 * Math.abs((t[1] as number) - (t[5] as number));
  };
  return { name: 'integers6', parameters, evaluate, optimum: 0 };
}

/** Twenty parameters, of which five matter much and five a little. */
function many(): Sketch {
  const centre = shift(20, 31, 1);
  const weights = [8, 5, 3, 2, 1, 0.3, 0.2, 0.2, 0.1, 0.1];
  const evaluate = (c: Flat) => {
    const t = away(vectorOf(c), centre);
    return weights.reduce((s, w, i) => s + w * (t[2 * i] as number) ** 2, 0);
  };
  return { name: 'many20', parameters: box(20, -1, 1), evaluate, optimum: 0 };
}

function plateaus(): Sketch {
  const centre = shift(4, 41, 4);
  const evaluate = (c: Flat) => away(vectorOf(c), centre).reduce((s, v) => s + Math.floor(Math.abs(v) * 2), 0);
  return { name: 'plateaus4', parameters: box(4, -4, 4), evaluate, optimum: 0 };
}

function rastrigin(): Sketch {
  const [centre, turn] = [shift(3, 51, 4), rotation(3, 52)];
  const evaluate = (c: Flat) =>
    turned(turn, away(vectorOf(c), centre)).reduce((s, v) => s + v * v + 3 * (1 - Math.cos(2 * Math.PI * v)), 0);
  return { name: 'rastrigin3_rotated', parameters: box(3, -4, 4), evaluate, optimum: 0 };
}

/** Each model family has parameters of its own; noise grows nowhere, the families differ little. */
function families(): Sketch {
  const parameters: Parameters = {
    family: { values: ['forest', 'boosting', 'network'] },
    forest: {
      parameters: {
        depth: { distribution: 'int_uniform', min: 2, max: 30 },
        features: { distribution: 'uniform', min: 0.05, max: 1 },
      },
    },
    boosting: {
      parameters: {
        rate: { distribution: 'log_uniform_values', min: 1e-3, max: 1 },
        rounds: { distribution: 'int_uniform', min: 10, max: 1000 },
        bagged: { values: [true, false] },
      },
    },
    network: {
      parameters: {
        rate: { distribution: 'log_uniform_values', min: 1e-5, max: 0.1 },
        shape: { values: [[32], [64, 32], [128, 64, 32]] },
        decay: { distribution: 'log_uniform_values', min: 1e-7, max: 1e-1 },
      },
    },
  };
  const evaluate = (c: Flat) => {
    if (c.family === 'forest') {
      return (
        0.31 + 0.02 * ((Number(c['forest.depth']) - 19) / 8) ** 2 + 0.3 * (Number(c['forest.features']) - 0.35) ** 2
      );
    }
    if (c.family === 'boosting') {
      const product = Math.log10(Number(c['boosting.rate'])) + Math.log10(Number(c['boosting.rounds']));
      const rate = Math.log10(Number(c['boosting.rate'])) + 1.4;
      return 0.26 + 0.06 * (product - 1.1) ** 2 + 0.02 * rate * rate + (c['boosting.bagged'] === true ? 0 : 0.015);
    }
    const rate = Math.log10(Number(c['network.rate'])) + 2.9;
    const decay = Math.log10(Number(c['network.decay'])) + 4.2;
    const shape =
      [0.06, 0, 0.02][['[32]', '[64,32]', '[128,64,32]'].indexOf(JSON.stringify(c['network.shape']))] ?? 0.1;
    return (
      0.24 +
      shape +
      0.25 * (1 - Math.exp(-rate * rate)) +
      0.01 * decay * decay +
      0.01 * rate * decay * Math.exp(-rate * rate)
    );
  };
  return { name: 'families', parameters, evaluate, optimum: 0.24 };
}

/** A training loss over five decades of learning rate that explodes, with noise that a new seed brings. */
function explosive(): Sketch {
  const parameters: Parameters = {
    lr: { distribution: 'log_uniform_values', min: 1e-6, max: 1 },
    momentum: { distribution: 'uniform', min: 0, max: 0.99 },
    batch: { values: [8, 16, 32, 64, 128, 256, 512] },
  };
  const evaluate = (c: Flat) => {
    const step =
      Math.log10(Number(c.lr)) - Math.log10(1.0001 - Number(c.momentum)) - 0.5 * Math.log10(Number(c.batch) / 32);
    const t = step + 2.2;
    return 0.5 + (t > 0 ? Math.expm1(3 * t) * 0.3 : 0.25 * t * t) + 0.05 * (Math.log2(Number(c.batch)) - 6) ** 2;
  };
  return { name: 'explosive_noisy', parameters, noise: { kind: 'normal', scale: 0.1 }, evaluate, optimum: 0.5 };
}

const sketches = (): Sketch[] => [
  ellipsoid(),
  bowl('bowl4_cauchy', 4, 21, { kind: 'cauchy', scale: 0.5 }),
  bowl('bowl5_uniform', 5, 22, { kind: 'uniform', scale: 2 }),
  bowl('bowl3_normal', 3, 23, { kind: 'normal', scale: 1.5 }),
  trap(),
  crashHalf(),
  integers(),
  many(),
  plateaus(),
  rastrigin(),
  families(),
  explosive(),
];

const randomSeeds = 200;

/** Random search's median regrets, which the score is relative to. */
function randomRegret({ parameters, noise = null, evaluate, optimum }: Sketch): Problem['randomRegret'] {
  const all = leaves(parameters);
  const after: Record<10 | 100, number[]> = { 10: [], 100: [] };
  for (let seed = 0; seed < randomSeeds; seed++) {
    const random = mulberry32(seed * 7_907 + 17);
    const values = Array.from({ length: 100 }, () =>
      evaluate(Object.fromEntries(all.map(([name, leaf]) => [name, sampled(leaf, random())]))),
    );
    const told = values.map((value, k) => (value === null ? null : observed({ noise }, value, seed, k)));
    const curve = regrets(values, told, optimum, Number.POSITIVE_INFINITY);
    for (const n of [10, 100] as const) after[n].push(curve[n - 1] as number);
  }
  const median = (list: number[]) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)] as number;
  return { 10: median(after[10]), 100: median(after[100]) };
}

export const extraSuite = (): Problem[] =>
  sketches().map((sketch) => ({ ...sketch, noise: sketch.noise ?? null, randomRegret: randomRegret(sketch) }));
