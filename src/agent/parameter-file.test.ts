import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { isObject, jsonObject, parseJson } from '../domain/json.ts';
import { childEnvironment, runFiles, writeParameterFile } from './parameter-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'sweepd-file-'));
afterAll(() => rmSync(folder, { recursive: true }));

it("writes W&B's form, every value as PyYAML reads it back", () => {
  const parameters = parseJson(
    '{"lr": 3e-05, "whole": 1.0, "n": 4, "yes": "yes", "word": "adam", "eight": "008", "none": null, "odd": "a\\u2028\\u0085: #", "list": [1, [], {"k": {}}], "opt": {"b": [0.5]}, "inf": Infinity}',
  );
  const file = join(folder, 'wandb/sweep-s/config-r.yaml');
  writeParameterFile(file, isObject(parameters) ? parameters : jsonObject());
  expect(readFileSync(file, 'utf8')).toBe(`wandb_version: 1

lr:
  value: 3.0e-05
whole:
  value: 1.0
"n":
  value: 4
"yes":
  value: "yes"
word:
  value: adam
eight:
  value: "008"
none:
  value: null
odd:
  value: "a\\u2028\\u0085: #"
list:
  value:
  - 1
  - []
  -
      k: {}
opt:
  value:
    b:
    - 0.5
inf:
  value: .inf
`);
});

it("gives the program W&B's variables and our own, and no other program's logger", () => {
  const files = runFiles({}, '/train', 's1', 'r1');
  const place = {
    entity: 'e',
    project: 'p',
    sweepId: 's1',
    runId: 'r1',
    token: 't',
    serverUrl: 'http://h:1',
    apiKey: 'k',
  };
  const environment = childEnvironment({ PATH: '/bin', WANDB_SERVICE: 'x', WANDB_BASE_URL: 'cloud' }, place, files);
  expect(environment).toEqual({
    PATH: '/bin',
    WANDB_BASE_URL: 'http://h:1',
    WANDB_API_KEY: 'k',
    WANDB_ENTITY: 'e',
    WANDB_PROJECT: 'p',
    WANDB_SWEEP_ID: 's1',
    WANDB_RUN_ID: 'r1',
    WANDB_DIR: '/train',
    WANDB_SWEEP_PARAM_PATH: '/train/wandb/sweep-s1/config-r1.yaml',
    SWEEPD_URL: 'http://h:1',
    SWEEPD_API_KEY: 'k',
    SWEEPD_SWEEP_ID: 's1',
    SWEEPD_RUN_ID: 'r1',
    SWEEPD_TOKEN: 't',
  });
  expect(runFiles({ WANDB_DIR: '/d' }, '/train', 's1', 'r1').json).toBe('/d/wandb/sweep-s1/config-r1.json');
});
