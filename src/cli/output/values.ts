/** Values as people read them. */
import { isObject, type JsonObject, type JsonValue, numberOf, WholeFloat, writeJson } from '../../domain/json.ts';
import { visible } from './escape.ts';
import type { Cell } from './table.ts';

/** In full, as a config would have it; text without quotes. */
export function fullValue(value: JsonValue | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'number' && Number.isFinite(value)) return shorter(value);
  return visible(typeof value === 'string' ? value : writeJson(value));
}

/** `3e-5` rather than 0.00003, but 0.001 and 1000. */
function shorter(value: number): string {
  const [full, short] = [String(value), value.toExponential().replace('e+', 'e')];
  return Number.isInteger(value) || full.length <= short.length + 1 ? full : short;
}

/** Short enough for a table: six digits of a number. */
export function shortValue(value: JsonValue | undefined): string {
  if (typeof value === 'number' && !Number.isInteger(value)) return shortNumber(value);
  const text = fullValue(value);
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}

export const shortNumber = (value: number): string => shorter(Number(value.toPrecision(6)));

export const valueCell = (value: JsonValue | undefined): Cell => ({
  text: shortValue(value),
  right: numberOf(value) !== null,
});

/** `lr=0.1 layers=2`, nested names joined by "/". */
export const configLine = (config: JsonObject): string =>
  [...flatten(config)].map(([name, value]) => `${visible(name)}=${shortValue(value)}`).join(' ');

/** Leaves of a config with their names, nested ones as `outer/inner`. */
export function flatten(config: JsonObject, above = ''): Map<string, JsonValue> {
  const leaves = new Map<string, JsonValue>();
  for (const [name, value] of Object.entries(config)) {
    if (!isObject(value) || value instanceof WholeFloat) leaves.set(above + name, value);
    else for (const [inner, leaf] of flatten(value, `${above}${name}/`)) leaves.set(inner, leaf);
  }
  return leaves;
}

/** `12 s`, `3 min 5 s`, `2 h 4 min`. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${Math.round(seconds * 10) / 10} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  return `${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3600)} h`;
}

/** How long ago a time was. */
export const ago = (time: string, now: number): string => {
  const seconds = Math.max(0, (now - Date.parse(time)) / 1000);
  return seconds < 1 ? 'just now' : `${duration(Math.floor(seconds))} ago`;
};
