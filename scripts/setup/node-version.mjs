import { readFileSync } from 'node:fs';
import { inRoot } from '../lib/paths.mjs';
import { SetupFailure } from './failure.mjs';

export function checkNodeVersion(version = process.versions.node) {
  const { node: range } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8')).engines;
  if (satisfies(version, range)) return;
  throw new SetupFailure(
    `this is Node ${version}, and sweepd needs ${range}. Install a newer Node (https://nodejs.org, or your version manager).`,
    { command: process.env.NVM_DIR ? 'nvm install 22 && nvm use 22' : undefined },
  );
}

/** Understands what package.json uses: `^a.b` and `>=a.b`, joined by `||`. */
function satisfies(version, range) {
  const [major, minor] = version.split('.').map(Number);
  return range.split('||').some((part) => {
    const [, sign, a, b] = /^(\^|>=)(\d+)\.(\d+)/.exec(part.trim()) ?? [];
    if (sign === '^') return major === Number(a) && minor >= Number(b);
    return sign === '>=' && (major > Number(a) || (major === Number(a) && minor >= Number(b)));
  });
}
