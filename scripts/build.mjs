// Compiles src/ and workers/ into dist/, and copies what the server reads at run time beside the compiled files
// (the GraphQL schema and static files). Plain Node: it runs before any tool of the project is known to work.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
rmSync(join(root, 'dist'), { recursive: true, force: true });
const compiler = join(root, 'node_modules/typescript/bin/tsc');
const tsc = spawnSync(process.execPath, [compiler, '-p', 'config/tsconfig.build.json'], {
  cwd: root,
  stdio: 'inherit',
});
if (tsc.status !== 0) process.exit(tsc.status ?? 1);

/** Files that are not TypeScript but belong to the program. */
const ASSET = /\.(graphql|html|css|svg)$/;
function copyAssets(folder) {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) copyAssets(path);
    else if (ASSET.test(entry.name)) {
      mkdirSync(join(root, 'dist', folder), { recursive: true });
      cpSync(join(root, path), join(root, 'dist', path));
    }
  }
}
copyAssets('src');
const cli = join(root, 'dist/src/cli/main.js');
if (existsSync(cli)) chmodSync(cli, 0o755);
