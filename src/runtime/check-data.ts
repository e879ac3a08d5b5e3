/** The state of a data directory on this machine, for `sweepd doctor`. Changes nothing. */
import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { checkDatabase, type DatabaseCheck } from '../store/check.ts';

export interface DataCheck {
  directory: string;
  exists: boolean;
  isWritable: boolean;
  /** Names in it that other users of the machine may read, and should not. */
  exposed: string[];
  freeBytes: number;
  database: DatabaseCheck;
}

export function checkData(dataDirectory: string): DataCheck {
  const directory = resolve(dataDirectory);
  const exists = existsSync(directory);
  let nearest = directory;
  while (!existsSync(nearest)) nearest = dirname(nearest);
  const disk = statfsSync(nearest);
  return {
    directory,
    exists,
    isWritable:
      mayWrite(nearest) && (!existsSync(join(directory, 'sweepd.db')) || mayWrite(join(directory, 'sweepd.db'))),
    exposed: exists ? ['.', 'api-key'].filter((name) => isReadableByOthers(join(directory, name))) : [],
    freeBytes: disk.bavail * disk.bsize,
    database: exists ? checkDatabase(directory) : { isServed: false, damage: null },
  };
}

function mayWrite(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

const isReadableByOthers = (path: string): boolean => existsSync(path) && (statSync(path).mode & 0o007) !== 0;
