// Which older versions of the W&B client the long tests run, and where set-up keeps each.
import { inCache } from './lib/paths.mjs';

const VERSIONS = ['0.22.3', '0.19.11', '0.16.6'];

export const oldClients = VERSIONS.map((version) => {
  const home = inCache('old-clients', version);
  return { version, home, python: `${home}/bin/python`, requirements: `test/full/requirements/wandb-${version}.txt` };
});
