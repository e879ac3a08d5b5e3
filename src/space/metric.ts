/** The sections `metric` and `early_terminate`. */
import { isObject } from '../domain/json.ts';
import type { EarlyTerminate, Metric } from './config.ts';
import {
  anyNumber,
  choice,
  flag,
  integerFrom,
  type NumberRule,
  number,
  numberAbove,
  problem,
  type Section,
  subsection,
  text,
  unknownKeys,
} from './fields.ts';
import { closest, kindOf, type Severity, show } from './problems.ts';

const goals = ['minimize', 'maximize'] as const;
export const metricKeys = ['name', 'goal', 'target', 'impute', 'impute_while_running'];

/**
 * What is wrong in a metric that something needs is an error; upstream fails at the first suggestion. An unknown goal always is one:
 * upstream would minimise whatever it is.
 */
export function parseMetric(top: Section, isNeeded: boolean): Metric | null {
  const severity: Severity = isNeeded ? 'error' : 'violation';
  const example = isNeeded
    ? '"metric: {name: loss, goal: minimize}"'
    : '"metric: {name: loss, goal: minimize}", or remove it';
  const section = subsection(top, 'metric', example, severity);
  if (section === null) return null;
  unknownKeys(section, metricKeys, '"metric"');
  const goal = metricGoal(section);
  const lenient: Section = { ...section, severity: 'violation' };
  const metric = {
    goal,
    target: number(section, 'target', anyNumber),
    impute: choice(lenient, 'impute', ['worst', 'best', 'latest'], 'worst'),
    imputeWhileRunning: choice(lenient, 'impute_while_running', ['false', 'worst', 'best', 'latest'], 'false'),
  };
  if (!('name' in section.given))
    return problem(section, 'name', '"metric" needs a "name": write the key that the program logs');
  const name = text(section, 'name');
  return name === null ? null : { name, ...metric };
}

function metricGoal(section: Section): Metric['goal'] {
  const given = section.given.goal;
  if (given === undefined) return 'minimize';
  const found = goals.find((goal) => goal === given);
  if (found) return found;
  const word = typeof given === 'string' ? given.toLowerCase() : '';
  const meant = word.startsWith('max') ? 'maximize' : word.startsWith('min') ? 'minimize' : closest(word, goals);
  const instead = meant === null ? '"goal: minimize" or "goal: maximize"' : `"goal: ${meant}"`;
  section.report.error(
    [...section.path, 'goal'],
    `"goal" is minimize or maximize, not ${show(given)}: write ${instead}`,
  );
  return 'minimize';
}

export const bandKeys = ['type', 'min_iter', 'max_iter', 's', 'eta', 'strict'];
const integer: NumberRule = { what: 'an integer', fits: Number.isSafeInteger };

export function parseEarlyTerminate(top: Section): EarlyTerminate | null {
  const section = subsection(top, 'early_terminate', '"early_terminate: {type: hyperband, min_iter: 3}"', 'error');
  if (section === null) return null;
  unknownKeys(section, bandKeys, '"early_terminate"');
  const { given, path, report } = section;
  if (given.type !== 'hyperband') {
    const what = given.type === undefined ? 'has no "type"' : `has no type ${show(given.type)}`;
    report.error('type' in given ? [...path, 'type'] : path, `"early_terminate" ${what}: write "type: hyperband"`);
  }
  const rule: EarlyTerminate = {
    type: 'hyperband',
    minIter: number(section, 'min_iter', integerFrom(1)),
    maxIter: number(section, 'max_iter', integer),
    s: number(section, 's', integer),
    eta: number(section, 'eta', numberAbove(1)) ?? 3,
    strict: flag(section, 'strict', true),
  };
  if (!('min_iter' in given) && !('max_iter' in given)) {
    report.error(path, '"early_terminate" needs bands: write "min_iter: 3", or "max_iter: 27" with "s: 2"');
  } else if ('max_iter' in given && !('s' in given)) {
    report.error(
      [...path, 'max_iter'],
      '"max_iter" needs "s", the number of bands: add "s: 2", or write "min_iter" instead',
    );
  } else if ('max_iter' in given && 'min_iter' in given) {
    report.warning([...path, 'min_iter'], '"max_iter" with "s" decides the bands; "min_iter" has no effect: remove it');
  }
  if (rule.maxIter !== null && rule.s !== null && (rule.s < 1 || rule.maxIter / rule.eta < 1)) {
    report.warning(
      path,
      `max_iter ${rule.maxIter}, s ${rule.s} and eta ${rule.eta} leave no band, so no run is ever stopped: raise max_iter or s`,
    );
  }
  const metric = top.given.metric;
  if (!isObject(metric)) {
    const found = metric === undefined ? 'there is none' : `"metric" is ${kindOf(metric)}`;
    report.error(
      path,
      `"early_terminate" compares the metric, but ${found}: write "metric: {name: loss, goal: minimize}"`,
    );
  }
  return rule;
}
