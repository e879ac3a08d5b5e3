// Replays the recorded CartPole sweeps of docs/data under several stop rules: writes the table into docs/early-stopping.md and draws
// docs/images/early-stopping.svg. Needs `npm run build`; usage: node scripts/early-stopping.mjs
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { inRoot } from './lib/paths.mjs';

const SWEEPS = [
  { file: 'docs/data/cartpole-random.json', title: 'random search, 24 runs' },
  { file: 'docs/data/cartpole-grid.json', title: 'shuffled grid, 24 runs' },
];
const RULES = [
  'hyperband:min_iter=5',
  'hyperband:min_iter=5,eta=2',
  'hyperband:min_iter=20,eta=2',
  'hyperband:max_iter=80,s=1',
  'median:min_steps=5',
  'median:min_steps=20',
];
const DRAWN = 'hyperband:min_iter=5,eta=2';

function replay(file) {
  const rules = RULES.flatMap((rule) => ['--early-terminate', rule]);
  const program = inRoot('dist/src/cli/main.js');
  const text = execFileSync(process.execPath, [program, 'simulate', '--replay', inRoot(file), ...rules, '--json']);
  return JSON.parse(text).items;
}

const percent = ({ had, would }) => `${Math.round((100 * (had - would)) / had)} %`;

function tableRows({ title }, results) {
  return results.map(({ rule, stopped, runs, rows, seconds, best, best_left }) => {
    const lost = runs.find(({ name }) => name === best.name);
    const fate = best.survives ? 'kept' : `stopped at step ${lost.rows}`;
    const cells = [title, `\`${rule}\``, `${stopped} of ${runs.length}`, percent(rows), percent(seconds)];
    return `| ${[...cells, `${best_left.toFixed(1)} of ${best.value.toFixed(1)}`, fate].join(' | ')} |`;
  });
}

const PANEL = { width: 440, height: 260, left: 44, right: 12, top: 34, bottom: 36 };

function panel(recording, result, title, offset) {
  const { width, height, left, right, top, bottom } = PANEL;
  const steps = Math.max(...recording.runs.map(({ values }) => values.length));
  const x = (step) => (left + ((width - left - right) * step) / steps).toFixed(1);
  const y = (value) => (height - bottom - ((height - top - bottom) * value) / 500).toFixed(1);
  const line = (values, from, style) => {
    const points = values.slice(from).map((value, i) => `${x(from + i + 1)},${y(value)}`);
    return points.length < 2 ? '' : `<polyline points="${points.join(' ')}" ${style}/>`;
  };
  const curves = recording.runs.map(({ name, values }) => {
    const { rows, stoppedBy } = result.runs.find((run) => run.name === name);
    if (stoppedBy === null) return { z: 2, svg: line(values, 0, 'stroke="#1769aa" stroke-width="1.6"') };
    const rest = line(values, rows - 1, 'stroke="#c9c9c9" stroke-width="0.8" stroke-dasharray="2 2"');
    const end = `<circle cx="${x(rows)}" cy="${y(values[rows - 1])}" r="2.4" fill="#c4501b"/>`;
    return { z: 1, svg: `${rest}${line(values.slice(0, rows), 0, 'stroke="#c4501b" stroke-width="1.2"')}${end}` };
  });
  const grid = [0, 100, 200, 300, 400, 500].map(
    (value) =>
      `<line x1="${left}" x2="${width - right}" y1="${y(value)}" y2="${y(value)}" stroke="#eee"/><text x="${left - 6}" y="${Number(y(value)) + 4}" text-anchor="end">${value}</text>`,
  );
  const ticks = [20, 40, 60, 80]
    .filter((step) => step <= steps)
    .map((step) => `<text x="${x(step)}" y="${height - bottom + 16}" text-anchor="middle">${step}</text>`);
  const saved = `${result.stopped} of ${result.runs.length} runs stopped, ${percent(result.seconds)} of the time saved`;
  return `<g transform="translate(${offset} 0)"><text x="${left}" y="16" font-weight="bold">${title}</text><text x="${left}" y="29" fill="#666">${saved}</text>
${grid.join('')}${ticks.join('')}<text x="${(width + left) / 2}" y="${height - 6}" text-anchor="middle" fill="#666">step (rollouts)</text>
${curves
  .sort((a, b) => a.z - b.z)
  .map(({ svg }) => svg)
  .join('\n')}</g>`;
}

const replayed = SWEEPS.map((sweep) => ({ ...sweep, results: replay(sweep.file) }));
const { width, height } = PANEL;
const panels = replayed.map(({ file, title, results }, i) =>
  panel(JSON.parse(readFileSync(inRoot(file), 'utf8')), results[RULES.indexOf(DRAWN)], title, i * width),
);
writeFileSync(
  inRoot('docs/images/early-stopping.svg'),
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${2 * width} ${height}" font-family="system-ui, sans-serif" font-size="11" fill="#222">
<title>Learning curves of two CartPole sweeps under ${DRAWN}: kept runs in blue, stopped ones in orange with what they would have logged in grey</title>
<rect width="100%" height="100%" fill="#fff"/>
${panels.join('\n').replaceAll('<polyline', '<polyline fill="none"')}
</svg>
`,
);
const page = inRoot('docs/early-stopping.md');
const table = replayed.flatMap((sweep) => tableRows(sweep, sweep.results)).join('\n');
const between = /(<!-- replays: .* -->\n(?:\|.*\n){2})(?:\|.*\n)*/;
writeFileSync(
  page,
  readFileSync(page, 'utf8').replace(between, (_, head) => `${head}${table}\n`),
);
console.log(table);
