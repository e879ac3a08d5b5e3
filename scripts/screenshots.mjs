// `node scripts/screenshots.mjs URL NAME`: pictures of a page in both colour schemes, into docs/images/NAME-{light,dark}.png. Needs the
// Chromium that `node scripts/setup.mjs --browser` finds or installs.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inRoot } from './lib/paths.mjs';
import { readTools } from './tools.mjs';

const [url, name, size = '1280,800'] = process.argv.slice(2);
const { chromium } = readTools();
if (url === undefined || name === undefined || chromium === null) {
  console.error(
    chromium === null
      ? 'screenshots: no browser is known yet: run `node scripts/setup.mjs --browser`.'
      : 'Usage: node scripts/screenshots.mjs URL NAME [WIDTH,HEIGHT]',
  );
  process.exit(2);
}

mkdirSync(inRoot('docs', 'images'), { recursive: true });
for (const scheme of ['light', 'dark']) {
  const profile = mkdtempSync(join(tmpdir(), 'sweepd-browser-'));
  const out = inRoot('docs', 'images', `${name}-${scheme}.png`);
  const result = spawnSync(
    chromium,
    [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--hide-scrollbars',
      `--user-data-dir=${profile}`,
      `--window-size=${size}`,
      `--blink-settings=preferredColorScheme=${scheme === 'dark' ? 0 : 1}`,
      `--screenshot=${out}`,
      url,
    ],
    { stdio: 'ignore', timeout: 60_000 },
  );
  rmSync(profile, { recursive: true, force: true });
  if (result.status !== 0) {
    console.error(`screenshots: ${chromium} failed on ${url}`);
    process.exit(1);
  }
  console.log(out);
}
