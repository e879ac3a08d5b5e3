// Older versions of the W&B client: users update theirs when they like. Each in a private environment of its own.
import { ask } from '../lib/find.mjs';
import { oldClients } from '../old-clients.mjs';
import { SetupFailure } from './failure.mjs';
import { fillEnvironment, isFilled, pythonIn } from './python-environment.mjs';

const versionIn = (home) => ask(pythonIn(home), ['-c', 'import wandb; print(wandb.__version__)'], { timeout: 120_000 });

export const oldClientsStep = {
  name: 'old-clients',
  title: `Python environments with wandb ${oldClients.map(({ version }) => version).join(', ')}`,
  isReady: () => oldClients.every(({ home, requirements }) => isFilled(home, [requirements])),
  async work(_context, log) {
    for (const { version, home, requirements } of oldClients) {
      if (isFilled(home, [requirements])) continue;
      await fillEnvironment(home, [requirements], log);
      if (versionIn(home) !== version) {
        throw new SetupFailure(
          `wandb ${version} was installed in ${home} but does not start: its Python may be too new for it. Put Python 3.10, 3.11 or 3.12 first on PATH and remove that folder.`,
          { command: `rm -r ${home}`, log },
        );
      }
    }
  },
};
