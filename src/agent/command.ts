/**
 * A sweep's command line with W&B's macros filled in, to the letter of W&B's agent: a macro counts only as a whole item,
 * `${envvar:NAME}` anywhere, an unknown macro vanishes.
 */
import { parseDocument } from 'yaml';
import { type JsonObject, type JsonValue, numberOf } from '../domain/json.ts';
import { pythonJson, pythonStr } from './python-text.ts';

/** A macro as it stands in a command. */
export const macro = (name: string): string => `\${${name}}`;

export const defaultCommand: readonly string[] = ['env', 'interpreter', 'program', 'args'].map(macro);

export interface CommandInput {
  /** The items of the sweep's `command`; see commandItems. */
  items: readonly string[];
  program: string | null;
  /** The run's parameters, `{name: value}`. */
  parameters: JsonObject;
  /** Where `${args_json_file}` points. */
  jsonFile: string;
  environment: NodeJS.ProcessEnv;
}

/** @returns the command line; `usesJsonFile`: the file must hold `jsonText` before the program starts */
export function expandCommand(input: CommandInput): { argv: string[]; usesJsonFile: boolean; jsonText: string } {
  const macros = macrosOf(input);
  const items = input.items.map((item) => withVariables(item, input.environment));
  const argv = items.flatMap((item) => {
    const isMacro = item.startsWith('${') && item.endsWith('}');
    return isMacro ? (macros.get(item.slice(2, -1)) ?? []) : [item];
  });
  return { argv, usesJsonFile: items.includes(macro('args_json_file')), jsonText: pythonJson(input.parameters) };
}

/** A variable that is not set leaves its bare name, as with W&B's agent. */
const withVariables = (item: string, environment: NodeJS.ProcessEnv): string =>
  item.replace(/\$\{envvar:([A-Z0-9_]*)\}/g, (_all, name: string) => environment[name] ?? name);

function macrosOf({ program, parameters, jsonFile }: CommandInput): Map<string, string[]> {
  const entries = Object.entries(parameters);
  const flags = entries.map(([name, value]) => `${name}=${pythonStr(value)}`);
  const behind = (mark: string) => flags.map((flag) => `${mark}${flag}`);
  return new Map([
    ['env', ['/usr/bin/env']],
    ['interpreter', ['python']],
    ['program', program === null ? [] : [program]],
    ['args', behind('--')],
    ['args_no_hyphens', flags],
    ['args_no_equals', entries.flatMap(([name, value]) => [`--${name}`, pythonStr(value)])],
    ['args_no_boolean_flags', entries.flatMap(([name, value]) => booleanFlag(name, value))],
    ['args_json', [pythonJson(parameters)]],
    ['args_json_file', [jsonFile]],
    ['args_append_hydra', behind('+')],
    ['args_override_hydra', behind('++')],
  ]);
}

function booleanFlag(name: string, value: JsonValue): string[] {
  if (typeof value === 'boolean') return value ? [`--${name}`] : [];
  return [`--${name}=${pythonStr(value)}`];
}

/**
 * The items of a sweep's command as W&B's agent reads them. Its YAML reader takes `3e-5` and `1e6`, which have no point or no sign,
 * for text, and so hands them on as they were written; ours makes numbers of them, so these are looked up in the config's text.
 */
export function commandItems(config: JsonObject, configText: string): readonly string[] {
  const { command } = config;
  if (!Array.isArray(command) || command.length === 0) return defaultCommand;
  const sources = command.some(isNumber) ? commandSources(configText) : [];
  return command.map((item, i) => {
    const source = sources[i];
    return source !== undefined && isNumber(item) && isTextToPython(source) ? source : pythonStr(item);
  });
}

const isNumber = (value: JsonValue): boolean => numberOf(value) !== null;

const isTextToPython = (lexeme: string): boolean => /e/i.test(lexeme) && !/\.[\d_]*e[-+]\d+$/i.test(lexeme);

function commandSources(configText: string): (string | undefined)[] {
  const command = parseDocument(configText).get('command') as { items?: { source?: string }[] } | undefined;
  return command?.items?.map((item) => item.source) ?? [];
}
