/** `sweepd keys ...`: API keys of the server, for admins. */
import { Command } from 'commander';
import { type JsonObject, jsonObject } from '../domain/json.ts';
import { connect, type ServerOptions, withServerOptions } from './client/connect.ts';
import { at, readAll, viewOf } from './client/views.ts';
import { examples } from './help.ts';
import { CommandError } from './output/errors.ts';
import { visible } from './output/escape.ts';
import { note, paint, print, printJson } from './output/print.ts';
import { type Cell, formatTable } from './output/table.ts';
import { ago } from './output/values.ts';

interface KeyView {
  id: string;
  user: string;
  role: string;
  label: string;
  created_at: string;
  revoked_at: string | null;
}

export function keysCommand(): Command {
  const family = new Command('keys').description('Make, list and revoke API keys (needs an admin key)');
  const add = (usage: string, description: string, example: string) =>
    withServerOptions(family.command(usage).description(description).addHelpText('after', examples(example)));
  add('create', 'Make a key; it is shown this once', 'sweepd keys create --user ada --label "gpu box 7"')
    .requiredOption('--user <name>', 'whose key it is: shown with the sweeps and runs made with it')
    .option('--role <role>', 'member, or admin (may manage keys)', 'member')
    .option('--label <text>', 'what it is for', '')
    .action(createKey);
  add('ls', 'List the keys, without the keys themselves', 'sweepd keys ls').action(listKeys);
  add('revoke <id...>', 'Make keys useless, at once and for good', 'sweepd keys revoke x4k2m9qa').action(revokeKeys);
  return family;
}

async function createKey(options: ServerOptions & { user: string; role: string; label: string }): Promise<void> {
  const { user, role, label } = options;
  if (role !== 'member' && role !== 'admin')
    throw new CommandError(`--role takes member or admin (given: ${role}).`, null, 2);
  const request = jsonObject([
    ['user', user],
    ['role', role],
    ['label', label],
  ]);
  const { body } = await connect(options).request('POST', '/keys', request);
  if (options.json) return printJson(body);
  const { id, key } = viewOf<KeyView & { key: string }>(body);
  note(`Key ${visible(id)} for ${visible(user)} (${role}). It is shown only now:`);
  print(visible(key));
}

async function listKeys(options: ServerOptions): Promise<void> {
  const items = await readAll(connect(options), '/keys', {});
  if (options.json) return printJson(jsonObject([['items', items]]));
  const now = Date.now();
  const rows = items.map((item: JsonObject): Cell[] => {
    const key = viewOf<KeyView>(item);
    return [
      { text: visible(key.id), ink: 'bold' },
      { text: visible(key.user) },
      { text: visible(key.role) },
      key.revoked_at === null
        ? { text: 'valid', ink: 'green' }
        : { text: `revoked ${ago(key.revoked_at, now)}`, ink: 'red' },
      { text: ago(key.created_at, now), ink: 'dim' },
      { text: visible(key.label) },
    ];
  });
  print(formatTable(['KEY', 'USER', 'ROLE', 'STATE', 'CREATED', 'LABEL'], rows, paint));
}

async function revokeKeys(ids: string[], options: ServerOptions): Promise<void> {
  const client = connect(options);
  for (const id of ids) {
    const { body } = await client.request('POST', `${at('keys', id)}/revoke`);
    if (options.json) printJson(body);
    else print(`Key ${visible(id)} of ${visible(viewOf<KeyView>(body).user)} is revoked.`);
  }
}
