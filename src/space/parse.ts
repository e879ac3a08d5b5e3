/** A sweep config, text or document, to its meaning and everything that is wrong with it. */
import { isObject, type JsonObject, type JsonValue, numberOf } from '../domain/json.ts';
import type { Parameter, ParseResult, SearchSpace, SweepConfig } from './config.ts';
import { noExtensions, parseExtensions } from './extensions.ts';
import { choice, integerFrom, number, problem, type Section, subsection, text, unknownKeys } from './fields.ts';
import { checkMethod } from './method-rules.ts';
import { parseEarlyTerminate, parseMetric } from './metric.ts';
import { parseParameters } from './parameters.ts';
import { closest, createReporter, emptyLists, kindOf, type Locate, type ProblemLists, show } from './problems.ts';
import { readDocument } from './yaml-document.ts';

const methods = ['grid', 'random', 'bayes', 'custom'] as const;
const texts = ['name', 'description', 'project', 'entity', 'program', 'job', 'image_uri', 'apiVersion'] as const;
export const topLevelKeys = [
  'method',
  'parameters',
  'metric',
  'metrics',
  'early_terminate',
  'run_cap',
  'command',
  'controller',
  'scheduler',
  'kind',
  ...texts,
];
/** `settings` is written by W&B's client, `sweepd` is ours. */
export const silentKeys = ['settings', 'sweepd'];

/** Reads and checks the text of a config, YAML or JSON. Never throws: whatever is wrong stands in the lists, all of it at once. */
export function parseSweepConfig(text: string): ParseResult {
  const { document, locate, ...lists } = readDocument(text);
  if (document === undefined) return { ...lists, config: null, types: {}, document: null };
  return check(document, lists, locate);
}

/** Checks a config that is already a document, such as the object of a REST call. Never throws. */
export const parseSweepDocument = (document: JsonValue): ParseResult => check(document, emptyLists(), () => null);

function check(document: JsonValue, lists: ProblemLists, locate: Locate): ParseResult {
  const report = createReporter(lists, locate);
  if (!isObject(document)) {
    const found = document === null ? 'and this one is empty' : `not ${kindOf(document)}`;
    report.error([], `A sweep config is a mapping with "method" and "parameters", ${found}`);
    return { ...lists, config: null, types: {}, document };
  }
  const top: Section = { given: document, path: [], report, severity: 'violation' };
  unknownTopKeys(top);
  const method = parseMethod(top);
  const leaves = parseSection(top);
  const hasEarlyTerminate = 'early_terminate' in document;
  const sweepd = subsection(top, 'sweepd', '"sweepd: {seed: 1}"', 'error');
  const space: SearchSpace = { parameters: leaves, searchable: leaves.filter((leaf) => leaf.form !== 'constant') };
  const config: SweepConfig = {
    method: method ?? 'random',
    ...parseTexts(top),
    command: parseCommand(top),
    metric: parseMetric(top, method === 'bayes' || hasEarlyTerminate),
    runCap: parseRunCap(top),
    earlyTerminate: parseEarlyTerminate(top),
    controller: parseController(top),
    extensions: sweepd === null ? noExtensions() : parseExtensions(sweepd, method),
    space,
    document,
  };
  parseScheduler(top, method);
  if (method !== null) checkMethod(config, report);
  const types = Object.fromEntries(leaves.map((leaf) => [leaf.name, leaf.form]));
  return { ...lists, config: lists.errors.length === 0 ? config : null, types, document };
}

function unknownTopKeys(top: Section): void {
  const given: JsonObject = Object.create(null);
  for (const key of Object.keys(top.given)) if (!silentKeys.includes(key)) given[key] = null;
  unknownKeys({ ...top, given }, topLevelKeys, 'A sweep config');
}

