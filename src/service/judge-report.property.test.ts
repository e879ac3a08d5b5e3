/** Early stopping against its definition: whatever arrives, the server has stopped exactly what the rules say of the rows as they are. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  begin,
  joinAgent,
  makeSweep,
  post,
  runNow,
  type TestService,
  withService,
} from '../../test/fixtures/service.ts';
import { parseJson } from '../domain/json.ts';
import { lossesAtRung, runsToStop } from '../optimizer/stop/judge-all.ts';
import { metricIn, type RunRecord } from '../optimizer/stop/run-record.ts';
import type { RunRow, SweepRow } from '../store/schema.ts';
import { stopRulesOf } from './sweep-config.ts';

interface Arrival {
  run: number;
  /** Rows before the end of what is there that are written again (0: the report follows on), or a gap where negative. */
  back: number;
  rows: string[];
  repeated: boolean;
  ends: boolean;
}

const runs = 6;
const row = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: -4, max: 4 }).map((value) => `{"loss":${value / 2}}`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('{"loss":NaN}', '{"loss":"Infinity"}', '{"loss":null}', '{"other":1}', '{"loss":'),
  },
);
const arrival: fc.Arbitrary<Arrival> = fc.record({
  run: fc.nat(runs - 1),
  back: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: -2, max: 4 }) }),
  rows: fc.array(row, { minLength: 1, maxLength: 5 }),
  repeated: fc.boolean(),
  ends: fc.integer({ min: 0, max: 11 }).map((n) => n === 0),
});
const rules = fc.constantFrom(
  'early_terminate: {type: hyperband, min_iter: 2, eta: 2}',
  'early_terminate: {type: hyperband, min_iter: 1, eta: 1.5, strict: false}',
  'early_terminate: {type: hyperband, max_iter: 9, s: 2}',
  'early_terminate: {type: hyperband, min_iter: 1, eta: 1.5, strict: false}\nsweepd: {objective: last, stop: [{type: median, min_runs: 2}]}',
  'sweepd: {stop: [{type: median, min_steps: 2, min_runs: 2}]}',
  'early_terminate: {type: hyperband, min_iter: 2}\nsweepd: {stop: [{type: median, min_runs: 3}, {type: divergence, rows: 2, above: 1.5}]}',
);

interface World {
  test: TestService;
  sweep: SweepRow;
  rows: RunRow[];
}

async function makeWorld(test: TestService, stop: string, goal: string): Promise<World> {
  const values = Array.from({ length: runs }, (_, i) => i).join(', ');
  const config = `method: grid\nmetric: {name: loss, goal: ${goal}}\nparameters: {x: {values: [${values}]}}\n${stop}\n`;
  const sweep = await makeSweep(test, config);
  const rows: RunRow[] = [];
  for (let i = 0; i < runs; i++) rows.push(await begin(test, await (await joinAgent(test, sweep)).take()));
  return { test, sweep, rows };
}

async function arrive({ test, rows }: World, { run, back, rows: lines, repeated, ends }: Arrival): Promise<void> {
  const target = rows[run];
  if (target === undefined) return;
  const offset = Math.max(0, runNow(test, target).historyLines - back);
  const report = { history: { offset, lines } };
  await post(test, target, report);
  if (repeated) await post(test, target, report);
  if (ends) await post(test, target, { exitCode: 0 });
}

/** The runs as their stored rows say, as the engine's pipe would be given them. */
function recordsIn({ test, rows }: World): RunRecord[] {
  return rows.map((row) => {
    const now = runNow(test, row);
    const allValues = test.store.streams
      .read(row.id, 'history')
      .map((line) => {
        try {
          return line === undefined ? null : metricIn(parseJson(line), 'loss');
        } catch {
          return null;
        }
      })
      .filter((value) => value !== null);
    return { name: row.name, state: now.state, values: allValues.filter(Number.isFinite), allValues, summary: null };
  });
}

const stoppedIn = ({ test, rows }: World) =>
  rows.filter((row) => runNow(test, row).stopRequestedAt !== null).map((row) => row.name);

const decisionsIn = ({ test, rows }: World) =>
  rows.map((row) => test.store.decisions.ofRun(row.id).map(({ id: _, ...decision }) => decision));

describe('early stopping', () => {
  it('stops what the rules say of the rows, after every arrival, and nothing else', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(arrival, { minLength: 1, maxLength: 40 }),
        rules,
        fc.constantFrom('minimize', 'maximize'),
        (arrivals, stop, goal) =>
          withService(async (test) => {
            const world = await makeWorld(test, stop, goal);
            const sweepRules = stopRulesOf(test.service, world.sweep);
            const expected = new Set<string>();
            for (const one of arrivals) {
              // A report and its end are two posts: what is stopped by the first is looked at in between.
              await arrive(world, { ...one, ends: false });
              for (const name of runsToStop(sweepRules, recordsIn(world))) expected.add(name);
              expect(new Set(stoppedIn(world))).toEqual(expected);
              if (one.ends) await arrive(world, { ...one, rows: [], repeated: false });
            }
          }),
      ),
      { numRuns: 40 },
    ));

  it('never stops the best run at a rung, for what it has there', () =>
    fc.assert(
      fc.asyncProperty(fc.array(arrival, { minLength: 1, maxLength: 30 }), rules, (arrivals, stop) =>
        withService(async (test) => {
          const world = await makeWorld(test, stop, 'minimize');
          const { ladders } = stopRulesOf(test.service, world.sweep);
          for (const one of arrivals) {
            const before = new Set(stoppedIn(world));
            await arrive(world, one);
            const records = recordsIn(world);
            for (const name of stoppedIn(world)) {
              if (before.has(name)) continue;
              const run = world.rows.find((row) => row.name === name);
              const decision = decisionsIn(world)
                .flat()
                .find((made) => made.runId === run?.id && made.verdict === 'stop');
              const ladder = ladders.find((rule) => rule.name === decision?.rule);
              if (ladder === undefined || decision === undefined) continue;
              const best = lossesAtRung(ladder, 1, records, decision.rung).at(0);
              expect(decision.value).toBeGreaterThan(best);
            }
          }
        }),
      ),
      { numRuns: 20 },
    ));

  it('decides the same once more when the same arrives', () =>
    fc.assert(
      fc.asyncProperty(fc.array(arrival, { minLength: 1, maxLength: 30 }), rules, async (arrivals, stop) => {
        const seen: unknown[] = [];
        for (let i = 0; i < 2; i++) {
          await withService(async (test) => {
            const world = await makeWorld(test, stop, 'minimize');
            for (const one of arrivals) await arrive(world, one);
            seen.push([stoppedIn(world), decisionsIn(world)]);
          });
        }
        expect(seen[1]).toEqual(seen[0]);
      }),
      { numRuns: 10 },
    ));

  it('goes on from what is stored: a memory that is lost in between changes nothing', () =>
    fc.assert(
      fc.asyncProperty(fc.array(arrival, { minLength: 1, maxLength: 30 }), rules, async (arrivals, stop) => {
        const seen: unknown[] = [];
        for (const forgets of [false, true]) {
          await withService(async (test) => {
            const world = await makeWorld(test, stop, 'minimize');
            for (const one of arrivals) {
              // Another store on the same database has no memory of it: as after a restart.
              if (forgets) test.service.store = { ...test.store };
              await arrive(world, one);
            }
            seen.push([stoppedIn(world), decisionsIn(world)]);
          });
        }
        expect(seen[1]).toEqual(seen[0]);
      }),
      { numRuns: 10 },
    ));
});
