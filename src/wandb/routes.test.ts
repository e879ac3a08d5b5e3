import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { begin, gridOf, joinAgent, leaseS, makeSweep, reapNow, runNow } from '../../test/fixtures/service.ts';
import { basic, type WandbApp, withWandbApp } from '../../test/fixtures/wandb-app.ts';
import type { RunRow } from '../store/views/views.ts';

const withRun = (body: (wandb: WandbApp, run: RunRow) => Promise<void>) =>
  withWandbApp(async (wandb) => {
    const sweep = await makeSweep(wandb.test, gridOf(1));
    await body(wandb, await begin(wandb.test, await (await joinAgent(wandb.test, sweep)).take()));
  });

const stream = (wandb: WandbApp, name: string, payload: object = {}) =>
  wandb.call({ method: 'POST', url: `/files/team/vision/${name}/file_stream`, payload });

const lines = (...rows: string[]) => ({ files: { 'wandb-history.jsonl': { offset: 0, content: rows } } });

describe('file_stream', () => {
  it('stores what it is given and says whether to stop', () =>
    withRun(async (wandb, run) => {
      const answer = await stream(wandb, run.name, lines('{"loss":NaN,"_step":0}'));
      expect([answer.statusCode, answer.json()]).toEqual([200, { exitcode: null, limits: {}, stopped: false }]);
      await wandb.graphql('mutation S($id: ID!) { stopRun(input: { id: $id }) { success } }', {
        id: Buffer.from(`Run:${run.id}`).toString('base64'),
      });
      expect((await stream(wandb, run.name)).json().stopped).toBe(true);
      await stream(wandb, run.name, { complete: true, exitcode: 255 });
      expect(runNow(wandb.test, run)).toMatchObject({ state: 'killed', historyLines: 1, stopReason: 'stopped by ada' });
    }));

  it('of a run whose point another has is taken, and told to stop: never an error, the client would drop the rest', () =>
    withRun(async (wandb, run) => {
      wandb.test.clock.advance(leaseS);
      await reapNow(wandb.test);
      const sweep = wandb.views.sweep(run.sweepId ?? '');
      if (sweep) await (await joinAgent(wandb.test, sweep)).take();
      const answer = await stream(wandb, run.name, lines('{"loss":1,"_step":0}'));
      expect([answer.statusCode, answer.json().stopped]).toEqual([200, true]);
      expect(runNow(wandb.test, run)).toMatchObject({ state: 'crashed', historyLines: 1 });
    }));

  it('takes lines of megabytes', () =>
    withRun(async (wandb, run) => {
      const line = `{"text":"${'x'.repeat(6_000_000)}","_step":0}`;
      expect((await stream(wandb, run.name, lines(line))).statusCode).toBe(200);
      expect(wandb.test.store.streams.read(run.id, 'history')[0]).toHaveLength(line.length);
    }));

  it('with an offset that cannot be is taken without those lines, and says so: what follows must not be lost', () =>
    withRun(async (wandb, run) => {
      const content = ['{"loss":1,"_step":0}'];
      const files = {
        'wandb-history.jsonl': { offset: 30_000_000, content },
        'output.log': { offset: 0, content: ['a'] },
      };
      const answer = await stream(wandb, run.name, { files });
      expect([answer.statusCode, answer.json().refused]).toEqual([
        200,
        ['wandb-history.jsonl: offset 30000000 lies more than 1000000 lines beyond the 0 known ones'],
      ]);
      await stream(wandb, run.name, lines(...content));
      expect(runNow(wandb.test, run)).toMatchObject({ historyLines: 1, logLines: 1 });
    }));

  it('with gaps is read in the time of what was sent, by every way of reading', () =>
    withRun(async (wandb, run) => {
      const sent = [0, 1_000_000, 2_000_000];
      for (const offset of sent) {
        const chunk = { offset, content: [`{"loss":${offset},"_step":${offset}}`] };
        const answer = await stream(wandb, run.name, { files: { 'wandb-history.jsonl': chunk, 'output.log': chunk } });
        expect(answer.json()).not.toHaveProperty('refused');
      }
      const { project } = await wandb.graphql(
        `query H($run: String!) { project(name: "vision") { run(name: $run) { historyLineCount history
          sampledHistory(specs: ["{\\"keys\\":[\\"loss\\"]}"]) logLines(first: 10) { edges { node { number } } } } } }`,
        { run: run.name },
      );
      const read = project.run;
      expect(read.historyLineCount).toBe(2_000_001);
      expect(read.history.map((row: string) => JSON.parse(row).loss)).toEqual(sent);
      expect(read.sampledHistory[0].map((row: { loss: number }) => row.loss)).toEqual(sent);
      expect(read.logLines.edges.map((edge: { node: { number: number } }) => edge.node.number)).toEqual(sent);
    }));

  it('of a run that does not exist is a 404; without a key a 401', () =>
    withRun(async (wandb, run) => {
      expect((await stream(wandb, 'nosuchrun')).statusCode).toBe(404);
      const url = `/files/team/vision/${run.name}/file_stream`;
      for (const headers of [{}, { authorization: basic('k'.repeat(44)) }]) {
        const answer = await wandb.app.inject({ method: 'POST', url, headers, payload: lines('{"_step":0}') });
        expect(answer.statusCode).toBe(401);
      }
      expect(runNow(wandb.test, run).historyLines).toBe(0);
    }));
});

describe('a key', () => {
  it('is asked for before the body is read', () =>
    withRun(async (wandb, run) => {
      // Not JSON: a server that had read it would say so.
      const payload = 'x'.repeat(100);
      const headers = { 'content-type': 'application/json' };
      for (const url of ['/graphql', `/files/team/vision/${run.name}/file_stream`]) {
        expect((await wandb.app.inject({ method: 'POST', url, headers, payload })).statusCode).toBe(401);
        expect((await wandb.call({ method: 'POST', url, headers, payload })).statusCode).toBe(400);
      }
    }));
});

