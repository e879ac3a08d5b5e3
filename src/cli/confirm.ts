/** Asks before what cannot be undone. */
import { createInterface } from 'node:readline/promises';
import { CommandError } from './output/errors.ts';

/** @throws CommandError where nobody is there to answer */
export async function confirm(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new CommandError('This deletes for good, and there is no terminal to ask on.', 'Add --yes to go ahead.');
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}
