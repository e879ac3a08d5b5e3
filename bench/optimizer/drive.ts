/** One search of one problem, through `engine session` and nothing else. */
import { openEngine } from '../../src/runtime/engine.ts';
import { flatten, type Nested, observed, type Problem, regrets } from './problem.ts';
import { duration } from './random-streams.ts';

interface Asked {
  id: string;
  config: Record<string, { value: Nested[string] }>;
}

export interface Session {
  ask(count: number): { id: string; config: Nested }[];
  tell(id: string, value: number | null): void;
}

/** @param method of the sweep: bayes, or random for comparison */
export function openSession(problem: Problem, seed: number, method = 'bayes'): Session {
  const answer = openEngine('session');
  if (answer === null) throw new Error('No engine session');
  const send = (message: object) => {
    const reply = JSON.parse(answer(JSON.stringify(message)));
    if (reply.error) throw new Error(reply.error);
    return reply;
  };
  const metric = { name: 'loss', goal: 'minimize' };
  send({ open: { config: { method, metric, parameters: problem.parameters }, seed } });
  return {
    ask: (count) =>
      send({ ask: count }).suggestions.map(({ id, config }: Asked) => ({
        id,
        config: Object.fromEntries(Object.entries(config).map(([name, entry]) => [name, entry.value])),
      })),
    tell: (id, value) => send({ tell: [value === null ? { id, state: 'failed' } : { id, value }] }),
  };
}

export interface Trace {
  problem: string;
  seed: number;
  method: string;
  mode: 'seq' | 'par8';
  /** Noiseless values in the order of completion, null for a crash; what was told. */
  values: (number | null)[];
  observed: (number | null)[];
  /** CPU time of all asks and tells. */
  cpuMs: number;
}

/** @param width runs that go on at the same time, each for as long as the suite says */
export function drive(problem: Problem, seed: number, width: number, evaluations: number, method = 'bayes'): Trace {
  const session = openSession(problem, seed, method);
  const trace: Trace = {
    problem: problem.name,
    seed,
    method,
    mode: width === 1 ? 'seq' : 'par8',
    values: [],
    observed: [],
    cpuMs: 0,
  };
  const running: { id: string; config: Nested; k: number; ends: number }[] = [];
  let started = 0;
  let now = 0;
  while (trace.values.length < evaluations) {
    const cpu = process.cpuUsage();
    for (const one of session.ask(Math.min(width - running.length, evaluations - started))) {
      running.push({ ...one, k: started, ends: now + duration(seed, started) });
      started++;
    }
    running.sort((a, b) => a.ends - b.ends);
    const ended = running.shift();
    if (ended === undefined) break;
    now = ended.ends;
    const value = problem.evaluate(flatten(ended.config, problem.parameters));
    const told = value === null ? null : observed(problem, value, seed, ended.k);
    session.tell(ended.id, told);
    const used = process.cpuUsage(cpu);
    trace.cpuMs += (used.user + used.system) / 1000;
    trace.values.push(value);
    trace.observed.push(told);
  }
  // A space that is used up: nothing changes any more.
  while (trace.values.length < evaluations) {
    trace.values.push(null);
    trace.observed.push(null);
  }
  return trace;
}

export const curveOf = (trace: Trace, { optimum, randomRegret }: Problem): number[] =>
  regrets(trace.values, trace.observed, optimum, 3 * randomRegret[10]);
