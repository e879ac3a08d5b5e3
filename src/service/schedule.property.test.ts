/** The schedule on a real database and a clock that is turned by hand: random users, sweeps, caps and ends of runs. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { actor, gridOf, joinAgent, reapNow, type TestService, withService } from '../../test/fixtures/service.ts';
import { createSweep } from './create-sweep.ts';
import { askPool } from './pool-agent.ts';
import { askForRun, finishRun, type Leased } from './rest-agent.ts';
import { capReached, deleteShare, setShare } from './shares.ts';

async function sweepBy(test: TestService, userName: string, extensions = '', entity = 'team', points = 400) {
  const { sweep } = await createSweep(
    test.service,
    { userName, role: 'member' },
    {
      config: gridOf(points, `sweepd: {pool: gpu${extensions}}`),
      entity,
      project: 'vision',
      allowViolations: false,
    },
  );
  return sweep;
}

const ask = (test: TestService, agent: string, tags: string[] = []) =>
  askPool(test.service, actor, { pool: 'gpu', agent, tags, requestId: null });

const finish = (test: TestService, { run, lease }: Leased) =>
  finishRun(test.service, run.name, lease.token, 'finished', null);

const ownerOf = (test: TestService, { lease }: Leased) => test.store.sweeps.byId(lease.sweepId)?.userName ?? '';

/** Leases `count` runs and finishes each at once. @returns whose they were */
async function serve(test: TestService, count: number): Promise<string[]> {
  const owners: string[] = [];
  for (let i = 0; i < count; i++) {
    const leased = await ask(test, 'slot');
    if (leased === null) throw new Error('The pool has nothing.');
    owners.push(ownerOf(test, leased));
    await finish(test, leased);
  }
  return owners;
}

const count = (owners: readonly string[], name: string) => owners.filter((owner) => owner === name).length;

it('two users of equal weight get the same within any 50 leases, though one has ten sweeps', () =>
  withService(async (test) => {
    for (let i = 0; i < 10; i++) await sweepBy(test, 'ada');
    await sweepBy(test, 'bob');
    const owners = await serve(test, 200);
    for (let from = 0; from + 50 <= owners.length; from++) {
      const ada = count(owners.slice(from, from + 50), 'ada');
      expect(Math.abs(ada - 25)).toBeLessThanOrEqual(1);
    }
  }));

it('weights of 3 and 1 give three to one', () =>
  withService(async (test) => {
    await setShare(test.service, actor, { kind: 'user', name: 'ada', weight: 3 });
    await sweepBy(test, 'ada');
    await sweepBy(test, 'bob');
    expect(count(await serve(test, 100), 'ada')).toBe(75);
  }));

it('a sweep of higher priority is served with the very next lease', () =>
  withService(async (test) => {
    await sweepBy(test, 'ada');
    await sweepBy(test, 'bob');
    await serve(test, 5);
    const urgent = await sweepBy(test, 'ada', ', priority: 1', 'team', 3);
    const leased = await Promise.all([1, 2, 3, 4].map((i) => ask(test, `slot-${i}`)));
    const ids = leased.map((one) => one?.lease.sweepId);
    expect(ids.map((id) => id === urgent.id)).toEqual([true, true, true, false]);
  }));

it('a user back from a cap gets no burst', () =>
  withService(async (test) => {
    await sweepBy(test, 'ada');
    await sweepBy(test, 'bob');
    await setShare(test.service, actor, { kind: 'user', name: 'ada', maxParallel: 1 });
    const held = await ask(test, 'long');
    expect(held && ownerOf(test, held)).toBe('ada');
    expect(count(await serve(test, 60), 'bob')).toBe(60);
    if (held) await finish(test, held);
    expect(Math.abs(count(await serve(test, 20), 'ada') - 10)).toBeLessThanOrEqual(1);
  }));

it("an unmodified W&B agent's runs count for its sweep's user", () =>
  withService(async (test) => {
    const ada = await sweepBy(test, 'ada');
    await sweepBy(test, 'bob');
    await serve(test, 10);
    for (let i = 0; i < 6; i++) await (await joinAgent(test, ada)).take();
    expect(count(await serve(test, 7), 'bob')).toBeGreaterThanOrEqual(6);
  }));

it('tags: a sweep goes to agents that have all of them', () =>
  withService(async (test) => {
    const sweep = await sweepBy(test, 'ada', ', tags: [a100, 24gb]');
    expect(await ask(test, 'small', ['24gb'])).toBeNull();
    expect((await ask(test, 'large', ['24gb', 'a100', 'fast']))?.lease.sweepId).toBe(sweep.id);
  }));

