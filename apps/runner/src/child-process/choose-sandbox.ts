import { constants } from 'node:fs';
import { access, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { SandboxLevel } from '@rat/contracts';
import { coerceError, withDeadline, type ExecutorUser } from '@rat/runtime';
import { childEnd, Children, type Child, type Sandbox } from './children.ts';
import type { ProbeAnswer, ProbeCommand } from './probe-main.ts';
import type { SandboxPlaces, Wrappers } from './sandbox-command.ts';

const PROBE_MS = 10_000;

const PROGRAM_FOLDERS = ['/usr/bin', '/bin', '/usr/local/bin', '/usr/sbin'];

/** The strongest sandbox that works here, and why each stronger one does not. */
export interface SandboxChoice {
  sandbox: Sandbox;
  refused: string[];
}

/**
 * Tries the levels from the strongest down. Each try starts a process in the level, as children are
 * started later.
 */
export async function chooseSandbox(options: {
  user: ExecutorUser | undefined;
  /** Whether bwrap may be used. */
  bwrap: boolean;
  places: SandboxPlaces;
  /** The program that tries a level; by default the compiled one beside this module. */
  probeEntry?: URL;
}): Promise<SandboxChoice> {
  const { user, places } = options;
  const entry = options.probeEntry ?? new URL('./probe-main.js', import.meta.url);
  const wrappers = await findWrappers(options.bwrap);
  const refused: string[] = [];
  if (user === undefined)
    refused.push('user: this process cannot switch users, or is configured not to');
  if (wrappers.bwrap === undefined) {
    refused.push(options.bwrap ? 'bwrap: the program is not installed' : 'bwrap: switched off');
  }
  for (const level of levels(user !== undefined, wrappers)) {
    const sandbox: Sandbox = {
      level,
      wrappers,
      places,
      user: level === 'user' || level === 'bwrap+user' ? user : undefined,
    };
    const problem = await probe(sandbox, entry);
    if (problem === undefined) return { sandbox, refused };
    refused.push(`${level}: ${problem}`);
  }
  // Without any wrapper, not even a shell.
  const none: Wrappers = { shell: undefined, setpriv: undefined, bwrap: undefined };
  return { sandbox: { level: 'process', wrappers: none, places, user: undefined }, refused };
}

function levels(hasUser: boolean, { bwrap }: Wrappers): SandboxLevel[] {
  return [
    ...(hasUser && bwrap !== undefined ? ['bwrap+user' as const] : []),
    ...(hasUser ? ['user' as const] : []),
    ...(bwrap !== undefined ? ['bwrap' as const] : []),
    'process',
  ];
}

/** Returns why no child can work in this sandbox; undefined when one can. */
async function probe(sandbox: Sandbox, entry: URL): Promise<string | undefined> {
  const { warehouse, landing, temp } = sandbox.places;
  const folder = join(temp, `probe_${process.pid}`);
  const child = new Children(sandbox).start(entry, 'write');
  let stderr = '';
  child.process.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  try {
    await mkdir(folder, { recursive: true });
    await child.lend([folder]);
    const command: ProbeCommand = { read: [warehouse, landing], write: folder };
    const answer = await withDeadline(converse(child, command), PROBE_MS);
    await child.takeBack(folder);
    return answer.problem;
  } catch (error) {
    // The first line is the program's own message; Node's follow.
    const message = stderr.split('\n').find((line) => /\w/.test(line));
    return message ?? coerceError(error).message;
  } finally {
    child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  }
}

function converse({ process: child }: Child, command: ProbeCommand): Promise<ProbeAnswer> {
  return new Promise((resolve, reject) => {
    child.once('message', (answer) => resolve(answer as ProbeAnswer));
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      const end = childEnd(code, signal);
      reject(new Error(`the process ended (${end.signal ?? end.code})`));
    });
    child.send(command, (error) => {
      if (error) reject(error);
    });
  });
}

async function findWrappers(mayUseBwrap: boolean): Promise<Wrappers> {
  const isUnix = process.platform !== 'win32';
  const isLinux = process.platform === 'linux';
  return {
    shell: isUnix ? await findProgram('sh') : undefined,
    setpriv: isLinux ? await findProgram('setpriv') : undefined,
    bwrap: isLinux && mayUseBwrap ? await findProgram('bwrap') : undefined,
  };
}

/** Searches the system's folders only: a PATH may contain folders that others can write. */
async function findProgram(name: string): Promise<string | undefined> {
  for (const folder of PROGRAM_FOLDERS) {
    try {
      await access(`${folder}/${name}`, constants.X_OK);
      return `${folder}/${name}`;
    } catch {
      // Try the next folder.
    }
  }
  return undefined;
}
