/** What a thread, or a process on another machine, is asked to compute: text in, text out, so that nothing is lost on the way (wire.ts). */
import { fromPlain, writeJson } from '../domain/json.ts';
import { importance } from './importance.ts';
import { refine } from './refine.ts';
import { suggest } from './suggest.ts';
import { readSnapshot, writeAnswer } from './wire.ts';

export type OptimizerTask = { snapshot: string } & (
  | { op: 'suggest'; count: number }
  | { op: 'importance' }
  | { op: 'refine'; parent: string }
);

/**
 * @returns JSON text: an Answer, an Importance, a Refinement or null
 * @throws SyntaxError, RangeError where the snapshot is not readable
 */
export function computeTask(task: OptimizerTask): string {
  const snapshot = readSnapshot(task.snapshot);
  switch (task.op) {
    case 'suggest':
      return writeAnswer(suggest(snapshot, task.count));
    case 'importance':
      return writeJson(fromPlain(importance(snapshot)));
    case 'refine':
      return writeJson(fromPlain(refine(snapshot, task.parent)));
  }
}
