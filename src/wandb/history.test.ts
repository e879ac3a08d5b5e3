import { describe, expect, it } from 'vitest';
import { begin, gridOf, joinAgent, makeSweep, post } from '../../test/fixtures/service.ts';
import { apiKey, type WandbApp, withWandbApp } from '../../test/fixtures/wandb-app.ts';
import type { RunRow } from '../store/views/views.ts';

async function withHistory(lines: string[], body: (wandb: WandbApp, run: RunRow) => Promise<void>): Promise<void> {
  await withWandbApp(async (wandb) => {
    const { test } = wandb;
    const sweep = await makeSweep(test, gridOf(1));
    const run = await begin(test, await (await joinAgent(test, sweep)).take());
    await post(test, run, { history: { offset: 0, lines } });
    await body(wandb, run);
  });
}

const ask = async ({ graphql }: WandbApp, run: RunRow, field: string, variables: Record<string, unknown> = {}) => {
  const declared = 'specs' in variables ? 'query ($specs: [JSONString!]!)' : 'query';
  const query = `${declared} { project(name: "vision") { run(name: "${run.name}") { ${field} } } }`;
  const { project } = await graphql(query, variables);
  return Object.values(project.run as Record<string, unknown>)[0] as unknown[];
};

const sampled = async (wandb: WandbApp, run: RunRow, spec: object) =>
  (await ask(wandb, run, 'sampledHistory(specs: $specs)', { specs: [JSON.stringify(spec)] }))[0] as Record<
    string,
    unknown
  >[];

const steps = (rows: unknown[]) => rows.map((row) => JSON.parse(String(row))._step);
const tenRows = Array.from({ length: 10 }, (_, i) => `{"loss":${10 - i},"_step":${i}${i % 2 ? `,"odd":${i}` : ''}}`);

describe('history', () => {
  it('is the text that was logged, whatever is in it', () => {
    const lines = [
      '{"loss":NaN,"a.b":1,"_step":0}',
      '{"big":9007199254740993,"inf":-Infinity,"_step":1}',
      '{"text":"ünï \\u2028 Ω","nested":{"x":[1.0,null]},"_step":2}',
    ];
    return withHistory(lines, async (wandb, run) => {
      expect(await ask(wandb, run, 'history(samples: 100)')).toEqual(lines);
    });
  });

  it('of a line that is nested too deep is the text, and nothing of it is looked into', () => {
    const deep = `{"loss":1,"_step":1,"d":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    return withHistory(['{"loss":2,"_step":0}', deep], async (wandb, run) => {
      expect(await ask(wandb, run, 'history(samples: 100)')).toEqual(['{"loss":2,"_step":0}', deep]);
      expect(await sampled(wandb, run, { keys: ['loss'] })).toEqual([{ loss: 2 }]);
      expect(await sampled(wandb, run, {})).toEqual([]);
      const rest = await wandb.call({
        method: 'GET',
        url: `/api/v1/runs/${run.name}/history`,
        headers: { authorization: `Bearer ${apiKey}` },
      });
      expect(rest.statusCode).toBe(200);
    });
  });

  it('of a range has every row from minStep, to before maxStep', () =>
    withHistory(tenRows, async (wandb, run) => {
      expect(steps(await ask(wandb, run, 'history(minStep: 3, maxStep: 7, samples: 2)'))).toEqual([3, 4, 5, 6]);
      expect(steps(await ask(wandb, run, 'history(minStep: 8)'))).toEqual([8, 9]);
    }));

  it('of a range is by step, not by line, and in order of steps', () =>
    withHistory(['{"_step":40}', '{"_step":7}', '{"_step":20}'], async (wandb, run) => {
      expect(steps(await ask(wandb, run, 'history(minStep: 0, maxStep: 100)'))).toEqual([7, 20, 40]);
      expect(steps(await ask(wandb, run, 'history(minStep: 8, maxStep: 40)'))).toEqual([20]);
    }));

  it('without a range is sampled evenly, the first and the last row among them', () =>
    withHistory(tenRows, async (wandb, run) => {
      expect(steps(await ask(wandb, run, 'history(samples: 4)'))).toEqual([0, 3, 6, 9]);
      expect(await ask(wandb, run, 'history(samples: 10)')).toHaveLength(10);
    }));

  it('leaves out lines that never arrived', () =>
    withHistory(['{"_step":0}'], async (wandb, run) => {
      await post(wandb.test, run, { history: { offset: 2, lines: ['{"_step":2}'] } });
      expect(steps(await ask(wandb, run, 'history(minStep: 0, maxStep: 9)'))).toEqual([0, 2]);
    }));

  it('tells its last step and the types of its keys', () =>
    withHistory(['{"loss":1,"_step":0}', '{"loss":"bad","n":{"x":1},"_step":5}'], async (wandb, run) => {
      expect(await ask(wandb, run, 'historyKeys')).toMatchObject({
        lastStep: 5,
        keys: {
          loss: {
            typeCounts: [
              { type: 'number', count: 1 },
              { type: 'string', count: 1 },
            ],
          },
        },
      });
    }));
});

describe('sampled history', () => {
  it('has only rows with all keys, reduced to them, maxStep included', () =>
    withHistory(tenRows, async (wandb, run) => {
      const spec = { keys: ['_step', 'odd', '_step'], minStep: 3, maxStep: 7, samples: 1000 };
      expect(await sampled(wandb, run, spec)).toEqual([
        { _step: 3, odd: 3 },
        { _step: 5, odd: 5 },
        { _step: 7, odd: 7 },
      ]);
    }));

  it('finds keys inside nested values', () =>
    withHistory(['{"a":{"b":1,"c.d":2},"a.e":3,"_step":0}'], async (wandb, run) => {
      expect(await sampled(wandb, run, { keys: ['a.b', 'a.c.d', 'a.e'] })).toEqual([
        { 'a.b': 1, 'a.c.d': 2, 'a.e': 3 },
      ]);
      expect(await sampled(wandb, run, { keys: ['a.x'] })).toEqual([]);
    }));

  it('is valid JSON: NaN and infinities are texts', () =>
    withHistory(['{"loss":NaN,"x":[Infinity],"_step":0}'], async (wandb, run) => {
      expect(await sampled(wandb, run, { keys: ['loss', 'x'] })).toEqual([{ loss: 'NaN', x: ['Infinity'] }]);
    }));

  it('has a list a spec', () =>
    withHistory(tenRows, async (wandb, run) => {
      const lists = await ask(wandb, run, 'sampledHistory(specs: $specs)', {
        specs: ['{"keys":["loss"],"samples":3}', '{"keys":["odd"]}', '{}'],
      });
      expect(lists.map((list) => (list as unknown[]).length)).toEqual([3, 5, 10]);
    }));
});
