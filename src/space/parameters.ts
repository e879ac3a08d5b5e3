/** The `parameters` section: every leaf checked, its distribution named or inferred, in grid order. */
import { compareText, isObject, type JsonObject, type JsonValue, numberOf } from '../domain/json.ts';
import type { Distribution, Parameter } from './config.ts';
import { mostCompared } from './fields.ts';
import { exponentForms, formNames, forms, inferForm, looksLikeValues } from './parameter-forms.ts';
import { didYouMean, kindOf, listOf, type Path, type Reporter, show } from './problems.ts';

const leafKeys = ['values', 'value', 'min', 'max', 'distribution', 'parameters', 'probabilities'];
const namePattern = /^[A-Za-z_][A-Za-z0-9_.-]*$/;

/** Far above any search that could succeed: each point names all of them, and each run keeps its point. */
const mostParameters = 10_000;

/** All leaves that could be understood; what could not is reported. */
export function parseParameters(section: JsonObject, report: Reporter): Parameter[] {
  const leaves: Parameter[] = [];
  const found = countParameters(section);
  if (found > mostParameters) {
    report.error(['parameters'], `${found} parameters are more than the ${mostParameters} that a sweep may have`);
    return leaves;
  }
  walk(section, ['parameters'], [], leaves, report);
  return leaves;
}

function countParameters(section: JsonObject): number {
  let total = 0;
  for (const name of Object.keys(section)) {
    const given = section[name];
    const inner = isObject(given) ? given.parameters : undefined;
    total += isObject(inner) ? countParameters(inner) : 1;
  }
  return total;
}

function walk(section: JsonObject, at: Path, names: string[], leaves: Parameter[], report: Reporter): void {
  for (const name of Object.keys(section).sort(compareText)) {
    const given = section[name] ?? null;
    const where = [...at, name];
    const path = [...names, name];
    if (!namePattern.test(name)) {
      report.violation(
        where,
        `"${name}" is not a name that W&B takes: write letters, digits, "_", "." and "-", beginning with a letter or "_"`,
      );
    }
    if (!isObject(given)) {
      report.error(where, `A parameter is a mapping, not ${kindOf(given)}: write ${advice(given)}`);
    } else if ('parameters' in given) {
      nested(given, where, path, leaves, report);
    } else {
      const leaf = parseLeaf(given, where, path, report);
      if (leaf) leaves.push(leaf);
    }
  }
}

function advice(given: JsonValue): string {
  if (Array.isArray(given))
    return `"values: ${show(given)}" to try each of them, or "value: ${show(given)}" for a constant`;
  return `"value: ${show(given)}" for a constant`;
}

function nested(given: JsonObject, where: Path, path: string[], leaves: Parameter[], report: Reporter): void {
  for (const key of Object.keys(given)) {
    if (key === 'parameters') continue;
    report.error(
      [...where, key],
      `A nested parameter has no other key than "parameters": move "${key}" inside it or remove it`,
    );
  }
  const inner = given.parameters ?? null;
  if (!isObject(inner) || Object.keys(inner).length === 0) {
    report.error(
      [...where, 'parameters'],
      'Nested parameters are a mapping with at least one parameter: write "parameters: {name: {value: 1}}"',
    );
  } else {
    walk(inner, [...where, 'parameters'], path, leaves, report);
  }
}

/** One parameter that is not nested; null where it is refused. */
export function parseLeaf(given: JsonObject, where: Path, path: string[], report: Reporter): Parameter | null {
  const formName = chooseForm(given, where, report);
  const form = formName === null ? undefined : forms[formName];
  if (formName === null || !form) return null;
  const known = { ...form.required, ...form.optional };
  let isRight = true;
  let unknown = 0;
  const refuse = (key: string | null, message: string) => {
    report.error(key === null ? where : [...where, key], message);
    isRight = false;
  };
  for (const key of Object.keys(form.required)) {
    if (!(key in given)) refuse(null, `${formName} needs "${key}": add it`);
  }
  for (const [key, value] of Object.entries(given)) {
    if (key === 'distribution') continue;
    const rule = Object.hasOwn(known, key) ? known[key] : undefined;
    if (!rule && ++unknown > mostCompared) continue;
    if (!rule) refuse(key, unknownKey(key, formName, Object.keys(known)));
    else {
      const problem = rule(value);
      if (problem !== null) refuse(key, `"${key}" ${problem}, not ${show(value)}${unquoted(value)}`);
    }
  }
  if (!isRight) return null;
  return checkLaw(given, formName, form.build(given), where, path, report);
}

