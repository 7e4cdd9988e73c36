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

/** What a child may do with the tables' folder: `write` means into the folders that it is lent. */
export type WarehouseAccess = 'read' | 'write';

/** Programs that confine another one, where this machine has them. */
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
  /** The child's program, which may lie outside of ours in tests. */
  entry: string;
  /** Set where the level has a user. */
  user: { uid: number; gid: number } | undefined;
  /** Flags of Node before the entry. */
  nodeFlags: readonly string[];
  /** The descriptor from which bwrap reads the filter of system calls. */
  seccompFd: number | undefined;
}

/** In the words of Node's `fork`: the program, and its arguments before the child's own. */
export interface ChildCommand {
  execPath: string;
  execArgv: string[];
}

const OWN_ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

/** What Node and DuckDB need of the system; what is not there is left out. Nothing of /etc that names people or hosts. */
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
 * No core dumps: one would hold what the child had in memory. Ctrl+C reaches the whole group, and the runner decides: the
 * wrappers must not end by it.
 */
const NO_CORE = 'trap "" INT; ulimit -c 0';

/**
 * How a child of this plan is started: `sh` (no core dumps) → `bwrap` (namespaces, mounts) → `setpriv` (user, capabilities,
 * no_new_privs) → Node. Each that is missing is left out.
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
  // bwrap dies with its parent. The shell that stays in between gives a child whose runner was killed the time to remove
  // its own files; killing the shell still ends all of them at once.
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
  // bwrap does both for an ordinary user, who could not.
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
    // setpriv gives these back when it has used them.
    ...(isRoot ? ['CAP_SETUID', 'CAP_SETGID', 'CAP_SETPCAP'].flatMap(addCap) : []),
    // bwrap closes folders above a single file to all but itself, unless they are there.
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

/** Node itself where it is not the system's, and the libraries that it brings along. */
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
