import { randomBytes } from 'node:crypto';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, open, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { type PostgresBinaries, prepareBinaries } from './binaries.ts';
import { initialise, isInitialised } from './data-directory.ts';
import { locateData } from './data-location.ts';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import { findFreePort } from './free-port.ts';
import { readPidFile, stopOrphan, stopServer } from './orphan.ts';
import { runAs } from './run-as.ts';
import { findServerUser, type ServerUser } from './server-user.ts';

/** Recovery after a power cut replays the log before it answers; nothing is wrong until then. */
const START_TIMEOUT_MS = 120_000;
const READY_POLL_MS = 25;
const PORT_ATTEMPTS = 3;

export interface EmbeddedPostgresOptions {
  /** A folder of ours, made if missing. The caller makes sure that no one else uses it at the same time. */
  home: string;
  /** Where the server's own messages go; appended. */
  logFile: string;
  /** `volatile` trades every promise about a power cut for speed: for tests, whose data nobody will miss. */
  durability: 'durable' | 'volatile';
  maxConnections: number;
  /** The port of a server that is started again, whose clients know it; a free one when left out. */
  port?: number;
  /** The group of a server that runs as a user of its own; by default that user's. */
  group?: number;
}

/**
 * A running private server. Modes: running → stopped, once; `exited` settles when the process is gone for whatever
 * reason, so that an owner notices a crash.
 */
export class EmbeddedPostgres {
  readonly port: number;
  readonly pid: number;
  readonly dataDir: string;
  /** Settles, never rejects, when the server's process has ended. */
  readonly exited: Promise<void>;
  readonly #password: string;
  readonly #stop: () => Promise<void>;
  #stopping: Promise<void> | undefined;

  private constructor(server: RunningServer, password: string) {
    this.port = server.port;
    this.pid = server.pid;
    this.dataDir = server.dataDir;
    this.exited = server.exited;
    this.#password = password;
    this.#stop = server.stop;
  }

  /** Initialises `home` when it is new, cleans up after a killed predecessor, starts, and waits until it answers. */
  static async start(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
    await mkdir(options.home, { recursive: true });
    const user = await findServerUser(options.group);
    const binaries = await prepareBinaries(user, options.home);
    const dataDir = await locateData(options.home, user);
    const fresh = !(await isInitialised(dataDir));
    const password = await keepPassword(join(options.home, 'postgres.password'), fresh);
    if (fresh) {
      const { durability } = options;
      await initialise(dataDir, { binaries, user, password, durability });
    } else {
      await stopOrphan(dataDir, { binaries, user });
    }
    const server = await startServer({ dataDir, binaries, user, options });
    return new EmbeddedPostgres(server, password);
  }

  /** The connection string of one database of this server. */
  url(database: string): string {
    return `postgresql://postgres:${this.#password}@127.0.0.1:${this.port}/${database}`;
  }

  /** Makes `database` unless it is there. */
  async ensureDatabase(database: string): Promise<void> {
    await this.#withClient(async (client) => {
      const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
      if (found.rowCount === 0) {
        await client.query(`CREATE DATABASE ${client.escapeIdentifier(database)}`);
      }
    });
  }

  /** Removes `database` with everything in it, and ends its sessions; does nothing when it is not there. */
  async dropDatabase(database: string): Promise<void> {
    await this.#withClient(async (client) => {
      await client.query(
        `DROP DATABASE IF EXISTS ${client.escapeIdentifier(database)} WITH (FORCE)`,
      );
    });
  }

  async #withClient(use: (client: pg.Client) => Promise<void>): Promise<void> {
    const client = new pg.Client({ connectionString: this.url('postgres') });
    await client.connect();
    try {
      await use(client);
    } finally {
      await client.end();
    }
  }

  /** Ends sessions, writes everything, and resolves when the process is gone. Later calls wait for the first. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }
}

interface RunningServer {
  port: number;
  pid: number;
  dataDir: string;
  exited: Promise<void>;
  stop: () => Promise<void>;
}

interface StartPlan {
  dataDir: string;
  binaries: PostgresBinaries;
  user: ServerUser | undefined;
  options: EmbeddedPostgresOptions;
}

/** Tries again on another port when someone else took ours between finding and using it. */
async function startServer(plan: StartPlan): Promise<RunningServer> {
  for (let attempt = 1; ; attempt += 1) {
    const port = plan.options.port ?? (await findFreePort());
    const log = await open(plan.options.logFile, 'a+');
    try {
      const { size } = await log.stat();
      const child = spawn(plan.binaries.postgres, serverFlags(plan, port), {
        ...runAs(plan.user),
        // Its log is a file and not a pipe to us: the server must not stumble when we are killed.
        stdio: ['ignore', log.fd, log.fd],
        // A Ctrl-C reaches every process of a terminal's group, and the database must outlive the services.
        detached: process.platform !== 'win32',
      });
      const exited = new Promise<void>((resolve) => {
        child.once('exit', () => resolve());
        child.once('error', () => resolve());
      });
      if (await becomesReady({ child, exited, dataDir: plan.dataDir })) {
        const stop = async (): Promise<void> => {
          if (child.exitCode === null && child.signalCode === null)
            await stopServer(plan.dataDir, plan);
          await exited;
        };
        return { port, pid: child.pid ?? 0, dataDir: plan.dataDir, exited, stop };
      }
      const said = Buffer.alloc(4_000);
      const { bytesRead } = await log.read(said, 0, said.length, size);
      const text = said.toString('utf8', 0, bytesRead).trim();
      if (attempt >= PORT_ATTEMPTS || !text.includes('Address already in use')) {
        throw new EmbeddedPostgresError(`Postgres did not start; its last words:\n${text}`);
      }
    } finally {
      await log.close();
    }
  }
}

function serverFlags(plan: StartPlan, port: number): string[] {
  const settings = [
    'listen_addresses=127.0.0.1',
    // Sockets are files: another place to secure, and their paths have a length limit.
    'unix_socket_directories=',
    `max_connections=${plan.options.maxConnections}`,
    'logging_collector=off',
  ];
  if (plan.options.durability === 'volatile') {
    settings.push('fsync=off', 'synchronous_commit=off', 'full_page_writes=off');
  }
  return [
    '-D',
    plan.dataDir,
    '-p',
    String(port),
    ...settings.flatMap((setting) => ['-c', setting]),
  ];
}

/** Whether the server takes connections; false when it ended first. Its pid file is the only signal it gives. */
async function becomesReady(server: {
  child: ChildProcess;
  exited: Promise<void>;
  dataDir: string;
}): Promise<boolean> {
  const { child, dataDir } = server;
  let ended = false;
  void server.exited.then(() => (ended = true));
  for (const start = performance.now(); performance.now() - start < START_TIMEOUT_MS;) {
    if (ended) return false;
    const file = await readPidFile(dataDir);
    if (file?.pid === child.pid && file?.ready === true) return true;
    await pause(READY_POLL_MS);
  }
  child.kill('SIGQUIT');
  return false;
}

/** A new cluster gets a new password; an old one needs the password it was made with. */
async function keepPassword(file: string, fresh: boolean): Promise<string> {
  if (!fresh) {
    try {
      return (await readFile(file, 'utf8')).trim();
    } catch (error) {
      throw new EmbeddedPostgresError(
        `${file} is missing, and without it the database beside it cannot be opened; ` +
          'restore it, or move that folder away to start anew',
        { cause: error },
      );
    }
  }
  const password = randomBytes(24).toString('base64url');
  await writeFile(`${file}.new`, `${password}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
  return password;
}
