// A stamp lies inside what it vouches for (node_modules, dist, the Python environment), so it disappears with it.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inRoot } from '../lib/paths.mjs';

const NAME = '.sweepd-setup.json';

export function readStamp(folder) {
  try {
    return JSON.parse(readFileSync(join(folder, NAME), 'utf8'));
  } catch {
    return undefined;
  }
}

export function writeStamp(folder, stamp) {
  writeFileSync(join(folder, NAME), `${JSON.stringify(stamp, null, 2)}\n`);
}

/** One hash over files and whole folders below the root, names and contents; what does not exist counts as absent. */
export function hashOf(paths, { skip = () => false, salt = [] } = {}) {
  const hash = createHash('sha256').update(JSON.stringify(salt));
  for (const file of paths.flatMap(filesBelow)) {
    if (!skip(file)) hash.update(`\0${file}\0`).update(readFileSync(inRoot(file)));
  }
  return hash.digest('hex');
}

function filesBelow(path) {
  const found = statSync(inRoot(path), { throwIfNoEntry: false });
  if (!found) return [];
  if (!found.isDirectory()) return [path];
  return readdirSync(inRoot(path))
    .sort()
    .flatMap((name) => filesBelow(join(path, name)));
}
