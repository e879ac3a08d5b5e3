import { describe, expect, it } from 'vitest';
import { isObject, type JsonObject, jsonObject, parseJson } from '../domain/json.ts';
import { commandItems, defaultCommand, expandCommand, macro } from './command.ts';

const object = (text: string): JsonObject => {
  const value = parseJson(text);
  return isObject(value) ? value : jsonObject();
};

function expand(items: readonly string[], parameters = '{}', environment: NodeJS.ProcessEnv = {}) {
  return expandCommand({
    items,
    program: 'train.py',
    parameters: object(parameters),
    jsonFile: '/w/config.json',
    environment,
  });
}
const argv = (item: string, parameters: string) => expand([item], parameters).argv;

// What W&B's own agent (0.31) makes of the same, run on 2026-11-23.
const cases: [parameters: string, macros: Record<string, string[]>][] = [
  [
    '{"lr": 3e-05, "n": 4, "name": "adam w"}',
    {
      args: ['--lr=3e-05', '--n=4', '--name=adam w'],
      args_no_equals: ['--lr', '3e-05', '--n', '4', '--name', 'adam w'],
      args_no_hyphens: ['lr=3e-05', 'n=4', 'name=adam w'],
      args_json: ['{"lr": 3e-05, "n": 4, "name": "adam w"}'],
      args_append_hydra: ['+lr=3e-05', '+n=4', '+name=adam w'],
      args_override_hydra: ['++lr=3e-05', '++n=4', '++name=adam w'],
    },
  ],
  [
    '{"amp": true, "ema": false, "x": null}',
    {
      args: ['--amp=True', '--ema=False', '--x=None'],
      args_no_equals: ['--amp', 'True', '--ema', 'False', '--x', 'None'],
      args_no_boolean_flags: ['--amp', '--x=None'],
      args_json: ['{"amp": true, "ema": false, "x": null}'],
    },
  ],
  [
    '{"opt.lr": 0.1, "whole": 1.0, "big": 12345678901234567890, "large": 1e16, "small": 0.0001}',
    {
      args: ['--opt.lr=0.1', '--whole=1.0', '--big=12345678901234567890', '--large=1e+16', '--small=0.0001'],
      args_json: ['{"opt.lr": 0.1, "whole": 1.0, "big": 12345678901234567890, "large": 1e+16, "small": 0.0001}'],
    },
  ],
  [
    '{"opt": {"name": "it\'s", "betas": [0.9, 1.0], "on": true, "x": null}, "s": "ü\\n"}',
    {
      args: ["--opt={'name': \"it's\", 'betas': [0.9, 1.0], 'on': True, 'x': None}", '--s=ü\n'],
      args_json: ['{"opt": {"name": "it\'s", "betas": [0.9, 1.0], "on": true, "x": null}, "s": "\\u00fc\\n"}'],
    },
  ],
];

describe('macros', () => {
  it.each(cases)('%s', (parameters, macros) => {
    for (const [name, expected] of Object.entries(macros)) expect(argv(macro(name), parameters)).toEqual(expected);
  });

  it('fills in the default command', () => {
    expect(expand(defaultCommand, '{"a": 1}').argv).toEqual(['/usr/bin/env', 'python', 'train.py', '--a=1']);
  });

  it('names the file of args_json_file, and says that it is wanted', () => {
    const { argv: words, usesJsonFile, jsonText } = expand(['x', macro('args_json_file')], '{"a": 1.0}');
    expect([words, usesJsonFile, jsonText]).toEqual([['x', '/w/config.json'], true, '{"a": 1.0}']);
    expect(expand(['x']).usesJsonFile).toBe(false);
  });

  it('takes variables anywhere, others only as whole items; an unknown one vanishes', () => {
    const items = [
      `--dir=${macro('envvar:OUT')}/${macro('envvar:NO_SUCH')}`,
      `--x=${macro('args')}`,
      macro('nothing'),
      macro('envvar:MACRO'),
    ];
    expect(expand(items, '{"a": 1}', { OUT: '/o', MACRO: macro('args') }).argv).toEqual([
      '--dir=/o/NO_SUCH',
      `--x=${macro('args')}`,
      '--a=1',
    ]);
  });
});

describe('commandItems', () => {
  it("reads numbers as W&B's YAML does: 3e-5 and 1e6 are text, 1.0e-5 is a number", () => {
    const text = 'command: [run, 3e-5, 1e6, 1.0e-5, 7, 1.50, true, null, "1e2"]\n';
    const command = '{"command": ["run", 3e-5, 1e6, 1.0e-5, 7, 1.50, true, null, "1e2"]}';
    expect(commandItems(object(command), text)).toEqual([
      'run',
      '3e-5',
      '1e6',
      '1e-05',
      '7',
      '1.5',
      'True',
      'None',
      '1e2',
    ]);
  });

  it('is the default without a command', () => {
    for (const config of ['{}', '{"command": []}', '{"command": null}']) {
      expect(commandItems(object(config), config)).toBe(defaultCommand);
    }
  });
});