function parseMethod({ given, report }: Section): SweepConfig['method'] | null {
  if (!('method' in given)) {
    report.error([], '"method" is missing: write "method: grid", "method: random" or "method: bayes"');
    return null;
  }
  const found = methods.find((method) => method === given.method);
  if (found) return found;
  const meant = typeof given.method === 'string' ? closest(given.method, methods) : null;
  report.error(['method'], `There is no method ${show(given.method)}: write ${meant ?? 'grid, random or bayes'}`);
  return null;
}

function parseSection({ given, report }: Section): Parameter[] {
  const section = given.parameters;
  if (section === undefined) {
    report.error([], '"parameters" is missing: write "parameters: {lr: {min: 0.001, max: 0.1}}"');
    return [];
  }
  if (isObject(section) && Object.keys(section).length > 0) return parseParameters(section, report);
  report.error(
    ['parameters'],
    '"parameters" must be a mapping with at least one entry: write "parameters: {lr: {min: 0.001, max: 0.1}}"',
  );
  return [];
}

function parseTexts(top: Section): Pick<SweepConfig, 'name' | 'description' | 'project' | 'entity' | 'program'> {
  const [name, description, project, entity, program] = texts.map((key) => text(top, key));
  if ('kind' in top.given && top.given.kind !== 'sweep')
    problem(top, 'kind', '"kind" can only be sweep: write "kind: sweep" or remove it');
  return {
    name: name ?? null,
    description: description ?? null,
    project: project ?? null,
    entity: entity ?? null,
    program: program ?? null,
  };
}

function parseCommand(top: Section): JsonValue | null {
  const command = top.given.command;
  if (command === undefined) return null;
  if (!Array.isArray(command)) {
    const words = typeof command === 'string' ? command.trim().split(/\s+/).slice(0, 6).join(', ') : 'python, train.py';
    problem(top, 'command', `"command" must be a list, not ${kindOf(command)}: write "command: [${words}]"`);
  }
  return command;
}

/** A cap that breaks W&B's schema still counts where its number is plain. */
function parseRunCap(top: Section): number | null {
  const cap = number(top, 'run_cap', integerFrom(1));
  if (cap !== null || !('run_cap' in top.given)) return cap;
  const meant = Number(typeof top.given.run_cap === 'string' ? top.given.run_cap : numberOf(top.given.run_cap));
  return meant >= 1 && Number.isFinite(meant) ? Math.floor(meant) : null;
}

function parseController(top: Section): 'cloud' | 'local' {
  const section = subsection(top, 'controller', '"controller: {type: cloud}"');
  if (section === null) return 'cloud';
  if ('type' in section.given) return choice(section, 'type', ['cloud', 'local'], 'cloud');
  problem(section, 'type', '"controller" needs a "type": write "controller: {type: cloud}"');
  return 'cloud';
}

function parseScheduler(top: Section, method: string | null): void {
  const { given } = top;
  if ('metrics' in given) checkMetrics(top, method);
  const section = subsection(top, 'scheduler', '"scheduler: {engine: wandb}", or remove it');
  if (section === null) return;
  if (section.given.engine !== undefined && section.given.engine !== 'wandb') {
    problem(
      section,
      'engine',
      `The engine ${show(section.given.engine)} is not supported: write "engine: wandb" or remove "scheduler"`,
    );
  }
  if ('early_terminate' in given)
    problem(top, 'scheduler', '"scheduler" and "early_terminate" exclude each other: remove one');
  if (isObject(given.controller) && given.controller.type === 'local') {
    problem(top, 'scheduler', '"scheduler" and a local controller exclude each other: remove one');
  }
}

function checkMetrics(top: Section, method: string | null): void {
  const metrics = top.given.metrics;
  if (method !== 'custom')
    problem(top, 'metrics', '"metrics" needs method custom: write "metric" with the one that decides');
  if ('metric' in top.given) problem(top, 'metrics', '"metrics" and "metric" exclude each other: remove one');
  if (!Array.isArray(metrics) || metrics.length < 2 || !metrics.every(isObject)) {
    problem(top, 'metrics', '"metrics" is a list of two metrics or more: write "metric" for one');
  }
}