describe('a file of a run', () => {
  const createFiles = `mutation C($run: String!, $files: [String!]!) {
    createRunFiles(input: { entityName: "team", projectName: "vision", runName: $run, files: $files }) {
      runID uploadHeaders files { name uploadUrl } } }`;
  const readFiles = `query F($run: String!) { project(name: "vision") { run(name: $run) { fileCount
    files { edges { node { name url(upload: false) directUrl sizeBytes mimetype md5 } } } } } }`;

  async function upload(wandb: WandbApp, run: RunRow, name: string, content: string): Promise<string> {
    const { createRunFiles } = await wandb.graphql(createFiles, { run: run.name, files: [name] });
    expect(createRunFiles).toMatchObject({ uploadHeaders: [], files: [{ name }] });
    const url = new URL(createRunFiles.files[0].uploadUrl).pathname;
    // The client sends no key with it.
    const headers = { 'content-type': 'text/plain' };
    const answer = await wandb.app.inject({ method: 'PUT', url, headers, payload: Buffer.from(content) });
    expect(answer.statusCode).toBe(200);
    return url;
  }

  const filesOf = async (wandb: WandbApp, run: RunRow) => {
    const { project } = await wandb.graphql(readFiles, { run: run.name });
    return project.run.files.edges.map((edge: { node: unknown }) => edge.node);
  };

  const names = [
    'config.yaml',
    'media/images/ünï code 日本.png',
    '../../../etc/passwd',
    '/opt/x',
    '..',
    'a\\b',
    '%2e%2e/x',
  ];

  it.each(names)('%s is stored under its name, and nowhere else', (name) =>
    withRun(async (wandb, run) => {
      await upload(wandb, run, name, `content of ${name}`);
      const [file, ...others] = await filesOf(wandb, run);
      expect(others).toEqual([]);
      expect(file).toMatchObject({ name, mimetype: 'text/plain', sizeBytes: Buffer.byteLength(`content of ${name}`) });
      const answer = await wandb.app.inject({ method: 'GET', url: new URL(file.directUrl).pathname });
      expect([answer.statusCode, answer.body]).toEqual([200, `content of ${name}`]);
      // What a browser gets, it does not run.
      expect(answer.headers).toMatchObject({
        'content-disposition': 'attachment',
        'x-content-type-options': 'nosniff',
      });
      const stored = (readdirSync(wandb.dataDirectory, { recursive: true }) as string[]).filter((path) =>
        statSync(join(wandb.dataDirectory, path)).isFile(),
      );
      expect(stored).toEqual([expect.stringMatching(/^files\/[0-9a-f]{2}\/[0-9a-f]{32}$/)]);
    }),
  );

  it('is read by its path with a key, and not without', () =>
    withRun(async (wandb, run) => {
      await upload(wandb, run, 'media/a b.txt', 'hello');
      const [file] = await filesOf(wandb, run);
      const url = new URL(file.url).pathname;
      expect((await wandb.call({ method: 'GET', url })).body).toBe('hello');
      expect((await wandb.app.inject({ method: 'GET', url })).statusCode).toBe(401);
      expect((await wandb.call({ method: 'GET', url: `${url}x` })).statusCode).toBe(404);
    }));

  it('that is sent again replaces what was there, on the disk too', () =>
    withRun(async (wandb, run) => {
      const url = await upload(wandb, run, 'a.txt', 'first');
      await wandb.app.inject({ method: 'PUT', url, payload: Buffer.from('second one') });
      const files = await filesOf(wandb, run);
      expect(files).toHaveLength(1);
      expect(files[0].sizeBytes).toBe(10);
      const folders = readdirSync(join(wandb.dataDirectory, 'files'), { recursive: true }) as string[];
      expect(folders.filter((path) => path.includes('/'))).toHaveLength(1);
    }));

  it('is taken by no URL that is forged, too old, or for reading', () =>
    withRun(async (wandb, run) => {
      const put = (url: string) => wandb.app.inject({ method: 'PUT', url, payload: Buffer.from('x') });
      const url = await upload(wandb, run, 'a.txt', 'first');
      const [file] = await filesOf(wandb, run);
      expect((await put(new URL(file.directUrl).pathname)).statusCode).toBe(403);
      expect((await put(`${url}x`)).statusCode).toBe(403);
      expect((await wandb.app.inject({ method: 'GET', url })).statusCode).toBe(404);
      wandb.test.clock.advance(24 * 60 * 60);
      expect((await put(url)).statusCode).toBe(403);
      expect((await filesOf(wandb, run))[0].sizeBytes).toBe(5);
    }));

  it('of a run that was deleted meanwhile is refused and leaves no bytes', () =>
    withRun(async (wandb, run) => {
      const { createRunFiles } = await wandb.graphql(createFiles, { run: run.name, files: ['a.txt'] });
      await wandb.graphql('mutation D($id: ID!) { deleteRun(input: { id: $id }) { clientMutationId } }', {
        id: Buffer.from(`Run:${run.id}`).toString('base64'),
      });
      const url = new URL(createRunFiles.files[0].uploadUrl).pathname;
      const answer = await wandb.app.inject({ method: 'PUT', url, payload: Buffer.from('x') });
      expect(answer.statusCode).toBe(404);
      const left = (readdirSync(join(wandb.dataDirectory, 'files'), { recursive: true }) as string[]).filter((path) =>
        path.includes('/'),
      );
      expect(left).toEqual([]);
    }));
});
