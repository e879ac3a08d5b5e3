/** The frame of every page: breadcrumb, both colour schemes, and the marks that all pages share. */
import { type Html, html, Html as RawHtml } from './html.ts';

export interface Crumb {
  name: string;
  href: string;
}

const style = new RawHtml(`<style>
:root{color-scheme:light dark;--fg:#1b1f24;--muted:#5b6570;--line:#d8dee4;--bg:#fff;--panel:#f6f8fa;--accent:#0b62c4;
--running:#0b62c4;--finished:#1a7f37;--failed:#c22d2d;--crashed:#b35900;--killed:#57606a;--pending:#6e7781;--paused:#7a5c00}
@media (prefers-color-scheme:dark){:root{--fg:#e6edf3;--muted:#9aa5b1;--line:#30363d;--bg:#0d1117;--panel:#161b22;--accent:#6cb0ff;
--running:#6cb0ff;--finished:#56d364;--failed:#ff8078;--crashed:#f0a54a;--killed:#a5b0bb;--pending:#9aa5b1;--paused:#e3b341}}
*{box-sizing:border-box}body{margin:0;background:var(--bg);color:var(--fg);font:14px/1.5 system-ui,sans-serif}
header{border-bottom:1px solid var(--line);padding:8px 24px}header a{color:var(--accent);text-decoration:none}
main{max-width:1600px;margin:0 auto;padding:16px 24px}h1{font-size:20px;margin:8px 0}h2{font-size:15px;margin:24px 0 8px}
a{color:var(--accent)}a:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.facts{display:flex;flex-wrap:wrap;gap:8px 32px;margin:8px 0 16px}.facts>div>span{display:block;color:var(--muted);font-size:12px}
.facts b{font-variant-numeric:tabular-nums}.scroll{overflow-x:auto;border:1px solid var(--line);border-radius:6px}
table{border-collapse:collapse;width:100%;font-size:13px;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:6px 12px;border-bottom:1px solid var(--line);white-space:nowrap}th{background:var(--panel);color:var(--muted);font-weight:600}
tr:last-child td{border-bottom:0}td.number,th.number{text-align:right}pre{background:var(--panel);border:1px solid var(--line);border-radius:6px;padding:12px;overflow-x:auto;font-size:13px}
progress{width:240px;height:10px;accent-color:var(--accent)}.state{font-weight:600}
.running{color:var(--running)}.finished{color:var(--finished)}.failed{color:var(--failed)}.crashed{color:var(--crashed)}
.killed,.canceled{color:var(--killed)}.pending,.preempted,.preempting{color:var(--pending)}.paused{color:var(--paused)}.muted{color:var(--muted)}
</style>`);

/** @param refresh seconds after which the page loads itself anew; left out where nothing changes any more */
export function page(title: string, crumbs: readonly Crumb[], content: Html | string, refresh?: number): Html {
  return html`<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
${refresh === undefined ? null : html`<meta http-equiv="refresh" content="${refresh}">`}<title>${title} - sweepd</title>${style}</head>
<body><header><a href="/">sweepd</a>${crumbs.map((crumb) => html` / <a href="${crumb.href}">${crumb.name}</a>`)}</header>
<main>${content}</main></body></html>`;
}

const icons: Record<string, string> = {
  running: '▶',
  finished: '✔',
  failed: '✖',
  crashed: '⚠',
  killed: '■',
  canceled: '■',
  paused: '❚❚',
  pending: '…',
  preempting: '⏸',
  preempted: '⏸',
};

/** A state always as an icon and a word: colour alone tells some readers nothing. */
export const stateMark = (state: string): Html =>
  html`<span class="state ${state}"><span aria-hidden="true">${icons[state] ?? '•'}</span> ${state}</span>`;

export const fact = (label: string, value: Html | string | number | null): Html =>
  html`<div><span>${label}</span><b>${value ?? '-'}</b></div>`;

/** Four significant digits; the full value stands in the title. */
export function number(value: unknown): Html | string {
  if (typeof value !== 'number') return value === undefined || value === null ? '' : brief(value);
  const short = Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
  return html`<span title="${value}">${short}</span>`;
}

const brief = (value: unknown) => {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
};

export function duration(ms: number | null): string {
  if (ms === null) return '';
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} m ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} m`;
}

export const link = (href: string, text: string): Html => html`<a href="${href}">${text}</a>`;
export const path = (...parts: string[]): string => `/${parts.map(encodeURIComponent).join('/')}`;
