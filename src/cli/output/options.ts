/** Values of options, checked where commander only hands on text. */
import { CommandError } from './errors.ts';

/** @throws CommandError a usage error that names the option */
export function numberOption(name: string, text: string, least: number, most = Number.MAX_SAFE_INTEGER): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isSafeInteger(value) && value >= least && value <= most) return value;
  const range = most === Number.MAX_SAFE_INTEGER ? `${least} or more` : `${least} to ${most}`;
  throw new CommandError(`${name} must be a whole number, ${range} (given: ${text}).`, null, 2);
}

/** A number of seconds, fractions allowed. */
export function secondsOption(name: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value;
  throw new CommandError(`${name} must be a number of seconds (given: ${text}).`, null, 2);
}
