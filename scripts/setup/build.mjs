import { inRoot } from '../lib/paths.mjs';
import { run } from './run.mjs';
import { hashOf, readStamp, writeStamp } from './stamp.mjs';

const DIST = inRoot('dist');
const SOURCES = [
  'src',
  'workers',
  'tsconfig.json',
  'config/tsconfig.build.json',
  'scripts/build.mjs',
  'package.json',
  'package-lock.json',
];

const buildKey = () => hashOf(SOURCES, { skip: (file) => file.endsWith('.test.ts') });

export const buildStep = {
  name: 'build',
  title: 'build of sweepd',
  isReady: () => readStamp(DIST)?.key === buildKey(),
  async work(_context, log) {
    // Taken before the build: a file that changes meanwhile makes the next set-up build again.
    const key = buildKey();
    await run(log, process.execPath, [inRoot('scripts/build.mjs')], {
      failure: 'the build failed.',
      hint: 'npm run build',
    });
    writeStamp(DIST, { key });
  },
};
