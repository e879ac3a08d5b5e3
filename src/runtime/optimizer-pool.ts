/**
 * The optimizer in threads of its own. They start with the first model-based sweep and end when they have been idle; a computation that
 * takes too long takes its thread with it.
 */
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Piscina } from 'piscina';
import { writeJson } from '../domain/json.ts';
import type { Answer } from '../optimizer/index.ts';
import type { OptimizerTask } from '../optimizer/task.ts';
import type { RemoteTask } from '../queue/optimizer-jobs.ts';
import { snapshotOf } from '../queue/optimizer-protocol.ts';
import type { FitAnswer, FitRequest, Suggest } from '../service/fits.ts';
import type { Insight } from '../service/insight.ts';
import type { ResultRow } from '../store/schema.ts';

/** A fit that takes longer is worth less than a quasi-random point. Milliseconds. */
const longestFitMs = 60_000;
const idleMs = 60_000;

const threadFile = fileURLToPath(new URL('../../workers/optimizer.thread.js', import.meta.url));

export interface OptimizerPool extends Insight {
  suggest: Suggest;
  /** @returns the answer as text. @throws where the thread died or took too long */
  compute(task: OptimizerTask): Promise<string>;
  close(): Promise<void>;
}

/** Workers on other machines. @returns null where there is none that answers */
export type ComputeElsewhere = (task: RemoteTask) => Promise<string | null>;

/**
 * @param filename the thread's entry point; another one for tests
 * @param elsewhere asked first; the threads compute what nobody else does
 */
export function createOptimizerPool(
  filename = threadFile,
  elsewhere: ComputeElsewhere = async () => null,
): OptimizerPool {
  let threads: Promise<Piscina> | null = null;
  /** Ends what is being computed. */
  const running = new Set<AbortController>();
  const run = async (task: OptimizerTask): Promise<string> => {
    // A thread that dies without a task (it may not even load) is told as an event, and its task would wait for ever.
    threads ??= startThreads(filename, (error) => {
      for (const one of running) one.abort(error);
    });
    const gone = new AbortController();
    running.add(gone);
    try {
      const signal = AbortSignal.any([gone.signal, AbortSignal.timeout(longestFitMs)]);
      return await (await threads).run(task, { signal });
    } catch (error) {
      throw gone.signal.aborted ? gone.signal.reason : error;
    } finally {
      running.delete(gone);
    }
  };
  return {
    suggest: async (request) => {
      const parts = snapshotParts(request);
      const task = { op: 'suggest' as const, count: request.count };
      const remote = await elsewhere({ ...parts, sweepId: request.sweepId, task: JSON.stringify(task) });
      const answer = remote ?? (await run({ ...task, snapshot: textOf(parts) }));
      const { readAnswer } = await import('../optimizer/index.ts');
      return fitAnswer(readAnswer(answer));
    },
    compute: run,
    importance: (request) => run({ op: 'importance', snapshot: snapshotText(request) }),
    refine: (request, parent) => run({ op: 'refine', snapshot: snapshotText(request), parent }),
    close: async () => {
      await (await threads)?.close({ force: true });
    },
  };
}

// Loaded with the first fit: a server that starts again is back sooner without.
async function startThreads(filename: string, onError: (error: Error) => void): Promise<Piscina> {
  const { Piscina } = await import('piscina');
  const threads = new Piscina({
    filename,
    minThreads: 0,
    // One core stays with the server's own thread.
    maxThreads: Math.max(1, availableParallelism() - 1),
    idleTimeout: idleMs,
  });
  return threads.on('error', onError);
}

/** The answer as service/ keeps it. */
export function fitAnswer({ suggestions, model }: Answer): FitAnswer {
  return {
    suggestions: suggestions.map(({ point, explanation }) => ({
      parameters: writeJson(point),
      method: explanation.method,
      explanation: JSON.stringify(explanation),
    })),
    model: model === null ? null : JSON.stringify(model),
    engine: suggestions[0]?.explanation.engine ?? '',
  };
}

// Results are written once and read in every fit after that.
const resultTexts = new WeakMap<ResultRow, string>();

function resultText(row: ResultRow): string {
  const known = resultTexts.get(row);
  if (known !== undefined) return known;
  const { parameters, value, state, isStopped } = row;
  const text = `{"point":${parameters},"value":${value ?? 'null'},"state":"${state}","stopped":${isStopped}}`;
  resultTexts.set(row, text);
  return text;
}

/** The text that optimizer/wire.ts reads as a snapshot, put together from texts: at 10,000 results anything else holds up the server. */
export const snapshotText = (request: FitRequest): string => textOf(snapshotParts(request));

type Parts = Pick<RemoteTask, 'base' | 'results' | 'fields'>;

const textOf = ({ base, results, fields }: Parts): string => snapshotOf(base, results, fields);

/** What holds as long as the config does, what only grows, and the rest. */
function snapshotParts(request: FitRequest): Parts {
  const { config, seed, made, width, results, pending, prior, model } = request;
  const base = [`"document":${writeJson(config.document)}`, ...(prior === null ? [] : [`"prior":${prior}`])];
  const fields = [
    `"seed":${seed}`,
    `"made":${made}`,
    `"width":${width}`,
    `"pending":[${pending.join(',')}]`,
    `"model":${model ?? 'null'}`,
  ];
  return { base: base.join(','), results: results.map(resultText), fields: fields.join(',') };
}
