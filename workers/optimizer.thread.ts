/** A thread of the server that computes for model-based searches, so that no fit ever holds up a heartbeat. Text in, text out. */
import { computeTask, type OptimizerTask } from '../src/optimizer/task.ts';

export default (task: OptimizerTask): string => computeTask(task);
