/** An agent that speaks REST: lease, rows, finish, until the sweep is over. Started by agent.ts. */
import { type AgentProcess, runAgent } from './agent-process.ts';
import { bearer } from './http-connection.ts';
import { pause } from './recorded-client.ts';

interface Held {
  run: { id: string };
  lease: { token: string };
}

await runAgent(bearer, async (agent) => {
  for (let ask = 0; ; ask++) {
    const held = await lease(agent, ask);
    if (held === null) return;
    if (agent.settings.zombie) return haunt(agent, held);
    const rows = agent.random.between(0, 3);
    const abandons = agent.random.next() < agent.settings.abandon;
    const kept = await logRows(agent, held, ask, 0, rows);
    if (kept && !abandons) await finish(agent, held, ask);
  }
});

/** @returns null when the sweep is over */
async function lease({ settings, client }: AgentProcess, ask: number): Promise<Held | null> {
  for (let again = 0; ; again++) {
    const path = `/api/v1/sweeps/${settings.sweepId}/lease`;
    // An ask that was answered with nothing is over: the next one is new.
    const request_id = `${settings.name}-${ask}-${again}`;
    const { status, body } = await client.call('lease', path, { agent: settings.name, request_id });
    if (status !== 200) throw new Error(`lease: ${status} ${JSON.stringify(body)}`);
    const answer = body as { run: Held['run'] | null; lease: Held['lease']; sweep_state: string };
    if (answer.run !== null) return { run: answer.run, lease: answer.lease };
    if (answer.sweep_state === 'finished' || answer.sweep_state === 'canceled') return null;
    await pause(100);
  }
}

/** @returns whether the lease still holds */
async function logRows(
  { settings, client }: AgentProcess,
  held: Held,
  ask: number,
  from: number,
  to: number,
): Promise<boolean> {
  for (let offset = from; offset < to; offset++) {
    const rows = [{ loss: 1 / (offset + 1), who: settings.name, ask, row: offset }];
    const path = `/api/v1/runs/${held.run.id}/metrics`;
    const { status } = await client.call('metrics', path, { token: held.lease.token, offset, rows });
    if (status !== 200) return false;
  }
  return true;
}

async function finish({ settings, client }: AgentProcess, held: Held, ask: number): Promise<void> {
  const summary = { loss: 0.5, finished_by: settings.name, ask };
  await client.call('finish', `/api/v1/runs/${held.run.id}/finish`, {
    token: held.lease.token,
    state: 'finished',
    summary,
  });
}

/** Stopped past its lease and continued, it tries everything that a holder may do. */
async function haunt(agent: AgentProcess, held: Held): Promise<void> {
  await logRows(agent, held, 0, 0, 3);
  await agent.hold();
  await agent.client.call('heartbeat', `/api/v1/runs/${held.run.id}/heartbeat`, { token: held.lease.token });
  await logRows(agent, held, 0, 3, 4);
  await finish(agent, held, 0);
}
