/** A thread of the server that computes for model-based searches, so that no fit ever holds up a heartbeat. Text in, text out. */
import { getPriority, setPriority } from 'node:os';
import { computeTask, type OptimizerTask } from '../src/optimizer/task.ts';

// On Linux this is the calling thread's own (setpriority(2), NPTL), so that the server's thread goes first where cores are few;
// elsewhere it would be the whole process's.
if (process.platform === 'linux') setPriority(0, Math.min(19, getPriority() + 5));

export default (task: OptimizerTask): string => computeTask(task);
