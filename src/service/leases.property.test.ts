/** Whatever agents, programs, the clock and users do, in whatever order: what lease-world.ts says holds at any time, and it ends. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { World } from '../../test/fixtures/lease-world.ts';
import { createTestService, leaseS } from '../../test/fixtures/service.ts';

type Command = fc.AsyncCommand<World, World>;

const command = (
  label: string,
  act: (world: World) => Promise<void> | void,
  check: (world: World) => boolean = () => true,
): Command => ({
  check,
  run: async (_, world) => {
    await act(world);
    world.verify();
  },
  toString: () => label,
});

const agents = 3;
const who = fc.nat(agents - 1);

/** What the child of agent `i` does, where it has one. */
const byChild = (label: string, act: (world: World, i: number) => Promise<void> | void, mustHaveBegun = true) =>
  who.map((i) =>
    command(
      `${label}(${i})`,
      (world) => act(world, i),
      (world) => {
        const { child } = world.agent(i);
        return child !== null && (child.begun || !mustHaveBegun);
      },
    ),
  );

const childOf = (world: World, i: number) => {
  const agent = world.agent(i);
  if (agent.child === null) throw new Error('There is no child.');
  return [agent, agent.child] as const;
};

const orphan = (label: string, act: (world: World, child: World['orphans'][number]) => Promise<void> | void) =>
  fc.constant(
    command(
      label,
      (world) => act(world, world.orphans[0] as World['orphans'][number]),
      (world) => world.orphans.length > 0,
    ),
  );

/** How often a command comes, against the others. */
const times = (weight: number, arbitrary: fc.Arbitrary<Command>) =>
  Array<fc.Arbitrary<Command>>(weight).fill(arbitrary);

const commands = [
  // Agents and time are what there is most of.
  ...times(
    4,
    fc
      .tuple(who, fc.nat(3))
      .map(([i, luck]) => command(`ask(${i}${luck === 0 ? ', lost' : ''})`, (world) => world.ask(i, luck === 0))),
  ),
  ...times(
    3,
    fc.constantFrom(1, 4.5, 5, 10, 30, 60, leaseS, leaseS).map((s) =>
      command(`${s} s pass`, (world) => {
        world.advance(s);
        return world.reap();
      }),
    ),
  ),
  fc.constantFrom(1, 5, leaseS).map((s) => command(`${s} s pass, unseen`, (world) => world.advance(s))),
  ...times(
    2,
    byChild('init', (world, i) => world.init(childOf(world, i)[1]), false),
  ),
  ...times(
    2,
    fc.nat(2).chain((n) => byChild(`report ${n} rows`, (world, i) => world.report(childOf(world, i)[1], n))),
  ),
  byChild('finish', (world, i) => world.exit(...childOf(world, i), 0)),
  byChild('fail', (world, i) => world.exit(...childOf(world, i), 1)),
  byChild('preempt', (world, i) => world.exit(...childOf(world, i), 1, true)),
  byChild('die', (world, i) => world.die(...childOf(world, i)), false),
  fc
    .tuple(who, fc.boolean())
    .map(([i, lives]) => command(`vanish(${i}, ${lives && 'child lives'})`, (world) => world.vanish(i, lives))),
  orphan('orphan inits', (world, child) => world.init(child)),
  orphan('orphan reports', (world, child) => world.report(child, 1)),
  orphan('orphan finishes', (world, child) => world.exit(null, child, 0)),
  fc.constantFrom(1, 20, 300).map((s) => command(`restart after ${s} s`, (world) => world.restart(s))),
  fc
    .constantFrom('paused', 'running', 'running', 'running', 'finished', 'canceled')
    .map((state) => command(state, (world) => world.setState(state))),
  fc.nat(5).map((i) => command(`stop run ${i}`, (world) => world.stop(i))),
];

it('no point is lost, given twice or run for ever', { timeout: 300_000 }, async () => {
  let finished = 0;
  await fc.assert(
    fc.asyncProperty(fc.commands(commands, { maxCommands: 80, size: 'max' }), async (steps) => {
      const test = createTestService();
      try {
        const world = new World(test, 4);
        await world.begin(agents);
        await fc.asyncModelRun(() => ({ model: world, real: world }), steps);
        await world.driveToEnd();
        finished++;
      } finally {
        test.close();
      }
    }),
    { numRuns: Number(process.env.PROPERTY_RUNS ?? 100) },
  );
  expect(finished).toBeGreaterThan(0);
});
