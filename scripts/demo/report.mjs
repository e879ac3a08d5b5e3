// The end of the demo: a table of all runs, the best parameters, and where to look.
import { readFileSync } from 'node:fs';
import { bestOf, hasEnded, metric, metricValue } from './progress.mjs';

/** @returns whether the demo showed what it promises: every run ended, and one has a value */
export function report({ runs, sweep, goal, keep, logs }) {
  const best = bestOf([...runs], goal);
  if (best === undefined) {
    console.error("\nNo run logged the metric. The end of the agents' output:");
    for (const log of logs.filter(Boolean)) console.error(readFileSync(log, 'utf8').split('\n').slice(-15).join('\n'));
    return false;
  }
  // What the sweep varies: a program adds its own constants to its config.
  const names = Object.keys(best.parameters)
    .filter((name) => new Set(runs.map((run) => JSON.stringify(run.parameters[name]))).size > 1)
    .sort();
  const sign = goal === 'minimize' ? 1 : -1;
  const rank = (run) => (metricValue(run) === undefined ? Number.POSITIVE_INFINITY : sign * metricValue(run));
  const rows = [...runs]
    .sort((a, b) => rank(a) - rank(b))
    .map((run) => [
      run.displayName,
      run.state,
      metricValue(run)?.toFixed(1) ?? '-',
      ...names.map((name) => show(run.parameters[name])),
    ]);
  console.log(table(['run', 'state', metric, ...names], rows));
  console.log(
    `\nBest: ${metric} = ${metricValue(best).toFixed(1)} with ${names.map((name) => `${name}=${show(best.parameters[name])}`).join(' ')}`,
  );
  console.log(`Page: ${sweep.url}${keep ? '' : '   (add --keep to leave the server up and look at it)'}`);
  return runs.every(hasEnded);
}

const show = (value) => (value === undefined ? '' : String(value));

function table(head, rows) {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i].length)));
  const line = (cells) =>
    cells.map((cell, i) => (i < 2 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  ');
  return [line(head), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line)].join('\n');
}