it('the times outlive a restart, so that nobody begins anew', () =>
  withService(async (test) => {
    await sweepBy(test, 'ada');
    await serve(test, 30);
    await sweepBy(test, 'bob');
    await serve(test, 11);
    test.clock.advance(2);
    await serve(test, 1);
    const before = test.service.fairness.get('gpu')?.times.users.get('team')?.times;
    test.service = { ...test.service, fairness: new Map() };
    await serve(test, 1);
    const after = test.service.fairness.get('gpu')?.times.users.get('team')?.times;
    const total = (times: typeof before) =>
      [...(times ?? new Map()).values()].reduce((sum, one) => sum + one.virtualTime, 0);
    expect(total(after)).toBe(total(before) + 1);
  }));

it('a cap that is taken away lets the next one in', () =>
  withService(async (test) => {
    await sweepBy(test, 'ada');
    await setShare(test.service, actor, { kind: 'team', name: 'team', maxParallel: 2 });
    await ask(test, 'a');
    await ask(test, 'b');
    expect(await ask(test, 'c')).toBeNull();
    await deleteShare(test.service, actor, 'team', 'team');
    expect(await ask(test, 'c')).not.toBeNull();
  }));

type Step =
  | { do: 'ask'; agent: number; tagged: boolean }
  | { do: 'askSweep'; agent: number; sweep: number }
  | { do: 'finish'; run: number }
  | { do: 'wait'; seconds: number }
  | { do: 'cap'; user: number; most: number | null };

const small = fc.nat({ max: 7 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('ask' as const), agent: small, tagged: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('askSweep' as const), agent: small, sweep: small }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('finish' as const), run: small }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const), seconds: fc.integer({ min: 1, max: 100 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('cap' as const),
      user: fc.nat({ max: 1 }),
      most: fc.option(fc.integer({ min: 1, max: 3 })),
    }),
  },
);

it('caps are never exceeded, whoever asks for what and whatever ends in between', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 80 }), (steps) =>
      withService(async (test) => {
        const users = ['ada', 'bob'];
        const sweeps = [
          await sweepBy(test, 'ada', ', max_parallel: 2', 'vision'),
          await sweepBy(test, 'ada', ', priority: 2, max_parallel: 1', 'speech'),
          await sweepBy(test, 'bob', ', tags: [a100]', 'vision'),
          await sweepBy(test, 'bob', '', 'vision'),
        ];
        await setShare(test.service, actor, { kind: 'team', name: 'vision', maxParallel: 4 });
        const userCaps = new Map<string, number | null>();
        let live: Leased[] = [];
        const isLive = ({ run }: Leased) => test.store.runs.byId(run.id)?.endedAt === null;
        const liveOf = (fits: (leased: Leased) => boolean) =>
          live.filter((leased) => isLive(leased) && fits(leased)).length;
        for (const one of steps) {
          let leased: Leased | null = null;
          if (one.do === 'ask') leased = await ask(test, `slot-${one.agent}`, one.tagged ? ['a100'] : []);
          if (one.do === 'askSweep') {
            const sweepId = sweeps[one.sweep % sweeps.length]?.id ?? '';
            leased = (await askForRun(test.service, actor, { sweepId, agent: `own-${one.agent}`, requestId: null }))
              .leased;
          }
          const held = one.do === 'finish' ? live.filter(isLive)[one.run] : undefined;
          if (held !== undefined) await finish(test, held);
          if (one.do === 'wait') {
            test.clock.advance(one.seconds);
            await reapNow(test);
          }
          if (one.do === 'cap') {
            const name = users[one.user] ?? '';
            userCaps.set(name, one.most);
            await setShare(test.service, actor, { kind: 'user', name, maxParallel: one.most });
          }
          live = live.filter(isLive);
          if (leased === null) continue;
          const { sweepId } = leased.lease;
          live.push(leased);
          // A cap that was lowered under what ran before counts for the next lease: this one had to be within it.
          const owner = ownerOf(test, leased);
          expect(liveOf((other) => ownerOf(test, other) === owner)).toBeLessThanOrEqual(userCaps.get(owner) ?? 99);
          expect(liveOf(({ lease }) => lease.sweepId === sweepId)).toBeLessThanOrEqual(
            [2, 1, 99, 99][sweeps.findIndex(({ id }) => id === sweepId)] ?? 99,
          );
          expect(liveOf(({ lease }) => lease.sweepId !== sweeps[1]?.id)).toBeLessThanOrEqual(4);
        }
        for (const sweep of sweeps) {
          const now = test.store.sweeps.byId(sweep.id);
          const waits = now !== undefined && capReached(test.service, now) === null;
          if (waits)
            expect(
              await askForRun(test.service, actor, { sweepId: sweep.id, agent: 'last', requestId: null }),
            ).toMatchObject({ leased: { lease: { sweepId: sweep.id } } });
        }
      }),
    ),
    { numRuns: 25 },
  );
});
