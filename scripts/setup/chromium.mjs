import { homedir } from 'node:os';
import { join } from 'node:path';
import { allOnPath, foldersStarting } from '../lib/find.mjs';
import { SetupFailure } from './failure.mjs';
import { locate } from './program.mjs';
import { aptInstall, installCommand } from './system.mjs';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const APPS = ['Google Chrome.app/Contents/MacOS/Google Chrome', 'Chromium.app/Contents/MacOS/Chromium'];
const PLAYWRIGHT = [
  'chrome-linux/chrome',
  'chrome-linux64/chrome',
  'chrome-mac/Chromium.app/Contents/MacOS/Chromium',
  'chrome-mac-arm64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing',
  'chrome-mac-x64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing',
];

function playwrightBrowsers() {
  const homes = [
    process.env.PLAYWRIGHT_BROWSERS_PATH,
    join(homedir(), '.cache/ms-playwright'),
    join(homedir(), 'Library/Caches/ms-playwright'),
  ];
  const folders = homes.filter(Boolean).flatMap((home) => foldersStarting(home, 'chromium-'));
  return folders.flatMap((folder) => PLAYWRIGHT.map((program) => join(folder, program)));
}

const candidates = () => [
  ...allOnPath(NAMES),
  ...APPS.flatMap((app) => [join('/Applications', app), join(homedir(), 'Applications', app)]),
  '/opt/google/chrome/chrome',
  ...playwrightBrowsers(),
];

const accepts = (version) => /chrom/i.test(version);
accepts.wanted = 'Chromium or Chrome';

function findChromium(context) {
  const program = locate({ variable: 'SWEEPD_CHROMIUM', tool: 'chromium', candidates, accepts });
  if (program) context.tools.chromium = program;
  return program !== undefined;
}

export const chromiumStep = {
  name: 'chromium',
  title: 'Chromium for the tests of the dashboard',
  isReady: findChromium,
  async work(context, log) {
    await aptInstall(log, 'chromium');
    if (findChromium(context)) return;
    throw new SetupFailure('neither Chromium nor Chrome was found. You can also name one in SWEEPD_CHROMIUM.', {
      command: installCommand({ apt: 'chromium', dnf: 'chromium', brew: '--cask chromium' }),
      log,
    });
  },
};
