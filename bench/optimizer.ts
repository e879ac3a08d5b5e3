/**
 * How good the suggestions are, beside those of the libraries, and what one costs. Everything goes through `engine session`. The
 * libraries' results were measured once and are stored; only the latency of Optuna is measured again, where it is installed.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../test/chaos/lib/server-process.ts';
import { drive } from './optimizer/drive.ts';
import { extraSuite } from './optimizer/extra-suite.ts';
import { type Latency, optunaLatencies, sizes, sweepdLatency } from './optimizer/latency.ts';
import { scorePicture } from './optimizer/picture.ts';
import type { Problem } from './optimizer/problem.ts';
import { publicSuite } from './optimizer/public-suite.ts';
import { type Paired, pair, type Run, readBaselines, runOf, type Score, scoreOf } from './optimizer/score.ts';

export interface OptimizerOptions {
  /** Searches of every problem. */
  seeds: number;
  suite: 'public' | 'extra' | 'all';
}

const evaluations = 100;
/** The problems that are also searched with eight runs at a time. */
const parallel = ['hartmann6', 'rosenbrock4', 'mixed_train'];
const rival = 'optuna_gp_imp';

export async function benchOptimizer({ seeds, suite }: OptimizerOptions) {
  const problems = [...(suite === 'extra' ? [] : publicSuite()), ...(suite === 'public' ? [] : extraSuite())];
  const baselines = readBaselines(problems);
  const runs: Run[] = [];
  const search = (problem: Problem, seed: number, width: number) => {
    const trace = { ...drive(problem, seed, width, evaluations), method: 'sweepd' };
    runs.push(runOf(trace, problem));
    return trace;
  };
  for (const problem of problems) {
    for (let seed = 0; seed < seeds; seed++) search(problem, seed, 1);
    printProblem(problem, [...baselines, ...runs]);
  }
  const scores = table('sequential', problems, [...baselines, ...runs], 'seq');
  const paired = suite === 'extra' ? null : pairWithRival(runs, baselines);
  for (const problem of problems.filter((one) => parallel.includes(one.name))) {
    for (let seed = 0; seed < seeds; seed++) search(problem, seed, 8);
  }
  const inParallel = table('eight runs at a time', problems, [...baselines, ...runs], 'par8');
  if (suite === 'public') writePicture(scores);
  const latencies = sizes.map(sweepdLatency);
  const optuna = optunaLatencies();
  printLatencies([...latencies, ...optuna.found], optuna.missing);
  return { runs, scores, paired, inParallel, latencies: [...latencies, ...optuna.found] };
}

function writePicture(scores: readonly Score[]): void {
  const folder = join(root, '.cache', 'bench');
  mkdirSync(folder, { recursive: true });
  const title = 'Regret relative to random search (Q): less is better, bars are 90% intervals over seeds';
  writeFileSync(join(folder, 'optimizer.svg'), scorePicture(title, scores));
}

function printProblem({ name }: Problem, runs: readonly Run[]): void {
  const line = (method: string) => {
    const found = runs.filter((run) => run.problem === name && run.method === method && run.mode === 'seq');
    if (found.length === 0) return '';
    const { q, at } = scoreOf(found);
    return `${method} ${q.toFixed(4)} (${at.map((value) => value.toFixed(3)).join(' ')})`;
  };
  console.log(`${name.padEnd(20)} ${line('sweepd')}  ${line(rival)}`);
}

/** Methods that have every problem, best first. */
function table(title: string, problems: readonly Problem[], runs: readonly Run[], mode: Run['mode']): Score[] {
  const ran = runs.filter((run) => run.mode === mode);
  const names = new Set(ran.filter((run) => run.method === 'sweepd').map((run) => run.problem));
  if (names.size === 0) return [];
  const methods = [...new Set(ran.map((run) => run.method))];
  const scores = methods
    .map((method) => ran.filter((run) => run.method === method && names.has(run.problem)))
    .filter((found) => new Set(found.map((run) => run.problem)).size === names.size)
    .map(scoreOf)
    .sort((a, b) => a.q - b.q);
  console.log(`\n${title}: ${names.size} of ${problems.length} problems`);
  console.log('| method | Q25 | Q50 | Q100 | Q [90%] | AUC | searches |\n|---|---|---|---|---|---|---|');
  for (const { method, at, q, low, high, auc, runs: count } of scores) {
    const [a, b, c] = at.map((value) => value.toFixed(3));
    console.log(
      `| ${method} | ${a} | ${b} | ${c} | ${q.toFixed(4)} [${low.toFixed(4)}-${high.toFixed(4)}] | ${auc.toFixed(3)} | ${count} |`,
    );
  }
  return scores;
}

function pairWithRival(runs: readonly Run[], baselines: readonly Run[]): Paired {
  const ours = runs.filter((run) => run.seed < 3 && run.mode === 'seq');
  const theirs = baselines.filter((run) => run.method === rival && run.mode === 'seq');
  const found = pair(ours, theirs);
  const { ratio, low, high, problems, pairs } = found;
  console.log(
    `\nQ(sweepd) / Q(${rival}) = ${ratio.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}] in ${pairs} pairs`,
  );
  console.log(problems.map(([name, value]) => `${name} ${value.toFixed(2)}`).join(', '));
  return found;
}

function printLatencies(all: readonly Latency[], missing: string | null): void {
  console.log(
    '\nCPU ms of a tell and an ask, 8 parameters: median (p95); in brackets Optuna GP or else TPE over sweepd',
  );
  for (const method of new Set(all.map((one) => one.method))) {
    const cells = all
      .filter((one) => one.method === method)
      .map(({ n, medianMs, p95Ms }) => {
        const ours = all.find((one) => one.method === 'sweepd' && one.n === n)?.medianMs ?? Number.NaN;
        const ratio = method === 'sweepd' ? '' : ` [${(medianMs / ours).toFixed(2)}]`;
        return `n=${n} ${medianMs.toFixed(1)} (${p95Ms.toFixed(1)})${ratio}`;
      });
    console.log(`${method.padEnd(12)} ${cells.join('  ')}`);
  }
  if (missing !== null) console.log(`without Optuna GP: ${missing}`);
}
