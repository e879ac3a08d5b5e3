/** What the pages show of a run: its parameters and its summary as ordinary values. */
import { isObject, type JsonValue, parseJson, plain } from '../../domain/json.ts';
import type { RunRow } from '../../store/views/views.ts';

function object(text: string): Record<string, JsonValue> {
  try {
    const value = parseJson(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

/** `{name: value}` without the client's own entries. */
export function parametersOf(run: RunRow): [string, unknown][] {
  return Object.entries(object(run.config))
    .filter(([name]) => name !== '_wandb')
    .map(([name, entry]) => [name, plain(isObject(entry) && 'value' in entry ? (entry.value ?? null) : entry)]);
}

/** The entries that the sweep varies, in the search's order: a program adds its own constants to its config. */
export function sweptParametersOf(run: RunRow, names: readonly string[]): [string, unknown][] {
  const values = new Map(parametersOf(run));
  return names.filter((name) => values.has(name)).map((name) => [name, values.get(name)]);
}

/** The summary without the client's own keys. */
export function summaryOf(run: RunRow): [string, unknown][] {
  return Object.entries(object(run.summary))
    .filter(([name]) => !name.startsWith('_'))
    .map(([name, value]) => [name, plain(value)]);
}
