import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { readTools } from '../../scripts/tools.mjs';
import { useCli } from '../fixtures/cli.ts';
import { until } from '../fixtures/processes.ts';
import { useServer } from '../fixtures/server.ts';
import { useWandb } from '../fixtures/wandb.ts';

const server = useServer();
const wandb = useWandb(server, 'own-agent');
const cli = useCli(server);

/** Logs, ends its run, works on for `AFTER` seconds, and leaves a sign that nobody ended it. */
cli.file(
  'train.py',
  `import os, sys, time, wandb
with wandb.init() as run:
    for step in range(3):
        run.log({"loss": run.config["lr"] / (step + 1)})
    run.summary["argv"] = sys.argv[1:]
    while os.environ.get("HOLD"):
        run.log({"loss": 1.0})
        time.sleep(0.2)
time.sleep(float(os.environ.get("AFTER", "0")))
open(run.id + ".done", "w").close()
sys.exit(int(os.environ.get("EXIT", "0")))
`,
);

const python = process.env.SWEEPD_PYTHON ?? readTools().python ?? '';
const environment = (more: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  PATH: `${dirname(python)}${delimiter}${process.env.PATH}`,
  HOME: cli.directory,
  // What a shell that trains for the cloud would have set: the agent's server is the right one all the same.
  WANDB_BASE_URL: 'http://127.0.0.1:9',
  WANDB_CONSOLE: 'off',
  WANDB_ERROR_REPORTING: 'false',
  WANDB_X_DISABLE_STATS: 'true',
  WANDB_X_FILE_STREAM_TRANSMIT_INTERVAL: '1',
  ...more,
});

const parameters = `
  lr: {values: [0.5, 1.0]}
  s: {values: ["yes", "008"]}
  d: {value: {a: 1.0, b: [1, 2.5, null]}}
  nested: {parameters: {tiny: {value: 1.0e-9}, word: {value: "ü: #"}}}`;

async function newSweep(more = ''): Promise<{ id: string; path: string }> {
  const text = `method: grid\nprogram: train.py\nproject: own-agent\nmetric: {name: loss}\n${more}parameters:${parameters}\n`;
  const sweep = await cli.json<{ id: string; entity: string; project: string }>(
    'sweep',
    'create',
    cli.file('sweep.yaml', text),
  );
  return { id: sweep.id, path: `${sweep.entity}/${sweep.project}/${sweep.id}` };
}

it('a program that uses wandb joins the run that our agent was handed, and may work on after it', async () => {
  const sweep = await newSweep();
  const agent = cli.start(['agent', sweep.id, '--slots', '4'], environment({ AFTER: '7' }));
  const { code } = await agent.ended;
  expect([code, agent.output()]).toEqual([
    0,
    expect.stringContaining('Agent ended after 4 runs: the sweep is finished'),
  ]);

  const seen = await wandb.readSweep(sweep.path);
  expect(seen.state).toBe('FINISHED');
  expect(seen.runs.map((run) => run.state)).toEqual(Array(4).fill('finished'));
  const fixed = { d: { a: 1, b: [1, 2.5, null] }, nested: { tiny: 1e-9, word: 'ü: #' } };
  const points = [0.5, 1].flatMap((lr) => ['yes', '008'].map((s) => ({ lr, s, ...fixed })));
  expect(seen.runs.map((run) => run.config)).toEqual(expect.arrayContaining(points));
  for (const { name, config, rows, summary } of seen.runs) {
    const lr = Number(config.lr);
    expect(rows).toEqual([0, 1, 2].map((step) => ({ _step: step, loss: lr / (step + 1) })));
    expect(summary.argv).toContain(lr === 1 ? '--lr=1.0' : '--lr=0.5');
    expect(existsSync(join(cli.directory, `${name}.done`))).toBe(true);
  }
});

it('cancelling the sweep ends the program, and the run is killed', async () => {
  const sweep = await newSweep('run_cap: 1\n');
  const agent = cli.start(['agent', sweep.id], environment({ HOLD: '1' }));
  await until('rows', async () => ((await server.sweep(sweep.path)).runs[0]?.lines ? true : null));
  await cli.run(['sweep', 'cancel', sweep.id]);
  await agent.ended;
  expect(agent.output()).toMatch(/Run \w{8} (?:stopped|is to stop)/);
  await until('the run to be killed', async () =>
    (await server.sweep(sweep.path)).runs[0]?.state === 'killed' ? true : null,
  );
});

it("a program that ends its run well and then fails: the run's own word counts, the agent goes on", async () => {
  const sweep = await newSweep('run_cap: 2\n');
  const { code, stderr } = await cli.run(['agent', sweep.id], { env: environment({ EXIT: '3' }) });
  expect([code, stderr]).toEqual([0, expect.stringContaining('Agent ended after 2 runs (2 failed)')]);
  expect((await server.sweep(sweep.path)).runs.map((run) => run.state)).toEqual(['finished', 'finished']);
});
