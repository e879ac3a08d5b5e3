import { expect, it } from 'vitest';
import { canonicalJson, parseJson } from '../../domain/json.ts';
import { parseSweepConfig } from '../../space/index.ts';
import { writeYaml } from './yaml.ts';

const config =
  '{"method":"bayes","metric":{"name":"loss","goal":"minimize"},"parameters":{"lr":{"distribution":"log_uniform_values","min":1e-05,"max":1.0},"layers":{"values":[1,2,3]},"__proto__":{"value":"yes"},"big":{"values":[9007199254740993,"010","null"]}}}';

it('reads back as the same config, every number in its spelling', () => {
  const { document } = parseSweepConfig(writeYaml(parseJson(config)));
  expect(canonicalJson(document)).toBe(canonicalJson(parseJson(config)));
});

it('is laid out for people', () => {
  expect(writeYaml(parseJson(config))).toContain('layers:\n    values: [1, 2, 3]');
  expect(writeYaml(parseJson('{"a":1.0,"b":1}'))).toBe('a: 1.0\nb: 1\n');
});
