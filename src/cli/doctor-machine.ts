/** What `sweepd doctor` looks at on this machine: Node, the data directory, the W&B client. */
import { execFile } from 'node:child_process';
import { dataDirectoryOf, type ServerOptions } from './client/connect.ts';

export interface Finding {
  check: string;
  level: 'ok' | 'warn' | 'fail' | 'skip';
  detail: string;
  /** What to do; null where nothing is to be done. */
  advice: string | null;
}

export const finding = (
  check: string,
  level: Finding['level'],
  detail: string,
  advice: string | null = null,
): Finding => ({ check, level, detail, advice });

/** `^20.19 || >=22.12`, as package.json has it. */
export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isFit = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22;
  if (isFit) return finding('node', 'ok', `Node ${version}`);
  return finding(
    'node',
    'fail',
    `Node ${version} is not supported`,
    'Use Node 20.19 or newer of 20, or 22.12 or newer.',
  );
}

const mebibyte = 2 ** 20;
const [tightBytes, tooFewBytes] = [2 ** 30, 100 * mebibyte];

export async function checkDataDirectory(options: ServerOptions): Promise<Finding[]> {
  const { checkData } = await import('../runtime/check-data.ts');
  const { directory, exists, isWritable, exposed, freeBytes, database } = checkData(
    dataDirectoryOf(options, process.env),
  );
  if (!exists) {
    return [
      finding('data', 'skip', `${directory} does not exist`, 'Only the server needs one; sweepd serve makes it.'),
    ];
  }
  return [directoryFinding(), diskFinding(), databaseFinding()];

  function directoryFinding(): Finding {
    if (!isWritable) {
      const advice = `chown it to the user who runs the server, or choose another with --data.`;
      return finding('data', 'fail', `${directory} cannot be written by this user`, advice);
    }
    if (exposed.length === 0) return finding('data', 'ok', directory);
    const advice = `chmod 700 ${directory}; chmod -f 600 ${directory}/api-key`;
    return finding('data', 'warn', `${directory} can be read by other users of this machine`, advice);
  }

  function diskFinding(): Finding {
    const free = `${freeBytes >= 2 ** 30 ? `${Math.round(freeBytes / 2 ** 30)} GiB` : `${Math.round(freeBytes / mebibyte)} MiB`} free`;
    const advice = 'Make room: without any, the server refuses what agents report.';
    if (freeBytes < tooFewBytes) return finding('disk', 'fail', free, advice);
    return freeBytes < tightBytes ? finding('disk', 'warn', free, advice) : finding('disk', 'ok', free);
  }

  function databaseFinding(): Finding {
    const { isServed, damage } = database;
    if (isServed) return finding('database', 'ok', 'in use by a server; stop it to have the whole file checked');
    if (damage === null) return finding('database', 'skip', 'there is none yet');
    if (damage.length === 0) return finding('database', 'ok', 'sound');
    const advice = `Keep a copy of ${directory}, then restore a backup, or: sqlite3 sweepd.db .recover | sqlite3 new.db`;
    return finding('database', 'fail', `damaged: ${damage.join('; ')}`, advice);
  }
}

const oldestMinor = 16;
const newestTried = 31;
const askVersion = 'import importlib.metadata as m; print(m.version("wandb"))';

/** The client that `python` on the PATH would import: the one that a sweep's programs use. */
export async function checkWandb(): Promise<Finding> {
  for (const python of ['python', 'python3']) {
    const version = await outputOf(python, ['-c', askVersion]);
    if (version === null) continue;
    const [major = 0, minor = 0] = version.split('.').map(Number);
    if (major === 0 && minor < oldestMinor) {
      return finding(
        'wandb',
        'warn',
        `wandb ${version} (${python}) is older than what is tested`,
        'pip install -U wandb',
      );
    }
    const note = major > 0 || minor > newestTried ? `; tested up to 0.${newestTried}` : '';
    return finding('wandb', 'ok', `wandb ${version} (${python})${note}`);
  }
  const advice = 'pip install wandb, or activate the environment that has it. Programs that speak REST need none.';
  return finding('wandb', 'warn', 'no Python with wandb on the PATH', advice);
}

function outputOf(command: string, args: readonly string[]): Promise<string | null> {
  return new Promise((resolve) => {
    execFile(command, args, { timeout: 20_000 }, (error, stdout) => resolve(error === null ? stdout.trim() : null));
  });
}
