import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { testWishes } from './test-environment.ts';

const run = promisify(execFile);

const POLICY_FILE = '/usr/sbin/policy-rc.d';

/** A program that some tests need and that this project does not ship. */
export interface DebianProgram {
  /** Its names; the preferred one first. */
  names: readonly string[];
  /** The flag that prints its version and exits. */
  versionFlag: string;
  /** The Debian package that contains it. */
  debianPackage: string;
}

export const NGINX: DebianProgram = {
  names: ['nginx', '/usr/sbin/nginx'],
  versionFlag: '-v',
  debianPackage: 'nginx-light',
};

export const CHROMIUM: DebianProgram = {
  names: ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'],
  versionFlag: '--version',
  debianPackage: 'chromium',
};

export const BWRAP: DebianProgram = {
  names: ['/usr/bin/bwrap'],
  versionFlag: '--version',
  debianPackage: 'bubblewrap',
};

/** Prometheus's checker of rules and metrics. */
export const PROMTOOL: DebianProgram = {
  names: ['promtool'],
  versionFlag: '--version',
  debianPackage: 'prometheus',
};

export const ZSH: DebianProgram = {
  names: ['zsh'],
  versionFlag: '--version',
  debianPackage: 'zsh',
};

export const FISH: DebianProgram = {
  names: ['fish'],
  versionFlag: '--version',
  debianPackage: 'fish',
};

/** The first of a program's names that runs on this machine; undefined when none does. */
export async function findProgram(program: DebianProgram): Promise<string | undefined> {
  for (const name of program.names) {
    try {
      await run(name, [program.versionFlag]);
      return name;
    } catch {
      // This name is not on the PATH: try the next.
    }
  }
  return undefined;
}

/** Finds a program; as root on Debian, tries to install a missing one first. */
export async function findOrInstall(program: DebianProgram): Promise<string | undefined> {
  const found = await findProgram(program);
  if (found !== undefined || !(await isDebianRoot())) return found;
  const { debianPackage } = program;
  process.stdout.write(`${debianPackage} … not found, installing it with apt-get\n`);
  await installQuietly(debianPackage).catch((error: unknown) => {
    process.stdout.write(
      `${debianPackage} … apt-get could not install it: ${String(error).split('\n')[0]}\n`,
    );
  });
  return findProgram(program);
}

/**
 * The program that a suite needs. Undefined when there is none, and the tests' output names the
 * skipped suite. Under CI=true it throws instead: a suite skipped there looks like one that passed.
 */
export async function findForSuite(program: DebianProgram): Promise<string | undefined> {
  const found = await findProgram(program);
  if (found !== undefined) return found;
  const { debianPackage } = program;
  if (testWishes().ci) {
    throw new Error(`CI=true, and there is no ${debianPackage}: install ${debianPackage}`);
  }
  process.stdout.write(
    `\n!!! NO ${debianPackage.toUpperCase()}: what needs it is SKIPPED. Install ${debianPackage}.\n\n`,
  );
  return undefined;
}

async function isDebianRoot(): Promise<boolean> {
  if (process.getuid?.() !== 0) return false;
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(release);
}

/** Installs a package; the policy file keeps its install script from starting a system server. */
async function installQuietly(debianPackage: string): Promise<void> {
  const policyIsOurs = !existsSync(POLICY_FILE);
  if (policyIsOurs) await writeFile(POLICY_FILE, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const options = { env, timeout: INSTALL_TIMEOUT_MS };
    await run('apt-get', ['update'], options);
    await run('apt-get', ['install', '-y', '--no-install-recommends', debianPackage], options);
  } finally {
    if (policyIsOurs) await rm(POLICY_FILE, { force: true });
  }
}

const INSTALL_TIMEOUT_MS = 180_000;
