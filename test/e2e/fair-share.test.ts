/** Two users who share a pool, with real agents: what each gets of the leases, in the order in which the server granted them. */
import { expect, it } from 'vitest';
import { useCli } from '../fixtures/cli.ts';
import { apiKey, useServer } from '../fixtures/server.ts';

const server = useServer();
const cli = useCli(server);

/** Of the issue: over any 50 leases the users are within 20% of each other. */
const span = 50;

async function sweepOf(user: string, points: number): Promise<string> {
  const { key } = await cli.json<{ key: string }>('keys', 'create', '--user', user);
  const values = Array.from({ length: points }, (_, i) => i);
  const config = {
    method: 'grid',
    project: 'p',
    sweepd: { pool: 'gpu' },
    parameters: { x: { values } },
    command: ['true'],
  };
  const response = await fetch(`${server.url}/api/v1/sweeps`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ config }),
  });
  return ((await response.json()) as { id: string }).id;
}

interface Run {
  state: string;
  /** It ends with the place of the run among all that the server has made. */
  name: string;
}

/** @returns the places of the sweep's runs among all runs that the server has made */
async function places(sweep: string): Promise<number[]> {
  const headers = { authorization: `Bearer ${apiKey}` };
  const response = await fetch(`${server.url}/api/v1/sweeps/${sweep}/runs?limit=200`, { headers });
  const { items } = (await response.json()) as { items: Run[] };
  expect(new Set(items.map(({ state }) => state))).toEqual(new Set(['finished']));
  return items.map(({ name }) => Number(name.split('-').at(-1)));
}

it('gives two users of equal weight the same of three agent processes, whatever lengths their queues have', async () => {
  const [ada, bob] = [await sweepOf('ada', 150), await sweepOf('bob', 40)];
  const agent = (name: string, slots: number, count: number) =>
    cli.run(['agent', '--pool', 'gpu', '--name', name, '--slots', String(slots), '--count', String(count)]);
  const ended = await Promise.all([agent('one', 1, 18), agent('two', 2, 26), agent('three', 2, 26)]);
  expect(ended.map(({ code }) => code)).toEqual([0, 0, 0]);
  const bobs = new Set(await places(bob));
  const order = [...(await places(ada)), ...bobs]
    .sort((a, b) => a - b)
    .map((place) => (bobs.has(place) ? 'bob' : 'ada'));
  expect(order).toHaveLength(70);
  for (let first = 0; first + span <= order.length; first++) {
    const ofBob = order.slice(first, first + span).filter((user) => user === 'bob').length;
    const ratio = ofBob / (span - ofBob);
    expect(ratio, `leases ${first + 1} to ${first + span}: ${order.join(' ')}`).toBeGreaterThanOrEqual(0.8);
    expect(ratio, `leases ${first + 1} to ${first + span}: ${order.join(' ')}`).toBeLessThanOrEqual(1.25);
  }
});
