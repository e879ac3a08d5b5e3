// What differs from one operating system to the next: how packages are installed, and the command that we tell people to type.
import { chmodSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { onPath } from '../lib/find.mjs';
import { succeeds } from './run.mjs';

const isRoot = () => process.getuid?.() === 0;
const canApt = () => isRoot() && existsSync('/etc/debian_version') && onPath('apt-get') !== undefined;

/** The one command to type, for this machine's package manager: `names` is {apt, dnf, brew}. */
export function installCommand(names) {
  const sudo = isRoot() ? '' : 'sudo ';
  if (names.apt && onPath('apt-get')) {
    return `${sudo}apt-get update && ${sudo}apt-get install -y --no-install-recommends ${names.apt}`;
  }
  if (names.dnf && onPath('dnf')) return `${sudo}dnf install -y ${names.dnf}`;
  if (names.brew && (process.platform === 'darwin' || onPath('brew'))) return `brew install ${names.brew}`;
  return undefined;
}

/** Installs Debian packages where we may: true when apt-get says that they are there. */
export async function aptInstall(log, packages) {
  if (!canApt()) return false;
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const patience = ['-o', 'DPkg::Lock::Timeout=120'];
  const allowServices = forbidServices();
  try {
    await succeeds(log, 'apt-get', [...patience, '-q', 'update'], env);
    const install = ['-q', 'install', '-y', '--no-install-recommends', ...packages.split(' ')];
    return await succeeds(log, 'apt-get', [...patience, ...install], env);
  } finally {
    allowServices();
  }
}

// We need the redis-server program, not a service that listens on the machine's port 6379: Debian asks this file first.
function forbidServices() {
  const policy = '/usr/sbin/policy-rc.d';
  if (existsSync(policy)) return () => {};
  const remove = () => rmSync(policy, { force: true });
  process.once('exit', remove);
  writeFileSync(policy, '#!/bin/sh\nexit 101\n');
  chmodSync(policy, 0o755);
  return () => {
    remove();
    process.off('exit', remove);
  };
}
