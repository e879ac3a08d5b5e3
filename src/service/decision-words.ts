/** What a stop rule decided, in words a person understands. They stand in the decision and, for a stop, as the run's reason. */
import type { Comparison, Divergence, Verdict } from '../domain/stop.ts';

export const shortNumber = (value: number): string => String(Number(value.toPrecision(6)));

function ordinal(n: number): string {
  const tens = n % 100;
  const ending = tens >= 11 && tens <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th');
  return `${n}${ending}`;
}

const did: Readonly<Record<Verdict, string>> = { keep: 'kept', stop: 'stopped', passed: 'passed' };

/** The whole sentence of a decision. @param why as the functions below say it */
export function decisionText(verdict: Verdict, why: string): string {
  const late = verdict === 'passed' ? '; it was further, told to stop, or over by then' : '';
  return `${did[verdict]}: ${why}${late}`;
}

/** @param value and threshold as the program logged them, under either goal */
export function comparisonWords(
  { rank, runs, among }: Comparison,
  rung: number,
  metric: string,
  value: number,
  threshold: number | null,
): string {
  const place = `${ordinal(rank)} of ${runs} at step ${rung}`;
  const own = `${metric} ${shortNumber(value)}`;
  if (threshold === null) return `${place}, too few others to compare with (${own})`;
  const limit = shortNumber(threshold);
  if (among !== null) return `${place}, needed to be among the best ${among} (${own}, limit ${limit})`;
  return `${place}, needed to be no worse than the others' median ${limit} (${own})`;
}

export function divergenceWords(metric: string, found: Divergence): string {
  if (found.kind === 'above') return `${metric} ${shortNumber(found.value)} is beyond ${shortNumber(found.limit)}`;
  return `${metric} was NaN or infinite in ${found.rows === 1 ? 'a row' : `${found.rows} rows in a row`}`;
}
