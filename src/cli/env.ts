/** `sweepd env`: the two variables that point W&B's client here, as shell exports. */
import { Command } from 'commander';
import { invalidInput } from '../domain/errors.ts';
import type { Settings } from '../runtime/config.ts';
import { recordedKey, recordedUrl } from './client/connect.ts';
import { examples } from './help.ts';
import { printPlain } from './output/print.ts';

export function envCommand(): Command {
  return new Command('env')
    .description('Print WANDB_BASE_URL and WANDB_API_KEY as shell exports: eval "$(sweepd env)"')
    .option('--host <host>', 'address of the server (SWEEPD_HOST)')
    .option('--port <port>', 'port of the server (SWEEPD_PORT)')
    .option('--data <directory>', 'data directory (SWEEPD_DATA_DIR)')
    .option('--config <file>', 'config file in YAML (SWEEPD_CONFIG)')
    .option('--json', 'print JSON')
    .addHelpText('after', examples('eval "$(sweepd env)" && wandb sweep sweep.yaml'))
    .action(async (options: { host?: string; port?: string; data?: string; config?: string; json?: boolean }) => {
      const { loadSettings } = await import('../runtime/config.ts');
      const flags = { host: options.host, port: options.port, data_dir: options.data };
      const settings = loadSettings(flags, process.env, options.config ?? process.env.SWEEPD_CONFIG);
      const key = settings.api_key ?? recordedKey(settings.data_dir);
      if (key === undefined) {
        throw invalidInput(
          'no_key',
          `There is no key in ${settings.data_dir} yet: start the server once (sweepd serve), or set SWEEPD_API_KEY.`,
        );
      }
      const named = options.host !== undefined || options.port !== undefined || settings.public_url !== undefined;
      const url = (named ? undefined : recordedUrl(settings.data_dir)) ?? urlOf(settings);
      if (options.json) return printPlain({ WANDB_BASE_URL: url, WANDB_API_KEY: key });
      console.log(`export WANDB_BASE_URL=${url}`);
      console.log(`export WANDB_API_KEY=${key}`);
    });
}

function urlOf(settings: Settings): string {
  const host = settings.host === '0.0.0.0' || settings.host === '::' ? '127.0.0.1' : settings.host;
  return settings.public_url?.replace(/\/$/, '') ?? `http://${host}:${settings.port}`;
}
