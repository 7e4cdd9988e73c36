import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { identifyProcess, isAlive, type ProcessIdentity } from '@rat/embedded-postgres';
import { startNode, type FaultProxy, type ServiceProcess } from '@rat/testing';

const STARTS_WITHIN_MS = 60_000;
const START_TRIES = 20;

/** A network connection that can be cut: `runner-1→redis`. */
export interface Link {
  name: string;
  proxy: FaultProxy;
}

export interface SlotOptions {
  /** Also the runner's id. */
  name: string;
  entry: string;
  env: Record<string, string>;
  /** The log line that the process writes once it is ready. */
  started: RegExp;
  /** The connections by which the process reaches other services. */
  links: Link[];
}

/**
 * A place for one process of the installation, which is killed and restarted with the same
 * settings.
 */
export class ServiceSlot {
  readonly name: string;
  readonly links: readonly Link[];
  readonly #options: SlotOptions;
  /** Every child process that was ever observed. */
  readonly #children = new Map<number, ProcessIdentity>();
  #process: ServiceProcess | undefined;
  #stopped = false;

  constructor(options: SlotOptions) {
    this.name = options.name;
    this.links = options.links;
    this.#options = options;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  /**
   * Starts the process; restarts it when it ends because a service is down, as a supervisor does.
   */
  async start(): Promise<void> {
    const { entry, env, started } = this.#options;
    for (let tries = 1; ; tries += 1) {
      const process = startNode(entry, env);
      this.#process = process;
      try {
        await process.waitForLine(started, STARTS_WITHIN_MS);
        return;
      } catch (error) {
        if (tries === START_TRIES || this.#stopped) throw error;
        await process.stop();
      }
      await pause(500);
    }
  }

  signal(name: NodeJS.Signals): void {
    this.#process?.kill(name);
  }

  /** Restarts the process after it ended. */
  async revive(): Promise<void> {
    await this.#process?.exited;
    await this.start();
  }

  /** The newest lines of its log. */
  output(): string {
    return this.#process?.output() ?? '';
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    // A frozen process does not notice the end of its channel.
    this.signal('SIGCONT');
    await this.children();
    await this.#process?.stop();
  }

  /** The process ids of its children; empty on a system without `/proc`. */
  async children(): Promise<number[]> {
    const file = `/proc/${this.pid}/task/${this.pid}/children`;
    const text = await readFile(file, 'utf8').catch(() => '');
    const pids = text
      .split(' ')
      .filter((word) => word !== '')
      .map(Number);
    for (const identity of await Promise.all(pids.map(identifyProcess))) {
      if (identity !== undefined) this.#children.set(identity.pid, identity);
    }
    return pids;
  }

  /** Process ids of children that outlived every process of this slot. */
  async survivors(): Promise<number[]> {
    const alive: number[] = [];
    for (const identity of this.#children.values()) {
      if (await isAlive(identity)) alive.push(identity.pid);
    }
    return alive;
  }
}
