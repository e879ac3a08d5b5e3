/** The table on the terminal, and the ratios: the same round's two rates, so that both saw the same machine. */
import { type Measurement, median } from './measurement.ts';

export interface Ratio {
  of: string;
  over: string;
  min: number;
  median: number;
  max: number;
  /** What docs/performance.md promises of `min`. */
  atLeast: number | null;
}

export function compare(
  results: Record<string, Measurement[]>,
  of: string,
  over: string,
  atLeast: number | null,
): Ratio {
  const bottoms = results[over] ?? [];
  const ratios = (results[of] ?? []).map(({ perS }, round) => perS / (bottoms[round]?.perS ?? Number.NaN));
  return { of, over, min: Math.min(...ratios), median: median(ratios), max: Math.max(...ratios), atLeast };
}

export function printTable(results: Record<string, Measurement[]>, ratios: readonly Ratio[]): void {
  console.log(
    `\n${'lease + finish'.padEnd(40)} ${'median/s'.padStart(10)} ${'min'.padStart(9)} ${'max'.padStart(9)} ${'CPU us'.padStart(8)} ${'load'.padStart(5)}`,
  );
  for (const [name, measured] of Object.entries(results)) {
    const rates = measured.map(({ perS }) => perS);
    const cpu = median(measured.map(({ cpuUs }) => cpuUs));
    const load = median(measured.map((one) => one.load));
    const columns = [number(median(rates), 10), number(Math.min(...rates), 9), number(Math.max(...rates), 9)];
    console.log(`${name.padEnd(40)} ${columns.join(' ')} ${cpu.toFixed(0).padStart(8)} ${load.toFixed(1).padStart(5)}`);
  }
  console.log(
    `\n${'ratio within a round'.padEnd(75)} ${'min'.padStart(7)} ${'median'.padStart(7)} ${'max'.padStart(7)}`,
  );
  for (const { of, over, min, median: middle, max, atLeast } of ratios) {
    const goal = atLeast === null ? '' : `  ${min >= atLeast ? 'ok' : 'MISSED'}: at least ${atLeast}`;
    console.log(`${`${of} : ${over}`.padEnd(75)} ${number(min, 7)} ${number(middle, 7)} ${number(max, 7)}${goal}`);
  }
}

const number = (value: number, width: number) => value.toFixed(value < 100 ? 2 : 0).padStart(width);
