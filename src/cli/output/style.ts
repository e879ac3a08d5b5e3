/** Colour on a terminal, none elsewhere; NO_COLOR and FORCE_COLOR decide otherwise. */

export type Ink = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'blue' | 'cyan';

const codes: Record<Ink, [number, number]> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  cyan: [36, 39],
};

export type Paint = (ink: Ink, text: string) => string;

export function paintFor(
  stream: { isTTY?: boolean },
  environment: Partial<Record<string, string>> = process.env,
): Paint {
  const { NO_COLOR, FORCE_COLOR, TERM } = environment;
  const wanted = FORCE_COLOR ? FORCE_COLOR !== '0' : stream.isTTY === true && TERM !== 'dumb';
  if (!wanted || NO_COLOR) return (_ink, text) => text;
  return (ink, text) => `\x1b[${codes[ink][0]}m${text}\x1b[${codes[ink][1]}m`;
}

/** The colour of a state of a run or a sweep. */
export const stateInk = (state: string): Ink => inks[state] ?? 'dim';

const inks: Record<string, Ink> = {
  running: 'blue',
  finished: 'green',
  failed: 'red',
  crashed: 'red',
  killed: 'yellow',
  paused: 'yellow',
  canceled: 'yellow',
  preempting: 'yellow',
  preempted: 'yellow',
};