function chooseForm(given: JsonObject, where: Path, report: Reporter): string | null {
  if ('distribution' in given) {
    const named = given.distribution ?? null;
    if (typeof named === 'string' && Object.hasOwn(forms, named)) {
      if (named === 'categorical' && 'probabilities' in given) {
        report.error(
          [...where, 'distribution'],
          'With probabilities, leave "distribution" out or write "distribution: categorical_w_probabilities"',
        );
        return null;
      }
      return named;
    }
    const word = typeof named === 'string' ? named : '';
    report.error(
      [...where, 'distribution'],
      `There is no distribution ${show(named)}.${meant(word)} Write ${listOf(formNames)}`,
    );
    return null;
  }
  const inferred = inferForm(given);
  if (inferred === null) report.error(where, `What this parameter may be is not said: ${hint(given)}`);
  return inferred;
}

/** Other libraries' `loguniform` takes bounds that are values. */
function meant(word: string): string {
  const simple = word.toLowerCase().replace(/[^a-z]/g, '');
  if (simple === 'loguniform' || simple === 'reciprocal') return ' Did you mean "log_uniform_values"?';
  if (simple === 'choice' || simple === 'choices') return ' Write "values: [...]" without a distribution.';
  if (simple === 'gaussian') return ' Did you mean "normal"?';
  if (simple === 'randint' || simple === 'int') return ' Did you mean "int_uniform"?';
  return didYouMean(word, formNames);
}

function hint(given: JsonObject): string {
  const keys = Object.keys(given);
  if (keys.some((key) => ['mean', 'std', 'stddev', 'loc', 'scale'].includes(key))) {
    return 'normal takes mu and sigma: write "distribution: normal" with "mu" and "sigma"';
  }
  if ('mu' in given || 'sigma' in given)
    return 'write "distribution: normal" or "distribution: log_normal" beside mu and sigma';
  if ('a' in given || 'b' in given) return 'write "distribution: beta" beside a and b';
  if ('min' in given) return 'add "max"';
  if ('max' in given) return 'add "min"';
  if ('probabilities' in given) return 'add "values"';
  if ('q' in given) return 'write "distribution: q_uniform" with "min" and "max"';
  if (keys.length > 0 && keys.every((key) => isObject(given[key]))) {
    return `nested parameters need one more key: write "parameters:" above ${listOf(keys.slice(0, 3).map((key) => `"${key}"`))}`;
  }
  const misspelt = keys.map((key) => didYouMean(key, leafKeys)).find((meant) => meant !== '') ?? '';
  return `write "value: ..." for a constant, "values: [...]" for a choice, or "min:" and "max:".${misspelt}`;
}

function unknownKey(key: string, formName: string, known: string[]): string {
  if (/normal/.test(formName) && ['mean', 'std', 'stddev', 'loc', 'scale'].includes(key)) {
    return `normal takes mu and sigma: write "${key === 'mean' || key === 'loc' ? 'mu' : 'sigma'}" instead of "${key}"`;
  }
  if (key === 'q')
    return `${formName} has no "q": write "distribution: q_${formName === 'int_uniform' ? 'uniform' : formName}", or remove it`;
  if (known.length === 1) return `"${key}" does not go with "${known[0]}": remove one of them`;
  return `${formName} has no key "${key}".${didYouMean(key, known)} It takes ${known.join(', ')}: remove "${key}"`;
}

