// Adds to package-lock.json the packages for other platforms that npm left out. It leaves them out when the registry at
// hand lacks them or when node_modules was there before, and then `npm ci` refuses the lockfile on every machine.
// Run it after `npm install` changed the lockfile; it changes nothing when nothing is missing.
import { readFileSync, writeFileSync } from 'node:fs';
import { inRoot } from './lib/paths.mjs';

const FILE = inRoot('package-lock.json');
const EXACT = /^\d+\.\d+\.\d+\S*$/;
const PLATFORM =
  /-(aix|android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|win32)-([a-z0-9]+)(?:-(gnu|musl)?[a-z]*)?$/;

/** The place where Node would find `name` for the package at `from`, if the lockfile has it. */
function resolveFrom(from, name, packages) {
  for (let base = from; ; base = base.slice(0, Math.max(0, base.lastIndexOf('node_modules/') - 1))) {
    const path = `${base ? `${base}/` : ''}node_modules/${name}`;
    if (packages[path] || base === '') return packages[path];
  }
}

/** What npm would have recorded, but for the checksum: enough to skip the package here and to fetch it elsewhere. */
function entryFor(name, version, parent) {
  const [, os, cpu, libc] = PLATFORM.exec(name) ?? [];
  if (!os || !EXACT.test(version)) return undefined;
  const entry = { version, cpu: [cpu], optional: true, os: [os] };
  if (os === 'linux') entry.libc = [libc === 'musl' ? 'musl' : 'glibc'];
  if (parent.dev) entry.dev = true;
  return entry;
}

function complete(packages) {
  const added = [];
  for (const [from, parent] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
      const present = resolveFrom(from, name, packages);
      const entry = present?.version === version ? undefined : entryFor(name, version, parent);
      if (!entry) continue;
      packages[present ? `${from}/node_modules/${name}` : `node_modules/${name}`] = entry;
      added.push(`${name}@${version}`);
    }
  }
  return added;
}

const lock = JSON.parse(readFileSync(FILE, 'utf8'));
const added = complete(lock.packages);
if (added.length > 0) {
  const sorted = Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en'));
  writeFileSync(FILE, `${JSON.stringify({ ...lock, packages: Object.fromEntries(sorted) }, null, 2)}\n`);
}
console.log(added.length > 0 ? `added ${added.length}: ${added.join(', ')}` : 'nothing is missing');
