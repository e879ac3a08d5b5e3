import { lstatSync } from 'node:fs';
import { SetupFailure } from './failure.mjs';

/**
 * A folder that set-up empties and fills must be this checkout's own: behind a link, as people make them between worktrees, lies one
 * that another checkout uses.
 * @throws SetupFailure where `folder` is a link
 */
export function expectOwnFolder(folder) {
  if (!lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink()) return;
  throw new SetupFailure(`${folder} is a link to a folder of another checkout, which set-up would empty.`, {
    command: `rm ${folder}`,
  });
}
