import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SandboxLevel } from '@rat/contracts';

/** The folders that children work with; absolute. */
export interface SandboxPlaces {
  warehouse: string;
  landing: string;
  /** The folder of this runner's spill files. */
  temp: string;
}

/**
 * A child's access to the tables' folder. `write` covers only the folders that the child was lent.
 */
export type WarehouseAccess = 'read' | 'write';

/** Programs that confine another program, where this machine has them. */
export interface Wrappers {
  shell: string | undefined;
  setpriv: string | undefined;
  bwrap: string | undefined;
}

/** Everything that decides how one child is started. */
export interface ChildPlan {
  level: SandboxLevel;
  wrappers: Wrappers;
  places: SandboxPlaces;
  access: WarehouseAccess;
  /** The child's program. Tests use programs outside our own folders. */
  entry: string;
  /** Set where the level has a user. */
  user: { uid: number; gid: number } | undefined;
  /** Flags of Node before the entry. */
  nodeFlags: readonly string[];
  /** The descriptor from which bwrap reads the filter of system calls. */
  seccompFd: number | undefined;
}

/** The program for Node's `fork`, and its arguments before the child's own. */
export interface ChildCommand {
  execPath: string;
  execArgv: string[];
}

const OWN_ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

/**
 * System paths that Node and DuckDB need; missing ones are left out. No file of /etc that names
 * users or hosts.
 */
const SYSTEM_PATHS = [
  '/usr',
  '/bin',
  '/sbin',
  '/lib',
  '/lib32',
  '/lib64',
  '/libx32',
  '/nix/store',
  '/etc/ld.so.cache',
  '/etc/ld-musl-x86_64.path',
  '/etc/ssl/openssl.cnf',
  '/etc/pki/tls/openssl.cnf',
  '/etc/crypto-policies/back-ends',
  // Node sizes its heap by the limit of its container.
  '/sys/fs/cgroup',
];

const OWN_PATHS = ['apps', 'packages', 'node_modules', 'package.json'];

/**
 * Disables core dumps, which would hold the child's memory. Ignores SIGINT in the wrappers: Ctrl+C
 * reaches the whole process group, and the runner decides about its children.
 */
const NO_CORE = 'trap "" INT; ulimit -c 0';

/**
 * Builds the command that starts a child: `sh` (no core dumps) → `bwrap` (namespaces, mounts) →
 * `setpriv` (user, capabilities, no_new_privs) → Node. Missing programs are left out.
 */
export function childCommand(plan: ChildPlan): ChildCommand {
  const { wrappers, nodeFlags } = plan;
  const isBoxed = plan.level === 'bwrap' || plan.level === 'bwrap+user';
  const inner = [...privileges(plan), process.execPath];
  const chain = isBoxed ? [wrappers.bwrap ?? 'bwrap', ...bwrapFlags(plan), ...inner] : inner;
  if (wrappers.shell === undefined) {
    const [execPath = process.execPath, ...rest] = chain;
    return { execPath, execArgv: [...rest, ...nodeFlags] };
  }
  // bwrap dies with its parent. The shell in between lives on when the runner is killed, so the
  // child has time to remove its own files. Killing the shell still ends all of them at once.
  const script = isBoxed ? `${NO_CORE}; "$@"; exit $?` : `${NO_CORE}; exec "$@"`;
  return { execPath: wrappers.shell, execArgv: ['-c', script, 'sh', ...chain, ...nodeFlags] };
}

function privileges({ wrappers, user, level }: ChildPlan): string[] {
  if (wrappers.setpriv === undefined) return [];
  const none = ['--inh-caps=-all', '--ambient-caps=-all', '--bounding-set=-all', '--no-new-privs'];
  if (user !== undefined) {
    const ids = [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'];
    return [wrappers.setpriv, ...ids, ...none];
  }
  // An ordinary user cannot drop capabilities; bwrap does it.
  const isRoot = process.getuid?.() === 0;
  if (level === 'bwrap') return isRoot ? [wrappers.setpriv, ...none] : [];
  return [wrappers.setpriv, '--no-new-privs'];
}

function bwrapFlags({ places, access, entry, seccompFd }: ChildPlan): string[] {
  const isRoot = process.getuid?.() === 0;
  const system = [
    ...SYSTEM_PATHS,
    ...nodePaths(),
    ...OWN_PATHS.map((name) => join(OWN_ROOT, name)),
  ];
  const readable = [...system.filter((path) => existsSync(path)), entry, places.landing];
  const mounts: [flag: string, path: string][] = [
    ...readable.map((path): [string, string] => ['--ro-bind', path]),
    [access === 'write' ? '--bind' : '--ro-bind', places.warehouse],
    ['--bind', places.temp],
  ];
  return [
    '--unshare-net',
    '--unshare-pid',
    '--unshare-ipc',
    '--unshare-uts',
    '--die-with-parent',
    '--new-session',
    '--cap-drop',
    'ALL',
    // setpriv drops these after it has used them.
    ...(isRoot ? ['CAP_SETUID', 'CAP_SETGID', 'CAP_SETPCAP'].flatMap(addCap) : []),
    // Without `--dir`, bwrap creates the folders above a single file with access for itself only.
    ...foldersAbove(mounts.map(([, path]) => path)).flatMap((path) => ['--dir', path]),
    '--dir',
    '/tmp',
    '--proc',
    '/proc',
    '--dev',
    '/dev',
    '--remount-ro',
    '/dev',
    ...mounts.flatMap(([flag, path]) => [flag, path, path]),
    '--remount-ro',
    '/',
    '--chdir',
    '/',
    ...(seccompFd === undefined ? [] : ['--seccomp', String(seccompFd)]),
  ];
}

function addCap(name: string): string[] {
  return ['--cap-add', name];
}

/** The paths of Node and its libraries, where Node is not the system's own. */
function nodePaths(): string[] {
  const prefix = dirname(dirname(process.execPath));
  const isOfSystem = prefix === '/' || prefix === '/usr';
  return isOfSystem ? [] : [process.execPath, join(prefix, 'lib')];
}

function foldersAbove(paths: readonly string[]): string[] {
  const folders = new Set<string>();
  for (const path of paths) {
    for (let at = dirname(path); at !== '/' && at !== '.'; at = dirname(at)) folders.add(at);
  }
  return [...folders].toSorted();
}
