/** The score as a picture: Q of every method with its interval, on a logarithmic axis. */
import type { Score } from './score.ts';

const [width, left, right, rowHeight, top] = [760, 170, 90, 26, 56];
const ours = '#0a7d5a';
const others = '#8a94a6';
const ink = '#1f2733';

/** @param scores best first */
export function scorePicture(title: string, scores: readonly Score[]): string {
  const values = scores.flatMap(({ low, high, q }) => [low, high, q]);
  const least = 10 ** Math.floor(Math.log10(Math.min(...values)));
  const most = 10 ** Math.ceil(Math.log10(Math.max(...values)));
  const x = (value: number) => left + ((width - left - right) * Math.log(value / least)) / Math.log(most / least);
  const height = top + scores.length * rowHeight + 34;
  const decades = Array.from({ length: Math.round(Math.log10(most / least)) + 1 }, (_, i) => least * 10 ** i);
  const grid = decades.map((value) => {
    const at = x(value).toFixed(1);
    const end = height - 30;
    return `<line x1="${at}" x2="${at}" y1="${top - 10}" y2="${end}" stroke="#d5dae2"/><text x="${at}" y="${end + 16}" text-anchor="middle">${Number(value.toPrecision(1))}</text>`;
  });
  const rows = scores.map(({ method, q, low, high }, i) => {
    const y = top + i * rowHeight;
    const colour = method === 'sweepd' ? ours : others;
    const weight = method === 'sweepd' ? ' font-weight="600"' : '';
    const [from, to, at] = [low, high, q].map((value) => x(value).toFixed(1));
    return `<text x="${left - 12}" y="${y + 5}" text-anchor="end"${weight}>${method}</text><line x1="${from}" x2="${to}" y1="${y}" y2="${y}" stroke="${colour}" stroke-width="3"/><circle cx="${at}" cy="${y}" r="6" fill="${colour}"/><text x="${Number(to) + 10}" y="${y + 5}"${weight}>${q.toFixed(3)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="14" fill="${ink}" role="img" aria-labelledby="title"><title id="title">${title}</title><rect width="100%" height="100%" fill="#ffffff"/><text x="16" y="26" font-size="16" font-weight="600">${title}</text>${grid.join('')}${rows.join('')}</svg>\n`;
}
