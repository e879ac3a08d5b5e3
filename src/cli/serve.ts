/** `sweepd serve`: the server, until SIGTERM or SIGINT. */
import { Command } from 'commander';
import { invalidInput } from '../domain/errors.ts';
import { examples } from './help.ts';

/** The process ends after this even if a connection will not: DESIGN promises 10 s. */
const stopWithinMs = 9_000;

export function serveCommand(): Command {
  return new Command('serve')
    .description('Start the server')
    .option('--host <host>', 'address to listen on (SWEEPD_HOST, default 127.0.0.1)')
    .option('--port <port>', 'port; 0 picks a free one (SWEEPD_PORT, default 8080)')
    .option('--data <directory>', 'data directory (SWEEPD_DATA_DIR, default ./data)')
    .option('--config <file>', 'config file in YAML (SWEEPD_CONFIG)')
    .addHelpText(
      'after',
      examples('sweepd serve --port 8080 --data /srv/sweepd', 'sweepd serve --host 0.0.0.0    # for other machines'),
    )
    .action(serve);
}

async function serve(options: { host?: string; port?: string; data?: string; config?: string }): Promise<void> {
  // The server's parts take most of a second to load, which no other command should wait for.
  const { loadSettings } = await import('../runtime/config.ts');
  const { createLogger } = await import('../runtime/logger.ts');
  const { startServer } = await import('../runtime/server.ts');
  const flags = { host: options.host, port: options.port, data_dir: options.data };
  const settings = loadSettings(flags, process.env, options.config ?? process.env.SWEEPD_CONFIG);
  const log = createLogger(settings.log_level);
  const server = await startServer(settings, log).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error;
    throw invalidInput(
      'port_in_use',
      `Port ${settings.port} on ${settings.host} is taken. Choose another with --port (0 picks a free one).`,
    );
  });
  console.log(`sweepd listens on ${server.url}`);
  if (server.newApiKey !== null) {
    console.error(
      `\nThe first API key of this server (kept in ${settings.data_dir}/api-key, shown only now):\n  ${server.newApiKey}\n`,
    );
  }
  const stop = (signal: string) => {
    log.info({ signal }, 'stopping');
    setTimeout(() => process.exit(0), stopWithinMs).unref();
    server.stop().then(
      () => process.exit(0),
      (error) => {
        log.error({ err: error }, 'stopping failed');
        process.exit(1);
      },
    );
  };
  process.once('SIGTERM', () => stop('SIGTERM'));
  process.once('SIGINT', () => stop('SIGINT'));
}
