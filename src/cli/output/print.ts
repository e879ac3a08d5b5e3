/** Where the commands' answers go: stdout. What is said about them goes to stderr, so that a pipe carries the answer alone. */
import { fromPlain, type JsonValue, writePlainJson } from '../../domain/json.ts';
import { visibleJson } from './escape.ts';
import { type Paint, paintFor } from './style.ts';

export const paint: Paint = paintFor(process.stdout);
export const paintNote: Paint = paintFor(process.stderr);

export const print = (text: string): void => void process.stdout.write(`${text}\n`);
export const note = (text: string): void => void process.stderr.write(`${text}\n`);

/** One line of JSON; numbers keep their spelling. */
export const printJson = (value: unknown): void => print(visibleJson(writePlainJson(value as JsonValue)));

/** The same for ordinary data, where undefined is left out. */
export const printPlain = (value: unknown): void => printJson(fromPlain(JSON.parse(JSON.stringify(value))));
