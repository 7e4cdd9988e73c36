import { fork, type ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { SandboxLevel } from '@rat/contracts';
import type { ExecutorUser } from '@rat/runtime';
import { lendFolder, takeFolderBack } from './lend-folder.ts';
import {
  childCommand,
  type SandboxPlaces,
  type WarehouseAccess,
  type Wrappers,
} from './sandbox-command.ts';
import { syscallFilter } from './syscall-filter.ts';
import { workerPid } from './worker-pid.ts';

/** How children are started on this machine. */
export interface Sandbox {
  level: SandboxLevel;
  wrappers: Wrappers;
  places: SandboxPlaces;
  /** Set where the level has a user. */
  user: ExecutorUser | undefined;
}

/** A started child, and the operations that its sandbox requires of the parent. */
export interface Child {
  /**
   * The child's IPC channel, standard error and end. The pid of a wrapped child is that of the
   * outermost wrapper.
   */
  readonly process: ChildProcess;
  /** The process that does the work; its memory counts. */
  readonly pid: number | undefined;
  /**
   * Sends a signal to the process that does the work. The wrappers end after it and are reaped.
   * Killing a wrapper would orphan the inner processes, which a container without an init process
   * never reaps.
   */
  kill(signal: NodeJS.Signals): void;
  /** Makes folders that the child may write. */
  lend(folders: readonly string[]): Promise<void>;
  /** Closes a folder to the child. Throws ForeignFileError. */
  takeBack(folder: string): Promise<void>;
}

/**
 * How a child ended. A wrapper reports the signal that ended the child as the exit code 128 + n.
 */
export interface ProcessEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** Starts the processes that execute other people's SQL and templates. */
export class Children {
  readonly level: SandboxLevel;
  /** The group of the children's users; undefined when they run as our own user. */
  readonly gid: number | undefined;
  readonly #sandbox: Sandbox | undefined;
  readonly #filter: Buffer | undefined;
  readonly #onDebugger: ((address: string) => void) | undefined;
  readonly #nodeFlags: string[];
  /** How many children live under each user id. */
  readonly #living = new Map<number, number>();
  #turn: number;

  /**
   * Without a sandbox, children are processes of our own user: for tests of what they do. With `onDebugger`, each child opens
   * a port for a debugger, and its address (`host:port`) is reported there.
   */
  constructor(sandbox?: Sandbox, onDebugger?: (address: string) => void) {
    this.#sandbox = sandbox;
    this.#onDebugger = onDebugger;
    const inspect = onDebugger === undefined ? [] : ['--inspect=127.0.0.1:0'];
    this.#nodeFlags = ['--enable-source-maps', ...inspect];
    this.level = sandbox?.level ?? 'process';
    this.gid = sandbox?.user?.gid;
    this.#filter = sandbox?.wrappers.bwrap === undefined ? undefined : syscallFilter(process.arch);
    // Several runners on one machine do not know of each other, so each begins at a random user id.
    this.#turn = Math.floor(Math.random() * 1_000);
  }

  /**
   * Starts a child without our environment, which may hold credentials. A child receives what it
   * needs in a message.
   */
  start(entry: URL, access: WarehouseAccess): Child {
    const uid = this.#takeUid();
    const { gid } = this;
    const user = uid === undefined || gid === undefined ? undefined : { uid, gid };
    const child = this.#fork(fileURLToPath(entry), access, user);
    if (uid !== undefined) child.once('exit', () => this.#giveUidBack(uid));
    // Without a listener, a failed start would end this process. The owner notices the failure when
    // it sends.
    child.on('error', () => undefined);
    this.#reportDebugger(child);
    let known: number | undefined;
    child.once('message', () => {
      if (child.pid !== undefined) known = workerPid(child.pid);
    });
    return {
      process: child,
      get pid() {
        return known ?? child.pid;
      },
      kill: (signal) => {
        if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
        try {
          process.kill(workerPid(child.pid), signal);
        } catch {
          // The process ended before the signal; a wrapper may be left.
          child.kill(signal);
        }
      },
      lend: async (folders) => {
        if (user === undefined) return;
        for (const folder of folders) await lendFolder(folder, user);
      },
      takeBack: async (folder) => {
        if (gid !== undefined) await takeFolderBack(folder, gid);
      },
    };
  }

  #fork(
    entry: string,
    access: WarehouseAccess,
    user: { uid: number; gid: number } | undefined,
  ): ChildProcess {
    const sandbox = this.#sandbox;
    const base = { env: { TZ: 'UTC' }, serialization: 'json' as const };
    if (sandbox === undefined) {
      return fork(entry, {
        ...base,
        execArgv: this.#nodeFlags,
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      });
    }
    const filter = sandbox.level.startsWith('bwrap') ? this.#filter : undefined;
    const { level, wrappers, places } = sandbox;
    const seccompFd = filter && 4;
    const nodeFlags = this.#nodeFlags;
    const plan = { level, wrappers, places, access, entry, user, nodeFlags, seccompFd };
    const command = childCommand(plan);
    // Without setpriv, Node itself switches the user.
    const switched = user !== undefined && wrappers.setpriv === undefined ? user : {};
    const child = fork(entry, {
      ...base,
      ...command,
      ...switched,
      cwd: '/',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc', ...(filter ? (['pipe'] as const) : [])],
    });
    const pipe = child.stdio[4];
    if (filter !== undefined && pipe !== null && pipe !== undefined && 'end' in pipe) {
      // When bwrap ends at once, it closes the pipe; the event `exit` follows.
      pipe.on('error', () => undefined);
      pipe.end(filter);
    }
    return child;
  }

  /** Node prints the address on standard error before the program starts. */
  #reportDebugger(child: ChildProcess): void {
    const report = this.#onDebugger;
    if (report === undefined) return;
    child.stderr?.on('data', (text: Buffer | string) => {
      const address = /Debugger listening on ws:\/\/([^/\s]+)/.exec(text.toString())?.[1];
      if (address !== undefined) report(address);
    });
  }

  #takeUid(): number | undefined {
    const user = this.#sandbox?.user;
    if (user === undefined) return undefined;
    const [first, last] = user.uids;
    const count = last - first + 1;
    for (let tries = 0; tries < count; tries += 1) {
      this.#turn += 1;
      const uid = first + (this.#turn % count);
      if (!this.#living.has(uid) || tries === count - 1) {
        this.#living.set(uid, (this.#living.get(uid) ?? 0) + 1);
        return uid;
      }
    }
    return first;
  }

  #giveUidBack(uid: number): void {
    const rest = (this.#living.get(uid) ?? 1) - 1;
    if (rest > 0) this.#living.set(uid, rest);
    else this.#living.delete(uid);
  }
}

/** Of two names for one number, such as SIGABRT and SIGIOT, Node uses the first. */
const SIGNALS = new Map(
  Object.entries(constants.signals)
    .toReversed()
    .map(([name, number]) => [number, name as NodeJS.Signals]),
);

/** Returns how the child itself ended, from the event `exit` of its outermost wrapper. */
export function childEnd(code: number | null, signal: NodeJS.Signals | null): ProcessEnd {
  const ended = code === null || code <= 128 ? undefined : SIGNALS.get(code - 128);
  return ended === undefined ? { code, signal } : { code: null, signal: ended };
}
