import { readFileSync } from 'node:fs';
import { EnvError } from './env.ts';

/** The user that executors run as when it is not the runner’s own. */
export interface ExecutorUser {
  gid: number;
  /**
   * The first and the last user id. Each child uses one of its own, so that no child can access
   * another.
   */
  uids: readonly [first: number, last: number];
}

/** Debian and its relatives reserve these ids and assign them to no account. */
const DEFAULT_UIDS = [65_000, 65_532] as const;
const DEFAULT_GID = 65_533;

/**
 * chown, dac_override, fowner, kill, setgid, setuid: needed to give a folder to another user and
 * take it back.
 */
const NEEDED_CAPABILITIES = [0n, 1n, 3n, 5n, 6n, 7n];

const NAME = 'RAT_EXECUTOR_USER';

/**
 * The user for executors according to `RAT_EXECUTOR_USER`: a name, `uid` or `uid:gid`. Undefined
 * for `none` and `same`: executors run as the runner’s user. Without a setting, unprivileged ids if
 * this process may switch users. Throws EnvError.
 */
export function chooseExecutorUser(setting: string | undefined): ExecutorUser | undefined {
  if (setting === 'none' || setting === 'same') return undefined;
  const mayBe = maySwitchUsers();
  if (setting === undefined) return mayBe ? { gid: DEFAULT_GID, uids: DEFAULT_UIDS } : undefined;
  if (!mayBe) {
    throw new EnvError(
      `${NAME}: this process may not switch users; start it as root, or set ${NAME}=none`,
    );
  }
  const { uid, gid } = parseUser(setting);
  if (uid === 0 || gid === 0 || uid === process.getuid?.()) {
    throw new EnvError(`${NAME}: executors need a user and a group that are neither root nor ours`);
  }
  return { gid, uids: [uid, uid] };
}

/**
 * The group that may traverse RAT_HOME: the executors’ group, which a private Postgres with its own
 * user joins. Undefined when every process has the same user.
 */
export function homeGroup(user: ExecutorUser | undefined): number | undefined {
  if (user !== undefined) return user.gid;
  return process.getuid?.() === 0 ? DEFAULT_GID : undefined;
}

function parseUser(setting: string): { uid: number; gid: number } {
  const ids = /^(\d{1,10})(?::(\d{1,10}))?$/.exec(setting);
  if (ids !== null) return { uid: Number(ids[1]), gid: Number(ids[2] ?? ids[1]) };
  const account = readText('/etc/passwd')
    .split('\n')
    .map((line) => line.split(':'))
    .find(([login]) => login === setting);
  if (account === undefined) {
    throw new EnvError(
      `${NAME}: there is no user "${setting}"; write a name, uid, uid:gid, or none`,
    );
  }
  return { uid: Number(account[2]), gid: Number(account[3]) };
}

/**
 * Whether this process holds the capabilities to switch users. On Linux, root without them, as in a
 * container that dropped them, is an ordinary user.
 */
function maySwitchUsers(): boolean {
  if (process.platform !== 'linux') return process.getuid?.() === 0;
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readText('/proc/self/status'))?.[1];
  if (effective === undefined) return false;
  const held = BigInt(`0x${effective}`);
  return NEEDED_CAPABILITIES.every((bit) => ((held >> bit) & 1n) === 1n);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
