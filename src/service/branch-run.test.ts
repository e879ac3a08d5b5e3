import { describe, expect, it } from 'vitest';
import {
  actor,
  begin,
  complete,
  gridOf,
  joinAgent,
  lossLines,
  makeSweep,
  post,
  runNow,
  type TestService,
  withService,
} from '../../test/fixtures/service.ts';
import type { RunRow } from '../store/schema.ts';
import { rewindRun } from './branch-run.ts';
import { reportRun } from './report-run.ts';

const withRun = (body: (test: TestService, run: RunRow) => Promise<void>) =>
  withService(async (test) => {
    const sweep = await makeSweep(test, gridOf(2));
    const run = await begin(test, await (await joinAgent(test, sweep)).take());
    await post(test, run, {
      history: { offset: 0, lines: lossLines(5, 1, 4, 3) },
      log: { offset: 0, lines: ['hello'] },
      exitCode: 0,
    });
    await body(test, runNow(test, run));
  });

const history = (test: TestService, run: RunRow) => test.store.streams.read(run.id, 'history');

const fork = (test: TestService, name: string, from: string, step: number) =>
  reportRun(test.service, actor, {
    entity: 'team',
    project: 'vision',
    name,
    fields: { host: 'h' },
    begins: true,
    resumes: false,
    fork: { run: from, step },
  });

describe('a fork', () => {
  it('begins with the rows up to the step, once, and leaves its source alone', () =>
    withRun(async (test, run) => {
      const { run: forked } = await fork(test, 'fork', run.name, 1);
      await fork(test, 'fork', run.name, 1);
      expect(history(test, forked)).toEqual(lossLines(5, 1));
      expect(runNow(test, forked)).toMatchObject({ historyLines: 2, lastStep: 1, state: 'running' });
      expect(history(test, run)).toHaveLength(4);
    }));

  it('of a run that does not exist is refused and makes nothing', () =>
    withRun(async (test) => {
      await expect(fork(test, 'fork', 'nope', 1)).rejects.toMatchObject({ code: 'unknown_run', kind: 'invalid_input' });
      const project = test.store.projects.find('team', 'vision');
      expect(test.store.runs.byName(project?.id ?? -1, 'fork')).toBeUndefined();
    }));
});

describe('a rewind', () => {
  it('drops the rows behind the step and what was judged by them, and keeps the console', () =>
    withRun(async (test, run) => {
      expect(run.bestValue).toBe(1);
      const rewound = await rewindRun(test.service, 'team', 'vision', { run: run.name, step: 0 });
      expect(rewound).toMatchObject({ historyLines: 1, lastStep: 0, logLines: 1, generation: run.generation + 1 });
      expect(rewound.bestValue).toBe(5);
      expect(history(test, run)).toEqual(lossLines(5));
      expect(test.store.streams.read(run.id, 'log')).toEqual(['hello']);
    }));

  it('of a run that does not exist is refused', () =>
    withService(async (test) => {
      const agent = await joinAgent(test, await makeSweep(test, gridOf(1)));
      await complete(test, await agent.take());
      await expect(rewindRun(test.service, 'team', 'vision', { run: 'nope', step: 0 })).rejects.toMatchObject({
        code: 'unknown_run',
      });
    }));
});
