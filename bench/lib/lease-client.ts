/**
 * The clients, in a process of their own so that their CPU time is not the server's: each holds one keep-alive connection and does
 * lease, finish, lease, finish. Forked by sweepd.ts; answers with one message.
 */
import { performance } from 'node:perf_hooks';
import { HttpConnection } from '../../test/chaos/lib/http-connection.ts';

export interface LeaseClientTask {
  port: number;
  authorization: string;
  sweepId: string;
  clients: number;
  /** Ends after this time or this many cycles, whichever comes first. */
  seconds: number;
  cycles: number;
}

export interface LeaseClientAnswer {
  cycles: number;
  seconds: number;
}

async function loop(task: LeaseClientTask, name: string, goOn: () => boolean): Promise<number> {
  const connection = new HttpConnection(task.port, task.authorization);
  let cycles = 0;
  while (goOn()) {
    const leased = await connection.call('POST', `/api/v1/sweeps/${task.sweepId}/lease`, { agent: name });
    const { run, lease } = leased.body as { run: { id: string } | null; lease: { token: string } };
    if (leased.status !== 200 || run === null)
      throw new Error(`lease: ${leased.status} ${JSON.stringify(leased.body)}`);
    const result = { token: lease.token, state: 'finished', summary: { loss: 0.5 } };
    const finished = await connection.call('POST', `/api/v1/runs/${run.id}/finish`, result);
    if (finished.status !== 200) throw new Error(`finish: ${finished.status} ${JSON.stringify(finished.body)}`);
    cycles++;
  }
  connection.close();
  return cycles;
}

process.on('message', async (task: LeaseClientTask) => {
  const begin = performance.now();
  const end = begin + task.seconds * 1000;
  let left = task.cycles;
  const goOn = () => performance.now() < end && left-- > 0;
  const counts = await Promise.all(Array.from({ length: task.clients }, (_, i) => loop(task, `client-${i}`, goOn)));
  const cycles = counts.reduce((sum, count) => sum + count, 0);
  process.send?.({ cycles, seconds: (performance.now() - begin) / 1000 } satisfies LeaseClientAnswer);
});
