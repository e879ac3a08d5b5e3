import { expect, it } from 'vitest';
import { withWandbApp } from '../../test/fixtures/wandb-app.ts';

const bucket = `mutation ($input: UpsertBucketInput!) { upsertBucket(input: $input) { bucket { id } } }`;

it('gaps and changed lines are told of, and kept; what is sent again is not worth a word', () =>
  withWandbApp(async ({ graphql, call, log, views }) => {
    await graphql(bucket, { input: { name: 'r', modelName: 'p', host: 'h' } });
    const post = async (offset: number, ...content: string[]) => {
      log.length = 0;
      const payload = { files: { 'wandb-history.jsonl': { offset, content } } };
      const answer = await call({ method: 'POST', url: '/files/team/p/r/file_stream', payload });
      expect(answer.statusCode).toBe(200);
      return log.flatMap((line) => JSON.parse(line).notices as string[]);
    };
    expect(await post(0, '{"a":0}', '{"a":1}')).toEqual([]);
    expect(await post(0, '{"a":0}', '{"a":1}')).toEqual([]);
    expect(await post(1, '{"a":1}', '{"a":2}')).toEqual([]);
    expect(await post(5, '{"a":5}')).toEqual(['history: lines 3 to 4 have not arrived']);
    expect(await post(3, '{"a":3}', '{"a":4}')).toEqual([]);
    expect(await post(2, '{"a":22}', '{"a":3}')).toEqual([
      'history: 1 of the lines 2 to 3 were there with other contents',
    ]);
    const project = views.project('team', 'p');
    const run = views.run(project?.id ?? -1, 'r');
    expect(views.lines(run?.id ?? -1, 'history')).toEqual([
      '{"a":0}',
      '{"a":1}',
      '{"a":22}',
      '{"a":3}',
      '{"a":4}',
      '{"a":5}',
    ]);
  }));