function unquoted(value: JsonValue): string {
  if (typeof value !== 'string' || value.trim() === '' || !Number.isFinite(Number(value))) return '';
  return `, which is text: write ${value.trim()} without quotes`;
}

function checkLaw(
  given: JsonObject,
  form: string,
  distribution: Distribution,
  where: Path,
  path: string[],
  report: Reporter,
): Parameter | null {
  const name = path.join('/');
  if ('min' in given && !isLess(given.min, given.max)) {
    report.error(
      [...where, 'min'],
      `${name}: min ${show(given.min)} is not less than max ${show(given.max)}: write the smaller one as "min", or "value: ${show(given.min)}" for a constant`,
    );
    return null;
  }
  if (distribution.kind === 'categorical_w_probabilities') {
    if (!checkProbabilities(distribution, where, report)) return null;
  } else if (distribution.kind === 'log_uniform' && exponentForms.has(form)) {
    if (!checkExponents(given, form, distribution, where, report)) return null;
  } else if (distribution.kind === 'normal' || distribution.kind === 'log_normal') {
    if (distribution.sigma === 0)
      report.warning([...where, 'sigma'], 'sigma 0 always gives the same value: write "value: ..." for a constant');
  } else if (distribution.kind === 'beta' && (distribution.a === 0 || distribution.b === 0)) {
    report.warning(where, 'beta with a or b of 0 gives only 0 or 1: write numbers greater than 0');
  }
  return { path, name, form, distribution };
}

function isLess(min: JsonValue | undefined, max: JsonValue | undefined): boolean {
  if (typeof min === 'bigint' || typeof max === 'bigint') {
    const [low, high] = [numberOf(min), numberOf(max)];
    if (low === null || high === null || low !== high) return low !== null && high !== null && low < high;
    return typeof min === 'bigint' && typeof max === 'bigint' ? min < max : false;
  }
  return (numberOf(min) ?? 0) < (numberOf(max) ?? 0);
}

type Weighted = Extract<Distribution, { kind: 'categorical_w_probabilities' }>;

function checkProbabilities({ values, probabilities }: Weighted, where: Path, report: Reporter): boolean {
  const at = [...where, 'probabilities'];
  if (values.length !== probabilities.length) {
    report.error(at, `${values.length} values but ${probabilities.length} probabilities: write one for each value`);
    return false;
  }
  const sum = probabilities.reduce((total, p) => total + p, 0);
  if (!(sum > 0) || !Number.isFinite(sum)) {
    report.error(at, 'At least one probability must be greater than 0');
    return false;
  }
  // The tolerance of numpy's isclose, which upstream uses.
  if (Math.abs(sum - 1) > 1e-8 + 1e-5) {
    report.violation(
      at,
      `The probabilities sum to ${sum}, not to 1: correct them; as they are, each is divided by the sum`,
    );
  }
  return true;
}

type LogUniform = Extract<Distribution, { kind: 'log_uniform' }>;

function checkExponents(given: JsonObject, form: string, law: LogUniform, where: Path, report: Reporter): boolean {
  const at = [...where, 'distribution'];
  const values = `${form}_values`;
  const [min, max] = [show(given.min), show(given.max)];
  if (looksLikeValues(given)) {
    report.warning(
      at,
      `${form} (deprecated) takes exponents; min ${min} and max ${max} are read as values, as ${values} does: write "distribution: ${values}"`,
    );
    return true;
  }
  if (!(law.min > 0) || !Number.isFinite(law.max)) {
    report.error(
      at,
      `${form} takes exponents: e^${show(given.max)} is no ordinary number. If ${min} and ${max} are values, write "distribution: ${values}"`,
    );
    return false;
  }
  const range = `${law.min.toPrecision(3)} to ${law.max.toPrecision(3)}`;
  report.warning(
    at,
    `${form} is deprecated: its bounds are exponents of e, so values go from ${range}. Write "distribution: ${values}" with the values themselves`,
  );
  return true;
}
